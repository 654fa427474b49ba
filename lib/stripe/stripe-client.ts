/**
 * The only Stripe client: built once per Lambda, over Node's HTTP client, with a deadline and the caller's idempotency
 * key on every request. `withStripe` turns every error of Stripe's into a Problem.
 */

import type Stripe from "stripe";
import type { OperationContext } from "../capability/capability.ts";
import { env, optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { secret } from "../secrets/secrets.ts";
import { fieldOf, numberOf, textOf } from "../untrusted.ts";
import { STRIPE_API_VERSION } from "./api-version.ts";
import { boundByDeadline, withinDeadline } from "./stripe-deadline.ts";
import { refuseKeyOfOtherStage } from "./stripe-keys.ts";
import { NOTHING_OF_THE_CALLER, type StripeParameters } from "./stripe-parameters.ts";
import { stripeProblem } from "./stripe-problem.ts";
import { loadStripeSdk, type StripeClient } from "./stripe-sdk.ts";

/** Far below HTTP API's 30 s, so that the response to a timeout can say so. */
const REQUEST_TIMEOUT_MS = 8_000;
/** An attempt is not shortened below this to leave time for a second one. */
const SHORTEST_TIMEOUT_MS = 1_500;
/** How long the SDK waits before its only retry. */
const RETRY_DELAY_MS = 500;
/** Reserved for completing the idempotency claim and sending the response. */
const RESERVED_MS = 1_500;

let client: Promise<StripeClient> | undefined;

/** The client. Throws INTERNAL_ERROR, for the log, if the key does not belong to this stage. */
export function stripe(): Promise<StripeClient> {
  if (client === undefined) {
    client = connect();
    client.catch(() => {
      client = undefined;
    });
  }
  return client;
}

async function connect(): Promise<StripeClient> {
  const [Sdk, key] = await Promise.all([loadStripeSdk(), secret("STRIPE_SECRET_KEY")]);
  refuseKeyOfOtherStage("STRIPE_SECRET_KEY", key, env("STAGE"));
  const base = optionalEnv("STRIPE_API_BASE");
  return new Sdk(key, {
    apiVersion: STRIPE_API_VERSION,
    httpClient: boundByDeadline(Sdk.createNodeHttpClient()),
    timeout: REQUEST_TIMEOUT_MS,
    maxNetworkRetries: 1,
    telemetry: false,
    ...(base === undefined ? {} : addressOf(new URL(base))),
  });
}

function addressOf(base: URL): { host: string; port: string; protocol: "http" | "https" } {
  const protocol = base.protocol === "http:" ? "http" : "https";
  return { host: base.hostname, port: base.port || (protocol === "http" ? "80" : "443"), protocol };
}

/** The context of every call to Stripe. */
export type StripeCall = Pick<OperationContext, "deadline" | "now" | "noteVendorRequest">;

/**
 * Calls Stripe for an operation. `parameters` names the caller's fields that the request is made of, so that a refusal can
 * name the field. `call` gets the client and the request options that it must pass on: the idempotency key, to which `step` is
 * added if one operation writes more than once, and the timeout of one attempt. All attempts, including the SDK's own
 * retry, end before `context.deadline`; the calls of an operation share the remaining time.
 */
export function withStripe<T extends object>(
  context: StripeCall & Pick<OperationContext, "idempotencyKey">,
  parameters: StripeParameters,
  call: (client: StripeClient, options: Stripe.RequestOptions) => Promise<T>,
  step?: string,
): Promise<T> {
  const idempotencyKey = step === undefined ? context.idempotencyKey : `${context.idempotencyKey}:${step}`;
  return bounded(context, parameters, (client, timeout) => call(client, { idempotencyKey, timeout }));
}

/**
 * Reads from Stripe: `path` such as `/v1/charges/ch_1`. Undefined if Stripe has no such object. Throws the problems
 * of `withStripe`.
 */
export async function readStripe(
  path: string,
  context: StripeCall,
  query: Readonly<Record<string, unknown>> = {},
): Promise<Readonly<Record<string, unknown>> | undefined> {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      (Array.isArray(value) ? value.map(String) : [String(value)]).map((text): [string, string] => [
        Array.isArray(value) ? `${name}[]` : name,
        text,
      ]),
    ),
  );
  const { errors } = await loadStripeSdk();
  const { found } = await bounded(context, NOTHING_OF_THE_CALLER, async (client, timeout) => {
    try {
      const url = search.size === 0 ? path : `${path}?${search}`;
      const answer: unknown = await client.rawRequest("GET", url, undefined, { timeout });
      if (typeof answer !== "object" || answer === null)
        throw new Error("Stripe's response is not an object");
      return {
        found: { ...answer },
        ...("lastResponse" in answer ? { lastResponse: answer.lastResponse } : {}),
      };
    } catch (thrown) {
      // 400 if the object is named in the query of a list, such as a customer that is deleted.
      const missing =
        thrown instanceof errors.StripeInvalidRequestError &&
        (thrown.statusCode === 404 || thrown.code === "resource_missing");
      if (missing) return { found: undefined };
      throw thrown;
    }
  });
  return found;
}

async function bounded<T extends object>(
  context: StripeCall,
  parameters: StripeParameters,
  call: (client: StripeClient, timeoutMs: number) => Promise<T>,
): Promise<T> {
  const leftMs = context.deadline - context.now().getTime() - RESERVED_MS;
  try {
    const answer = await withinDeadline(Date.now() + leftMs, async () =>
      call(await stripe(), attemptTimeoutMs(leftMs)),
    );
    const response = lastResponseOf(answer);
    if (response.requestId !== undefined) context.noteVendorRequest(response.requestId);
    refuseFailure(response);
    return answer;
  } catch (thrown) {
    const problem = stripeProblem(thrown, parameters);
    if (problem === undefined) throw thrown;
    if (problem.vendorRequestId !== undefined) context.noteVendorRequest(problem.vendorRequestId);
    throw problem;
  }
}

/** So short that a second attempt fits, unless both would be too short to get a response. */
function attemptTimeoutMs(leftMs: number): number {
  const halfMs = Math.floor((leftMs - RETRY_DELAY_MS) / 2);
  return Math.max(1, Math.min(REQUEST_TIMEOUT_MS, Math.max(halfMs, Math.min(leftMs, SHORTEST_TIMEOUT_MS))));
}

interface LastResponse {
  readonly statusCode?: number;
  readonly requestId?: string;
}

/** What the SDK reports of the HTTP response, in addition to the object in it. */
function lastResponseOf(answer: object): LastResponse {
  if (!("lastResponse" in answer)) return {};
  const { lastResponse } = answer;
  return present({
    statusCode: numberOf(fieldOf(lastResponse, "statusCode")),
    requestId: textOf(fieldOf(lastResponse, "requestId")),
  });
}

/** The SDK treats any JSON without `error` as an object, even in a proxy's 502. */
function refuseFailure({ statusCode = 200, requestId }: LastResponse): void {
  if (statusCode < 400) return;
  throw new Problem(
    "BAD_GATEWAY",
    `Stripe responded with ${statusCode} but no error; the outcome is unknown`,
    {
      ...present({ vendorRequestId: requestId }),
    },
  );
}
