/** Completes a queued event with its object, by asking Stripe for the missing parts. */
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { STRIPE_API_VERSION } from "../stripe/api-version.ts";
import { readStripe, type StripeCall } from "../stripe/stripe-client.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf } from "../untrusted.ts";
import { customerOfSummary, ENTITLEMENT_SUMMARY } from "./entitlement-summary.ts";
import { eventPath, objectPath } from "./object-paths.ts";
import {
  isStripeObject,
  type QueuedEvent,
  readSnapshot,
  type StripeEvent,
  type StripeObject,
} from "./stripe-event.ts";

/** Returns what Stripe has at a path of its API, such as `/v1/charges/ch_1`; undefined if it has nothing there. */
export type ReadStripe = (
  path: string,
  query?: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>> | undefined>;

/** Reads from Stripe for one message. The first read loads the SDK, so that most events do not pay for it. */
export function stripeReader(call: StripeCall): ReadStripe {
  return (path, query) => readStripe(path, call, query);
}

/**
 * The whole event. Throws NOT_FOUND if Stripe no longer has what the message refers to: then only a person can help.
 */
export async function resolveEvent(queued: QueuedEvent, read: ReadStripe): Promise<StripeEvent> {
  switch (queued.kind) {
    case "snapshot":
      return queued.event;
    case "reference":
      return (await fetchEvent(queued.head.id, read)) ?? missing(`the event ${queued.head.id}`);
    case "opaque":
      return missing(`an object of ${queued.head.type}`);
    case "thin":
      return (await snapshotOf(queued, read)) ?? withRelatedObject(queued, read);
  }
}

/** The event at Stripe, which keeps it for 30 days; undefined if none has this id. */
export async function fetchEvent(id: string, read: ReadStripe): Promise<StripeEvent | undefined> {
  const path = eventPath(id);
  return path === undefined ? undefined : readSnapshot(await read(path));
}

/** What is recorded of an object, and of which Stripe returns only the id by default. */
const EXPANDED: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  subscription: { expand: ["latest_invoice"] },
};

/** The object as it is at Stripe now; undefined if none has this id. */
export async function fetchObject(
  objectType: string,
  id: string,
  read: ReadStripe,
): Promise<StripeObject | undefined> {
  if (objectType === ENTITLEMENT_SUMMARY) return readSummary(id, read);
  const path = objectPath(objectType, id);
  const found = path === undefined ? undefined : await read(path, EXPANDED[objectType]);
  return isStripeObject(found) ? found : undefined;
}

/** Stripe's limit of one page. */
const PAGE = 100;

/** All entitlements of the customer that the summary is about; undefined for an id that is not a summary's. */
async function readSummary(id: string, read: ReadStripe): Promise<StripeObject | undefined> {
  const customer = customerOfSummary(id);
  if (customer === undefined) return undefined;
  const data: unknown[] = [];
  for (;;) {
    const last = idOf(data.at(-1));
    const page = await read("/v1/entitlements/active_entitlements", {
      customer,
      limit: PAGE,
      ...present({ starting_after: last }),
    });
    const found = listed(page);
    data.push(...found);
    if (found.length === 0 || fieldOf(page, "has_more") !== true) break;
  }
  return { id, object: ENTITLEMENT_SUMMARY, customer, entitlements: { data } };
}

type ThinEvent = Extract<QueuedEvent, { kind: "thin" }>;

async function snapshotOf(
  { head, hasSnapshot }: ThinEvent,
  read: ReadStripe,
): Promise<StripeEvent | undefined> {
  return hasSnapshot ? fetchEvent(head.id, read) : undefined;
}

async function withRelatedObject(queued: ThinEvent, read: ReadStripe): Promise<StripeEvent> {
  return { ...queued.head, apiVersion: STRIPE_API_VERSION, object: await relatedObject(queued, read) };
}

async function relatedObject(
  { head, objectType, objectId }: ThinEvent,
  read: ReadStripe,
): Promise<StripeObject> {
  if (objectType === undefined || objectId === undefined) return missing(`an object of ${head.type}`);
  const found = await fetchObject(objectType, objectId, read);
  if (found !== undefined) return found;
  // Some kinds vanish when they are deleted, such as draft invoices.
  if (head.type.endsWith(".deleted")) return { id: objectId, object: objectType, deleted: true };
  return missing(`the ${objectType} ${objectId}`);
}

function missing(what: string): never {
  throw new Problem("NOT_FOUND", `Stripe does not have ${what}`);
}
