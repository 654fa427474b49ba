/** A local stack with its own secrets, and the means to drive it. Keeps every response and every command's output. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePorts } from "../../../local/ports.ts";
import { StackClient } from "../../../local/stack-client.ts";
import { type RunningStack, startStack } from "../../../local/stack-process.ts";
import { type Canary, exactly, OUR_SECRETS, PERSON, type Written } from "./canaries.ts";
import { type TokenIssuer, tokenIssuer } from "./token-issuer.ts";

/** An HTTP call. The API must respond with `status`; otherwise the call did not take the intended path. */
export interface Call {
  readonly what: string;
  readonly method?: string;
  readonly path: string;
  readonly status: number;
  /** The key or token to send; no header when it is empty. */
  readonly bearer?: string;
  /** By default a new key; no header when it is empty. */
  readonly idempotencyKey?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON; a text or bytes are sent unchanged. */
  readonly body?: object | string | Buffer;
  /** The faults of Stripe during this call. */
  readonly faults?: readonly object[];
}

export interface Answer {
  readonly what: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface CommandRun {
  readonly words: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface DrivenStack {
  readonly stack: RunningStack;
  readonly client: StackClient;
  readonly issuer: TokenIssuer;
  /** Every line that the stack printed. */
  readonly printed: readonly string[];
  readonly answers: readonly Answer[];
  readonly commands: readonly CommandRun[];
  /** Calls with another response than the expected one. */
  readonly surprises: readonly string[];
  /** Canaries that were made during the drive: keys, tokens. */
  readonly made: Canary[];
  /** The bearer of calls that do not set one. */
  bearer: string;
  send(call: Call): Promise<Answer>;
  /** Runs `node scripts/<script>.ts <words>` as an operator would; `words` can contain the path of a `file`. */
  command(script: "keys" | "audit" | "policy" | "events", words: readonly string[]): Promise<CommandRun>;
  /** Writes `text` into a file for a command, and returns its path. */
  file(text: string): string;
  /** Creates a key with this role; the key is a canary from now on. */
  newKey(principal: string, role: string): Promise<string>;
  close(): Promise<void>;
}

export async function drivenStack(): Promise<DrivenStack> {
  const issuer = await tokenIssuer();
  const environment = {
    ...(await freePorts()),
    ...issuer.environment,
    STRIPE_SECRET_KEY: OUR_SECRETS.stripeKey,
    STRIPE_WEBHOOK_SECRET: OUR_SECRETS.webhookSecret,
    APP_SECRET: OUR_SECRETS.appSecret,
    NODE_OPTIONS: "",
  };
  const printed: string[] = [];
  const stack = await startStack({ env: environment, onLine: (line) => printed.push(line) });
  const client = new StackClient(stack.urls);
  const answers: Answer[] = [];
  const commands: CommandRun[] = [];
  const surprises: string[] = [];
  const made: Canary[] = [];
  const folder = mkdtempSync(join(tmpdir(), "canary-"));
  let files = 0;

  const driven: DrivenStack = {
    ...{ stack, client, issuer, printed, answers, commands, surprises, made, bearer: "" },

    async send(call) {
      // The remaining faults of an earlier call must not affect this one.
      if (call.faults !== undefined) await client.control("DELETE", "faults");
      if (call.faults !== undefined) await client.control("POST", "faults", [...call.faults]);
      const answered = await fetch(stack.urls.api + call.path, {
        method: call.method ?? "POST",
        headers: headersOf(call, driven.bearer),
        ...(call.body === undefined ? {} : { body: bodyOf(call.body) }),
      });
      const { status, headers } = answered;
      const answer = { what: call.what, path: call.path, status, headers, text: await answered.text() };
      answers.push(answer);
      if (status !== call.status)
        surprises.push(`${call.what}: ${status} instead of ${call.status}: ${answer.text}`);
      return answer;
    },

    async command(script, words) {
      const program = [join("scripts", `${script}.ts`), ...words];
      const child = spawn(process.execPath, program, {
        env: { ...process.env, ...environment },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let stdout = "";
      let stderr = "";
      child.stdout.on("data", (chunk) => (stdout += chunk));
      child.stderr.on("data", (chunk) => (stderr += chunk));
      const [exitCode] = await once(child, "close");
      const run = { words: [script, ...words].join(" "), exitCode: Number(exitCode), stdout, stderr };
      commands.push(run);
      return run;
    },

    file(text) {
      files += 1;
      const path = join(folder, `${files}.json`);
      writeFileSync(path, text);
      return path;
    },

    async newKey(principal, role) {
      const { stdout, stderr } = await driven.command("keys", [
        "create",
        "--principal",
        principal,
        "--role",
        role,
      ]);
      const key = stdout.trim();
      if (key === "") throw new Error(`No key was created: ${stderr}`);
      made.push(exactly(`the key of ${principal}`, "key", key));
      return key;
    },

    async close() {
      await stack.stop();
      await issuer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  return driven;
}

function headersOf(call: Call, ownBearer: string): Record<string, string> {
  const { bearer = ownBearer, idempotencyKey = crypto.randomUUID() } = call;
  const isJson = typeof call.body === "object" && !Buffer.isBuffer(call.body);
  return {
    // Nothing uses these headers, so they must not be found anywhere.
    ...{ "user-agent": PERSON.name, cookie: `user=${PERSON.email}`, "x-request-id": PERSON.note },
    ...(bearer === "" ? {} : { authorization: `Bearer ${bearer}` }),
    ...(idempotencyKey === "" ? {} : { "idempotency-key": idempotencyKey }),
    ...(isJson ? { "content-type": "application/json" } : {}),
    ...call.headers,
  };
}

const bodyOf = (body: object | string | Buffer) =>
  typeof body === "string" ? body : Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body);

/** The output of the commands. */
export const writtenBy = (commands: readonly CommandRun[]): Written[] =>
  commands.flatMap(({ words, stdout, stderr }) => [
    // A new key is shown once, on standard output.
    {
      source: `stdout of ${words}`,
      text: stdout,
      ...(/^keys (create|rotate)/.test(words) ? { mayHold: ["key"] as const } : {}),
    },
    { source: `stderr of ${words}`, text: stderr },
  ]);
