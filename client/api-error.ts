import type { Problem } from "../generated/client/types.ts";

type Facts = Pick<ApiError, "problem" | "status" | "requestId" | "idempotencyKey" | "retryAfterMs" | "cause">;

/**
 * The one error of the client: the API has refused a call, or could not be reached. It holds the problem of the last response. An
 * aborted call rejects with the reason of its signal instead.
 */
export class ApiError extends Error {
  override readonly name = "ApiError";
  /** RFC 9457; undefined if no problem came back: nothing was reached, or something in between has responded. */
  readonly problem: Problem | undefined;
  /** Of the last response; 0 if there was none. */
  readonly status: number;
  /** Finds the call in the log. */
  readonly requestId: string | undefined;
  /** Send the call again with this key, and it cannot be done twice. Undefined for a call that only reads. */
  readonly idempotencyKey: string | undefined;
  /** The API asks to wait so long, in milliseconds. The client itself waits at most a minute. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, facts: Partial<Facts>) {
    super(message, { cause: facts.cause });
    this.problem = facts.problem;
    this.status = facts.status ?? 0;
    this.requestId = facts.requestId ?? facts.problem?.requestId;
    this.idempotencyKey = facts.idempotencyKey;
    this.retryAfterMs = facts.retryAfterMs;
  }

  /** The code of the problem, such as `PAYMENT_REQUIRED`. */
  get code(): Problem["code"] | undefined {
    return this.problem?.code;
  }

  /** What is wrong with one field: `issuesOf("amount")`. */
  issuesOf(path: string): readonly string[] {
    return (this.problem?.issues ?? []).filter((issue) => issue.path === path).map(({ message }) => message);
  }
}
