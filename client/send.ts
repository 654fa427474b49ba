/** Sends a request until it is done: again after a failure that can pass, with the same Idempotency-Key. */
import type { Problem } from "../generated/client/types.ts";
import { ApiError } from "./api-error.ts";
import type { Clock } from "./clock.ts";

export interface Connection {
  /** Without a slash at its end: `https://abc.execute-api.us-east-1.amazonaws.com`. */
  readonly baseUrl: string;
  readonly apiKey: string | (() => string | Promise<string>);
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** At most, the first one included. */
  readonly attempts: number;
  /** Of one attempt, in milliseconds. API Gateway gives up after 30 seconds. */
  readonly attemptMs: number;
}

export interface Request {
  readonly method: "GET" | "POST";
  /** With its query. */
  readonly path: string;
  readonly body?: unknown;
  /** The same for every attempt; undefined for a call that only reads. */
  readonly idempotencyKey?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 20_000;
/** With a longer Retry-After, the caller decides: a limit for each day asks to wait for hours. */
const LONGEST_WAIT_MS = 60_000;

/**
 * The JSON of the response, which the API keeps to its contracts. Rejects with an ApiError, with the reason of the signal, or with
 * the reason why it cannot be sent: `apiKey` has failed, or JSON cannot hold the inputs.
 */
export async function send<Result>(connection: Connection, request: Request): Promise<Result> {
  const { attempts, clock } = connection;
  for (let attempt = 1; ; attempt += 1) {
    request.signal?.throwIfAborted();
    const outcome = await tried<Result>(connection, request, await initOf(connection, request));
    if (outcome.kind === "done") return outcome.body;
    if (outcome.kind === "refused" || attempt >= attempts) throw outcome.error;
    await clock.sleep(outcome.afterMs ?? backoffMs(attempt), request.signal);
  }
}

/** Up to twice as long each time, at random, so that many callers do not come back at the same moment. */
function backoffMs(attempt: number): number {
  const longest = Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** (attempt - 1));
  return longest / 2 + (Math.random() * longest) / 2;
}

type Outcome<Result> =
  | { readonly kind: "done"; readonly body: Result }
  | { readonly kind: "refused"; readonly error: ApiError }
  /** `afterMs`: as the API says. */
  | { readonly kind: "failed"; readonly error: ApiError; readonly afterMs?: number | undefined };

async function tried<Result>(
  connection: Connection,
  request: Request,
  init: RequestInit,
): Promise<Outcome<Result>> {
  const { idempotencyKey, signal } = request;
  const timeout = AbortSignal.timeout(connection.attemptMs);
  let response: Response;
  let text: string;
  try {
    response = await connection.fetch(connection.baseUrl + request.path, {
      ...init,
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    text = await response.text();
  } catch (cause) {
    signal?.throwIfAborted();
    const message = timeout.aborted
      ? `No response within ${connection.attemptMs} ms`
      : `${connection.baseUrl} could not be reached`;
    return { kind: "failed", error: new ApiError(message, { idempotencyKey, cause }) };
  }
  const body = parsed<Result>(text);
  if (response.ok && body !== undefined) return { kind: "done", body };
  return failure(response, isProblem(body) ? body : undefined, idempotencyKey);
}

function failure(
  { status, headers }: Response,
  problem: Problem | undefined,
  idempotencyKey: string | undefined,
): Outcome<never> {
  const message = problem === undefined ? `The API responded with status ${status}` : problem.detail;
  const requestId = headers.get("x-request-id") ?? undefined;
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const afterMs = seconds >= 0 ? seconds * 1000 : undefined;
  const error = new ApiError(message, { problem, status, requestId, idempotencyKey, retryAfterMs: afterMs });
  // A problem says whether it can pass. Without one, API Gateway has responded itself: a function crashed or was busy.
  const canPass =
    problem === undefined
      ? status >= 500 || status === 429
      : problem.retryable || (problem.status === 409 && afterMs !== undefined);
  return canPass && (afterMs ?? 0) <= LONGEST_WAIT_MS
    ? { kind: "failed", error, afterMs }
    : { kind: "refused", error };
}

async function initOf({ apiKey }: Connection, request: Request): Promise<RequestInit> {
  const { body, idempotencyKey } = request;
  const key = headerText("apiKey", typeof apiKey === "string" ? apiKey : await apiKey());
  return {
    method: request.method,
    headers: {
      authorization: `Bearer ${key}`,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(idempotencyKey === undefined
        ? {}
        : { "idempotency-key": headerText("idempotencyKey", idempotencyKey) }),
    },
    body: body === undefined ? null : JSON.stringify(body),
    // The API never redirects, and the key is for nobody else. Workers do not have "error".
    redirect: "manual",
  };
}

/** Throws a TypeError without the text itself, which `fetch` would put into its own: the text can be the key. */
function headerText(name: string, text: string): string {
  if (/^[\x20-\x7e]+$/.test(text)) return text;
  throw new TypeError(`${name} must be printable ASCII characters, without line breaks`);
}

function parsed<Value>(text: string): Value | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" && body !== null && "code" in body && "retryable" in body && "detail" in body
  );
}
