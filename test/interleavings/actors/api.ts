/** Calls capabilities as an application does: over HTTP, signed by the authorizer, and again with the same key after a failure. */
import { fieldOf, fieldsOf, parseJson } from "../../../lib/untrusted.ts";
import { signedContext } from "../../steps/signed-context.ts";
import { APP_SECRET } from "../world/environment-variables.ts";
import type { World } from "../world/world.ts";
import type { Answer, History, Wish } from "./history.ts";

const TIMEOUT_MS = 25_000;
/** The longest time between two tries, in milliseconds. */
const LONGEST_PAUSE_MS = 15_000;
/** A client that has no answer yet waits longer and longer, up to this many times as long. */
const LONGEST_BACKOFF = 4;
/** Enough for the longest outage. */
const MOST_TRIES = 100;

export class Api {
  readonly #world: World;
  readonly #history: History;

  constructor(world: World, history: History) {
    this.#world = world;
    this.#history = history;
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#world.schedule.later("client wakes", ms, resolve));
  }

  /** Calls until there is a final answer. Some calls are made twice at the same time, as by an impatient user. */
  async ask(wish: Wish): Promise<Answer> {
    const { schedule } = this.#world;
    for (let attempt = 1; ; attempt += 1) {
      const isTwice = schedule.chance(0.15);
      const answers = await Promise.all([this.try(wish), isTwice ? this.#tryLater(wish) : undefined]);
      const final = answers.find((answer) => answer !== undefined && isFinal(answer));
      if (final !== undefined) {
        // An answer that got lost on the way to the client: it asks again.
        if (schedule.chance(0.15)) continue;
        return final;
      }
      if (attempt > MOST_TRIES)
        throw new Error(`${wish.capability} has no final answer after ${attempt} tries`);
      await this.sleep(100 + schedule.below(Math.min(attempt, LONGEST_BACKOFF) * LONGEST_PAUSE_MS));
    }
  }

  async #tryLater(wish: Wish): Promise<Answer | undefined> {
    await this.sleep(this.#world.schedule.below(400));
    return this.try(wish);
  }

  /** Undefined without a response. */
  async try(wish: Wish): Promise<Answer | undefined> {
    const { schedule, lambda } = this.#world;
    const outcome = await lambda.invoke(wish.capability, this.#eventOf(wish), TIMEOUT_MS);
    const answer = outcome.kind === "response" ? answerIn(outcome.value) : undefined;
    schedule.note(`client: ${wish.capability} ${wish.key} got ${answer?.status ?? "no answer"}`);
    this.#history.tries.push({ wish, requestId: outcome.requestId, answer });
    return answer;
  }

  #eventOf({ capability, key, inputs, principal }: Wish): object {
    const path = `/api/capabilities/${capability}`;
    const headers = {
      authorization: `Bearer key-of-${principal}`,
      "content-type": "application/json",
      "idempotency-key": key,
    };
    const expiresAt = String(Math.floor(this.#world.schedule.now / 1000) + 3_600);
    const lambda = signedContext(
      { principalId: principal, roles: '["admin"]', expiresAt },
      headers.authorization,
      APP_SECRET,
    );
    return httpEvent(path, headers, JSON.stringify(inputs), { authorizer: { lambda } });
  }
}

/** An HTTP API event, payload 2.0. */
export function httpEvent(
  path: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  more: object = {},
) {
  return {
    version: "2.0",
    routeKey: `POST ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers,
    requestContext: {
      accountId: "000000000000",
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "simulated" },
      routeKey: `POST ${path}`,
      stage: "$default",
      ...more,
    },
    body,
    isBase64Encoded: false,
  };
}

export function answerIn(value: unknown): Answer {
  const { statusCode, headers, body } = fieldsOf(value);
  return {
    status: Number(statusCode),
    body: fieldsOf(parseJson(body)),
    isReplayed: fieldOf(headers, "idempotency-replayed") === "true",
  };
}

/** A conflict with a time to retry is work in progress. Nobody waits until the limit of a day is over. */
export function isFinal({ status, body }: Answer): boolean {
  if (status === 429) return /next day begins/.test(String(body.detail));
  return status < 500 && body.retryable !== true && !isInProgress(body.detail);
}

const isInProgress = (detail: unknown): boolean => /in progress/.test(String(detail));
