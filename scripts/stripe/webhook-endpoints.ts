/** The webhook endpoints of the target's Stripe account. Throws the problems of lib/stripe/stripe-client.ts. */

import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { present } from "../../lib/present.ts";
import { type StripeCall, withStripe } from "../../lib/stripe/stripe-client.ts";
import { NOTHING_OF_THE_CALLER } from "../../lib/stripe/stripe-parameters.ts";
import type { Wanted } from "./endpoint-check.ts";

const PATH = "/v1/webhook_endpoints";
const PAGE_SIZE = 100;
const DEADLINE_MS = 30_000;

export async function listEndpoints(): Promise<Stripe.WebhookEndpoint[]> {
  const endpoints: Stripe.WebhookEndpoint[] = [];
  for (let more = true; more; ) {
    const last = endpoints.at(-1)?.id;
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...present({ starting_after: last }) });
    const page: Stripe.ApiList<Stripe.WebhookEndpoint> = await withStripe(
      oneCall(),
      NOTHING_OF_THE_CALLER,
      (client, options) => client.rawRequest("GET", `${PATH}?${query}`, undefined, options),
    );
    endpoints.push(...page.data);
    more = page.has_more && page.data.length > 0;
  }
  return endpoints;
}

/** The only response that has the endpoint's `secret`. */
export function createEndpoint(
  url: string,
  description: string,
  { apiVersion, events }: Wanted,
): Promise<Stripe.WebhookEndpoint> {
  return write(PATH, { url, description, api_version: apiVersion, enabled_events: events });
}

/** Gives the endpoint exactly these events, and enables it. */
export function fixEndpoint(id: string, { events }: Wanted): Promise<Stripe.WebhookEndpoint> {
  return write(`${PATH}/${id}`, { enabled_events: events, disabled: false });
}

/** Stripe sends it nothing more, and does not try again what it has not accepted. */
export async function deleteEndpoint(id: string): Promise<void> {
  await withStripe(oneCall(), NOTHING_OF_THE_CALLER, (client, options) =>
    client.rawRequest("DELETE", `${PATH}/${id}`, undefined, options),
  );
}

/**
 * The ids of up to 100 events since `since` (Unix seconds) that some endpoint of the account has not accepted yet, the latest
 * first.
 */
export async function undelivered(since: number): Promise<string[]> {
  const query = new URLSearchParams({
    delivery_success: "false",
    "created[gte]": String(since),
    limit: String(PAGE_SIZE),
  });
  const { data }: Stripe.ApiList<Stripe.Event> = await withStripe(
    oneCall(),
    NOTHING_OF_THE_CALLER,
    (client, options) => client.rawRequest("GET", `/v1/events?${query}`, undefined, options),
  );
  return data.map(({ id }) => id);
}

/** A raw request, because the routed types are strings and the SDK's methods accept only a fixed list of literals. */
function write(path: string, parameters: Record<string, unknown>): Promise<Stripe.WebhookEndpoint> {
  return withStripe(oneCall(), NOTHING_OF_THE_CALLER, (client, options) =>
    client.rawRequest("POST", path, parameters, options),
  );
}

function oneCall(): StripeCall & { readonly idempotencyKey: string } {
  return {
    deadline: Date.now() + DEADLINE_MS,
    now: () => new Date(),
    noteVendorRequest: () => undefined,
    idempotencyKey: randomUUID(),
  };
}
