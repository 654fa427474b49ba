/** Finds mistakes in the configuration of the webhook endpoint at Stripe, and their remedies. No I/O. */
import type Stripe from "stripe";
import { queueOf } from "../../lib/events/event-queues.ts";
import { WEBHOOK_PATH } from "./command.ts";

/** The configuration that the endpoint must have. */
export interface Wanted {
  readonly apiVersion: string;
  /** Sorted. */
  readonly events: readonly string[];
}
export type Endpoint = Pick<
  Stripe.WebhookEndpoint,
  "id" | "url" | "status" | "api_version" | "enabled_events"
>;
/** `remedy` is a sentence. `isFixable`: whether `create` fixes it. */
export interface Difference {
  readonly what: string;
  readonly remedy: string;
  readonly isFixable: boolean;
}

const CREATE = "`webhook create` fixes it.";

/** The endpoints at this address; without an address, those with the path of this product's webhook. */
export function endpointsAt<E extends Endpoint>(endpoints: readonly E[], url: string | undefined): E[] {
  return endpoints.filter((endpoint) =>
    url === undefined ? new URL(endpoint.url).pathname.endsWith(WEBHOOK_PATH) : endpoint.url === url,
  );
}

/** Every difference between the endpoints at one address and the single endpoint that must exist there. */
export function differencesOf(found: readonly Endpoint[], wanted: Wanted): Difference[] {
  const [endpoint, ...others] = found;
  const { current, outdated } = byVersion(found, wanted);
  if (current.length === 1 && outdated.length > 0)
    return [...duringUpgrade(outdated), ...current.flatMap((one) => differencesOfOne(one, wanted))];
  if (endpoint === undefined) {
    return [
      {
        what: "The webhook endpoint does not exist",
        remedy: "`webhook create` creates it.",
        isFixable: true,
      },
    ];
  }
  const strays = others.map(({ id }) => ({
    what: `${id} has the same address: each event arrives twice, signed with another secret`,
    remedy: "Delete the one whose secret is not in STRIPE_WEBHOOK_SECRET, in Stripe's dashboard.",
    isFixable: false,
  }));
  return [...strays, ...found.flatMap((one) => differencesOfOne(one, wanted))];
}

/** The endpoints in the API version of the code, and those in others. */
export function byVersion<E extends Endpoint>(
  found: readonly E[],
  { apiVersion }: Wanted,
): { readonly current: E[]; readonly outdated: E[] } {
  return {
    current: found.filter(({ api_version: version }) => version === apiVersion),
    outdated: found.filter(({ api_version: version }) => version !== apiVersion),
  };
}

/** Two endpoints side by side are right, and not for ever. */
function duringUpgrade(outdated: readonly Endpoint[]): Difference[] {
  return outdated.map(({ id, api_version: version }) => ({
    what: `${id} has the same address and gets events of ${version === null ? "the account's default API version" : `API version ${version}`}: an upgrade is in progress, and each event arrives twice`,
    remedy: "`webhook retire` deletes it, when the other one delivers everything.",
    isFixable: false,
  }));
}

function differencesOfOne(endpoint: Endpoint, { apiVersion, events }: Wanted): Difference[] {
  const { id, status, enabled_events: enabled, api_version: version } = endpoint;
  const fixable = (what: string): Difference => ({ what, remedy: CREATE, isFixable: true });
  const gets = new Set(enabled);
  return [
    ...(status === "enabled" ? [] : [fixable(`${id} is ${status}: it gets no events`)]),
    ...(gets.has("*") ? [] : events)
      .filter((type) => !gets.has(type))
      .map((type) => fixable(`${id} does not get ${type}, which has a consumer`)),
    ...enabled
      .filter((type) => !events.includes(type))
      .map((type) =>
        fixable(
          `${id} gets ${type}, ${queueOf(type) === "unrouted" ? "which has no consumer" : "which repeats what other events say"}`,
        ),
      ),
    ...(version === apiVersion
      ? []
      : [
          {
            what: `${id} gets events of ${version === null ? "the account's default API version" : `API version ${version}`}, not ${apiVersion}`,
            remedy:
              "Stripe cannot change it: `webhook upgrade` creates a second endpoint beside it (docs/upgrading.md).",
            isFixable: false,
          },
        ]),
  ];
}
