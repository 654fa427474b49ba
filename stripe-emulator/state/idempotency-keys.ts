import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import type { Clock } from "./clock.ts";

const LIFETIME_SECONDS = 24 * 60 * 60;
const MAX_KEY_LENGTH = 255;

export interface StoredResponse {
  status: number;
  body: string;
  /** The request that ran: the `Original-Request` header of a replay. */
  requestId: string;
}

export interface IdempotencyEntry {
  endpoint: string;
  /** The parameters in canonical form: equal for equal requests. */
  parameters: string;
  created: number;
  /** Missing while the first request is still under way. */
  response?: StoredResponse;
}

/** A key that one request has claimed. The request calls exactly one of the two. */
export interface IdempotencyClaim {
  complete(response: StoredResponse): void;
  abandon(): void;
}

/**
 * Stripe's idempotency of POST requests (https://docs.stripe.com/api/idempotent_requests): once the endpoint has begun to
 * run, its response is kept for a day, whatever the status. The response to a request that fails before is not kept.
 */
export class IdempotencyKeys {
  entries: Map<string, IdempotencyEntry> = new Map();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Claims the key, or returns the response to replay. The same key of two accounts is two keys. Throws a 400
   * `idempotency_error` when the parameters differ, and a 409 `idempotency_key_in_use` while the first request runs.
   */
  claim(
    account: string,
    key: string,
    endpoint: string,
    parameters: string,
  ): StoredResponse | IdempotencyClaim {
    if (key.length > MAX_KEY_LENGTH) {
      const message = `Idempotency keys can be up to ${MAX_KEY_LENGTH} characters long; this one has ${key.length}.`;
      throw invalidRequest(message, undefined, "idempotency_key");
    }
    this.#forgetExpired();
    const id = JSON.stringify([account, key]);
    const existing = this.entries.get(id);
    if (existing !== undefined) return replay(existing, key, endpoint, parameters);
    const entry: IdempotencyEntry = { endpoint, parameters, created: this.#clock.now() };
    this.entries.set(id, entry);
    return {
      complete: (response) => {
        entry.response = response;
      },
      abandon: () => {
        this.entries.delete(id);
      },
    };
  }

  #forgetExpired(): void {
    const oldest = this.#clock.now() - LIFETIME_SECONDS;
    for (const [id, entry] of this.entries) if (entry.created < oldest) this.entries.delete(id);
  }
}

function replay(entry: IdempotencyEntry, key: string, endpoint: string, parameters: string): StoredResponse {
  if (entry.endpoint !== endpoint) {
    throw reusedKey(
      `for the same endpoint they were first used for ('${entry.endpoint}' vs '${endpoint}')`,
      key,
    );
  }
  if (entry.parameters !== parameters)
    throw reusedKey("with the same parameters they were first used with", key);
  if (entry.response !== undefined) return entry.response;
  throw new StripeApiError(409, {
    type: "invalid_request_error",
    code: "idempotency_key_in_use",
    message: `Another request with the Idempotency-Key ${key} is still in progress. Try again later.`,
  });
}

function reusedKey(rule: string, key: string): StripeApiError {
  const hint = `Try using a key other than '${key}' if you meant to execute a different request.`;
  return new StripeApiError(400, {
    type: "idempotency_error",
    message: `Keys for idempotent requests can only be used ${rule}. ${hint}`,
  });
}
