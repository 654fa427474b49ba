/**
 * Passes a tool call on to the API, as a request with the caller's own credential. Identity, policy, limits, idempotency and
 * audit are decided there, once, for agents as for every other caller: this module gives nobody any right.
 */
import { shapeIssues } from "../contract/input-shape.ts";
import { invalidField, invalidFields, Problem } from "../errors.ts";
import { present } from "../present.ts";
import { isRecord } from "../untrusted.ts";
import { derivedKey } from "./derived-key.ts";
import { CALL_REFERENCE, CALL_REFERENCE_MAX_LENGTH, type Tool } from "./tool.ts";
import { type ApiResponse, problemResult, type ToolResult, toolResult } from "./tool-result.ts";

export interface ApiAccess {
  /** The address of this deployment's API, from its own configuration: never from a request. */
  readonly apiUrl: string;
  /** The value of the caller's Authorization header. */
  readonly authorization: string;
  readonly principalId: string;
  /** Milliseconds that the API has for its response. */
  readonly patienceMs: number;
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
}

/** The result of the call, also of one that is refused. Never throws. */
export async function callTool(tool: Tool, args: unknown, access: ApiAccess): Promise<ToolResult> {
  try {
    const call = readArguments(args);
    const { url, init } = apiRequest(tool, call, access);
    return toolResult(await sent(url, init, access), { tool: tool.name, input: call.input });
  } catch (thrown) {
    if (thrown instanceof Problem) return problemResult(thrown);
    throw thrown;
  }
}

interface Arguments {
  readonly input: Readonly<Record<string, unknown>>;
  readonly reference: string | undefined;
}

/** Throws VALIDATION_FAILED. What the API would refuse in every call is refused here, so that card data travels no further. */
function readArguments(args: unknown): Arguments {
  const given = args ?? {};
  if (!isRecord(given)) throw invalidField("arguments", "must be an object");
  const issues = shapeIssues(given);
  if (!issues.isEmpty) throw invalidFields(issues);
  const { [CALL_REFERENCE]: reference, ...input } = given;
  if (reference === undefined || reference === null) return { input, reference: undefined };
  if (
    typeof reference !== "string" ||
    reference.trim() === "" ||
    reference.length > CALL_REFERENCE_MAX_LENGTH
  )
    throw invalidField(CALL_REFERENCE, `must be a text of 1 to ${CALL_REFERENCE_MAX_LENGTH} characters`);
  return { input, reference: reference.trim() };
}

function apiRequest(tool: Tool, { input, reference }: Arguments, access: ApiAccess) {
  const { apiUrl, authorization, principalId, patienceMs } = access;
  const headers = { authorization, accept: "application/json" };
  const shared = { redirect: "error" as const, signal: AbortSignal.timeout(patienceMs) };
  if (tool.path.includes("{runId}")) {
    const { runId } = input;
    if (typeof runId !== "string" || !/^[\w-]{1,100}$/.test(runId))
      throw invalidField("runId", "must be the id of a run, as its start returned it");
    const url = `${apiUrl}${tool.path.replace("{runId}", runId)}`;
    return { url, init: { ...shared, method: "GET", headers } };
  }
  const idempotencyKey =
    tool.action === "read" ? undefined : derivedKey({ principalId, tool, input, reference });
  return {
    url: `${apiUrl}${tool.path}`,
    init: {
      ...shared,
      method: "POST",
      headers: {
        ...headers,
        "content-type": "application/json",
        ...present({ "idempotency-key": idempotencyKey }),
      },
      body: JSON.stringify(input),
    },
  };
}

/** Throws TIMEOUT or SERVICE_UNAVAILABLE without a response: the call may have had an effect. */
async function sent(url: string, init: RequestInit, { fetch }: ApiAccess): Promise<ApiResponse> {
  try {
    const response = await fetch(url, init);
    return { status: response.status, headers: response.headers, text: await response.text() };
  } catch (cause) {
    const isTimeout = cause instanceof Error && cause.name === "TimeoutError";
    throw new Problem(isTimeout ? "TIMEOUT" : "SERVICE_UNAVAILABLE", "The API sent no response", { cause });
  }
}
