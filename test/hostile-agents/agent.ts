/** An agent: calls tools as a client of the protocol does, and remembers what it was told. */
import { type Fields, fieldOf, fieldsOf, listOf, parseJson, textOf } from "../../lib/untrusted.ts";
import type { World } from "../interleavings/world/world.ts";
import { type ApiGateway, credentialOf, type Response } from "./api-gateway.ts";
import type { Intent, Ledger, ToolResult } from "./ledger.ts";

/** The most calls of one intent until there is a final result. */
const MOST_CALLS = 60;
/** A function that runs so long ends without a response of its own, in milliseconds. */
const NEARLY_CUT_OFF_MS = 20_000;
/** The longest time between two of them, in milliseconds. */
const LONGEST_PAUSE_MS = 20_000;

export class Agent {
  readonly principal: string;
  readonly world: World;
  readonly ledger: Ledger;
  readonly #gateway: ApiGateway;
  #messages = 0;

  constructor(principal: string, world: World, gateway: ApiGateway, ledger: Ledger) {
    this.principal = principal;
    this.world = world;
    this.ledger = ledger;
    this.#gateway = gateway;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.world.schedule.later("agent wakes", ms, resolve));
  }

  intend(tool: string, input: Fields, reference?: string): Intent {
    return this.ledger.intend(this.principal, tool, input, reference);
  }

  /** Calls the tool once. `more` is added to the arguments, or changes how they are written. */
  async call(intent: Intent, disguise: (args: Fields) => Fields = (args) => args): Promise<ToolResult> {
    const { input, reference, tool } = intent;
    const args = disguise(reference === undefined ? input : { ...input, callReference: reference });
    const { schedule } = this.world;
    this.ledger.calls += 1;
    const response = await this.send({ method: "tools/call", params: { name: tool, arguments: args } });
    const result = resultIn(response);
    schedule.note(`${this.principal}: ${tool} got ${result.kind === "problem" ? result.code : result.kind}`);
    intent.results.push(result);
    return result;
  }

  /** Calls until the result is final: what is refused for a reason that time cannot change, or what was done. */
  async insist(intent: Intent, disguise?: (args: Fields) => Fields): Promise<ToolResult> {
    const { schedule } = this.world;
    for (let count = 1; ; count += 1) {
      const result = await this.call(intent, disguise);
      if (!isUnknown(result) || count === MOST_CALLS) return result;
      await this.sleep(200 + schedule.below(LONGEST_PAUSE_MS));
    }
  }

  /** Sends a message of the protocol, right or wrong. */
  async send(message: Fields): Promise<Response> {
    this.#messages += 1;
    return this.post(JSON.stringify({ jsonrpc: "2.0", id: this.#messages, ...message }));
  }

  /** Sends a body, with headers that the gateway does not set. */
  async post(body: string, headers: Readonly<Record<string, string>> = {}): Promise<Response> {
    const { schedule } = this.world;
    const startedAt = schedule.now;
    const response = await this.request("POST", "/mcp", body, headers);
    const isCutOff = schedule.now - startedAt >= NEARLY_CUT_OFF_MS;
    if (response.status === 500 && !isCutOff)
      this.ledger.wrongResponses.push(`500 for ${body.slice(0, 200)}`);
    if (/_secret_\w/.test(response.text))
      this.ledger.wrongResponses.push(`a client secret for ${body.slice(0, 200)}`);
    return response;
  }

  /** Calls the API without a tool, with the agent's own credential. */
  request(method: string, path: string, body: string, headers: Readonly<Record<string, string>> = {}) {
    return this.#gateway.respond({
      method,
      path,
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
        authorization: credentialOf(this.principal),
      },
      body,
    });
  }
}

function resultIn({ status, text }: Response): ToolResult {
  const { result, error } = fieldsOf(parseJson(text));
  if (result === undefined) return { kind: "none", why: `${status} ${String(fieldOf(error, "code"))}` };
  if (fieldOf(result, "isError") !== true)
    return { kind: "success", outputs: fieldsOf(fieldOf(result, "structuredContent")) };
  const problem = fieldsOf(parseJson(fieldOf(listOf(fieldOf(result, "content"))[1], "text")));
  return {
    kind: "problem",
    code: textOf(problem.code) ?? "",
    detail: textOf(problem.detail) ?? "",
    approvalId: textOf(fieldOf(problem, "approval", "approvalId")),
  };
}

const UNKNOWN_OUTCOMES: ReadonlySet<string> = new Set(["BAD_GATEWAY", "SERVICE_UNAVAILABLE", "TIMEOUT"]);

/** Whether the agent does not know whether it was done. */
export function isUnknown(result: ToolResult): boolean {
  if (result.kind === "success") return false;
  if (result.kind === "none") return /^5\d\d/.test(result.why);
  return (
    UNKNOWN_OUTCOMES.has(result.code) || (result.code === "CONFLICT" && /in progress/.test(result.detail))
  );
}
