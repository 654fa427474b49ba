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

/** The JSON of the response, which the API keeps to its contracts. Rejects with an ApiError, or with the reason of the signal. */
export async function send<Result>(connection: Connection, request: Request): Promise<Result> {
  const { attempts, clock } = connection;
  for (let attempt = 1; ; attempt += 1) {
    request.signal?.throwIfAborted();
    const outcome = await tried<Result>(connection, request);
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

async function tried<Result>(connection: Connection, request: Request): Promise<Outcome<Result>> {
  const { idempotencyKey, signal } = request;
  const timeout = AbortSignal.timeout(connection.attemptMs);
  let response: Response;
  let text: string;
  try {
    response = await connection.fetch(connection.baseUrl + request.path, {
      method: request.method,
      headers: await headersOf(connection, request),
      body: request.body === undefined ? null : JSON.stringify(request.body),
      redirect: "error",
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
  const error = new ApiError(message, { problem, status, requestId, idempotencyKey });
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  const afterMs = seconds >= 0 ? seconds * 1000 : undefined;
  // A problem says whether it can pass. Without one, API Gateway has responded itself: a function crashed or was busy.
  const canPass =
    problem === undefined
      ? status >= 500 || status === 429
      : problem.retryable || (problem.status === 409 && afterMs !== undefined);
  return canPass ? { kind: "failed", error, afterMs } : { kind: "refused", error };
}

async function headersOf({ apiKey }: Connection, request: Request): Promise<Record<string, string>> {
  const key = typeof apiKey === "string" ? apiKey : await apiKey();
  return {
    authorization: `Bearer ${key}`,
    accept: "application/json",
    ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    ...(request.idempotencyKey === undefined ? {} : { "idempotency-key": request.idempotencyKey }),
  };
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
