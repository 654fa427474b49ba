/** What is wrong with the webhook endpoint at Stripe, and what mends it. No I/O. */
import type Stripe from "stripe";
import { WEBHOOK_PATH } from "./command.ts";

/** How the endpoint has to be. */
export interface Wanted {
  readonly apiVersion: string;
  /** Sorted. */
  readonly events: readonly string[];
}
export type Endpoint = Pick<
  Stripe.WebhookEndpoint,
  "id" | "url" | "status" | "api_version" | "enabled_events"
>;
/** `mend` is a sentence. `isMendable` tells whether `create` does it. */
export interface Difference {
  readonly what: string;
  readonly mend: string;
  readonly isMendable: boolean;
}

const CREATE = "`webhook create` mends it.";

/** The endpoints at this address; without one, those of any address that is a webhook of this product. */
export function endpointsAt<E extends Endpoint>(endpoints: readonly E[], url: string | undefined): E[] {
  return endpoints.filter((endpoint) =>
    url === undefined ? new URL(endpoint.url).pathname.endsWith(WEBHOOK_PATH) : endpoint.url === url,
  );
}

/** Every difference between the endpoints at one address and the one that there has to be. */
export function differencesOf(found: readonly Endpoint[], wanted: Wanted): Difference[] {
  const [endpoint, ...others] = found;
  if (endpoint === undefined) {
    return [
      { what: "There is no such webhook endpoint", mend: "`webhook create` makes it.", isMendable: true },
    ];
  }
  const strays = others.map(({ id }) => ({
    what: `${id} has the same address, so that each event comes twice, under another secret`,
    mend: "Delete the one whose secret is not in STRIPE_WEBHOOK_SECRET, in Stripe's dashboard.",
    isMendable: false,
  }));
  return [...strays, ...found.flatMap((one) => differencesOfOne(one, wanted))];
}

function differencesOfOne(endpoint: Endpoint, { apiVersion, events }: Wanted): Difference[] {
  const { id, status, enabled_events: enabled, api_version: version } = endpoint;
  const mendable = (what: string): Difference => ({ what, mend: CREATE, isMendable: true });
  const gets = new Set(enabled);
  return [
    ...(status === "enabled" ? [] : [mendable(`${id} is ${status}: it gets no events`)]),
    ...(gets.has("*") ? [] : events)
      .filter((type) => !gets.has(type))
      .map((type) => mendable(`${id} does not get ${type}, which has a consumer`)),
    ...enabled
      .filter((type) => !events.includes(type))
      .map((type) => mendable(`${id} gets ${type}, which has no consumer`)),
    ...(version === apiVersion
      ? []
      : [
          {
            what: `${id} gets events of API version ${version ?? "of the account's default"}, not ${apiVersion}`,
            mend: "Stripe cannot change it: delete the endpoint in the dashboard, and `webhook create` makes it anew.",
            isMendable: false,
          },
        ]),
  ];
}
