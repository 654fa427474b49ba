/**
 * The last known state of Stripe's objects, in the table StripeObjects, the same for every order of their events (R10).
 * A newer event wins. Stripe is asked if the events cannot show which is newer, and if the winner was rendered in another API
 * version: only the shapes of ours are read. Every write is conditional on the version that was read before Stripe was
 * asked, so that an outdated response is not written.
 */
import { changeItem, versionOf, writeUnlessChanged } from "../aws/change-item.ts";
import type { Item } from "../aws/dynamodb.ts";
import { canonicalJson } from "../canonical-json.ts";
import { env } from "../env.ts";
import { present } from "../present.ts";
import { STRIPE_API_VERSION } from "../stripe/api-version.ts";
import { fieldOf, numberOf, textOf } from "../untrusted.ts";
import { ENTITLEMENT_SUMMARY } from "./entitlement-summary.ts";
import { isWhole, type ObjectState, objectState, UNKNOWN_STATUS } from "./object-state.ts";
import { compare, winsWithoutStripe } from "./order.ts";
import { type Before, type Stored, seenIn, storedFrom } from "./recorded.ts";
import { writeReferences } from "./references.ts";
import type { ReadStripe } from "./resolve-event.ts";
import { fetchObject } from "./resolve-event.ts";
import { sealEmail, sealMetadata } from "./sealed-metadata.ts";
import type { StripeEvent } from "./stripe-event.ts";
import { comparedWith, toldFields, toldFieldsKept } from "./told-so-far.ts";

/**
 * The kinds that the state of a customer consists of (lib/customers/customer-state.ts). Only they are in the index
 * `by-customer`: a customer can have any number of payments. The customer itself is in it only if everything of it is, which
 * is so from its creation on, or from `recordFromStripe` on: see docs/decisions/0058.
 */
const PARTS_OF_A_CUSTOMER: ReadonlySet<string> = new Set([
  "customer",
  "subscription",
  "payment_method",
  ENTITLEMENT_SUMMARY,
]);

/** After this event, everything of the customer has events of its own. */
const CREATION = "customer.created";
/** How far our clocks and Stripe's may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/** An event after its state was recorded or found to be stale. */
export interface AppliedEvent {
  readonly event: StripeEvent;
  /** The object's state according to the event. What another API version does not show is as in `current`. */
  readonly told: ObjectState;
  /** The state recorded now: the same, or a newer one. */
  readonly current: ObjectState;
  /**
   * What an application knew of the object before the event; undefined if nothing. Kept with the record, for a thin event that
   * is applied again.
   */
  readonly before?: Before;
  /** True when a newer state was recorded already: then the event changed nothing. */
  readonly isStale: boolean;
  /** The types of the events that were applied to the object, this one included. Left out if `current` is not recorded. */
  readonly seen?: readonly string[];
  /** How many times the object was recorded: the greater, the newer is `current`. Left out if `current` is not recorded. */
  readonly revision?: number;
}

/**
 * Records the object's state from `event`, unless a newer one is recorded. Returns `gone`, and records nothing, if the state
 * can be read neither from the event, which has another API version, nor from Stripe, which does not have the object. Throws
 * SERVICE_UNAVAILABLE to be repeated.
 */
export function recordState(
  event: StripeEvent,
  { read, now }: { readonly read: ReadStripe; readonly now: () => Date },
): Promise<AppliedEvent | "gone"> {
  const told = objectState(event.object, event.type);
  const incoming = { eventId: event.id, eventCreated: event.created, final: told.final };
  const isLegible = event.apiVersion === STRIPE_API_VERSION && isWhole(event.object);
  return changeItem<AppliedEvent | "gone">(
    env("STRIPE_OBJECTS_TABLE"),
    { objectId: event.object.id },
    async (item) => {
      const stored = item === undefined ? undefined : await storedFrom(item, told);
      const verdict = compare(stored?.dated, incoming);
      const seenBefore = seenIn(item);
      const seen = [...new Set([...seenBefore, event.type])].sort();
      const isAgain = fieldOf(item?.told, "beforeOf") === event.id;
      const applied = (current: ObjectState, isStale: boolean, revision: number): AppliedEvent => ({
        event,
        told: isLegible ? told : completed(told, current),
        current,
        ...present({ before: isAgain ? stored?.before : stored && comparedWith(stored.known, current) }),
        isStale,
        seen,
        revision,
      });
      if (stored !== undefined && (verdict === "same" || verdict === "stale")) {
        const result = applied(stored.state, verdict === "stale", versionOf(item));
        const { awaitsCreation, told: toldBefore, ...kept } = item ?? {};
        const toldNow = toldFields(result, item);
        const isCreated = awaitsCreation === true && event.type === CREATION;
        const isTold = canonicalJson(toldNow.told) === canonicalJson(toldBefore);
        if (!isCreated && isTold && seen.length === seenBefore.length) return { result };
        const index = isCreated ? indexed(stored.state, item, event.type) : present({ awaitsCreation });
        return { item: { ...kept, ...index, ...toldNow, seen }, result };
      }
      const isAsked = verdict === "ask" || !isLegible;
      const current = isAsked ? await askStripe(event, stored, told, read) : told;
      if (current === undefined) return { result: "gone" };
      const result = applied(current, false, versionOf(item) + 1);
      return {
        item: {
          ...(await recordOf(event, current, { stored, item, now: now() })),
          ...indexed(current, item, event.type),
          ...toldFields(result, item),
          seen,
        },
        result: { ...result, isStale: current.status !== result.told.status },
      };
    },
  );
}

/**
 * Records `state`, as Stripe returned it, in place of the state in `recorded`. False if the record has changed since it
 * was read. Later events are still compared with the event that was recorded last, so that this does not outdate an
 * event on its way.
 */
export async function replaceState(
  objectId: string,
  state: ObjectState,
  recorded: Item,
  now: Date,
): Promise<boolean> {
  const { eventId, eventType, eventCreated } = recorded;
  const kept = { eventId, eventType, eventCreated, seen: seenIn(recorded), recordedAt: now.toISOString() };
  const item = {
    ...(await itemOf(objectId, state, recorded, now)),
    ...indexed(state, recorded),
    ...kept,
    ...toldFieldsKept(recorded, state),
  };
  return writeUnlessChanged(env("STRIPE_OBJECTS_TABLE"), { objectId }, item, recorded);
}

/**
 * Records `state`, as Stripe returned it to a request that was sent after `askedAt`, and puts it into the index by customer. A
 * record that is in the index stays as it is: events keep it up to date. To be called for the customer itself after everything else of it.
 */
export async function recordFromStripe(objectId: string, state: ObjectState, askedAt: Date): Promise<void> {
  const since = new Date(askedAt.getTime() - CLOCKS_DIFFER_MS);
  await changeItem(env("STRIPE_OBJECTS_TABLE"), { objectId }, async (item) => {
    if (item?.stateOf !== undefined) return { result: undefined };
    const stateOf = present({ stateOf: state.customerId });
    const { awaitsCreation: _awaits, ...known } = item ?? {};
    // An event has changed it since Stripe was asked.
    if (textOf(known.recordedAt) !== undefined && String(known.recordedAt) > since.toISOString())
      return { item: { ...known, ...stateOf }, result: undefined };
    const event = { eventId: "", eventType: "", eventCreated: Math.floor(since.getTime() / 1000) };
    return {
      item: {
        ...event,
        ...present({ eventId: textOf(known.eventId), eventType: textOf(known.eventType) }),
        ...present({ eventCreated: numberOf(known.eventCreated) }),
        ...(await itemOf(objectId, state, item, askedAt)),
        ...toldFieldsKept(item, state),
        ...stateOf,
        seen: seenIn(known),
        recordedAt: askedAt.toISOString(),
      },
      result: undefined,
    };
  });
}

/** The object's state at Stripe. If Stripe does not have the object: that of the winner, unless its shape is not ours. */
async function askStripe(
  event: StripeEvent,
  stored: Stored | undefined,
  told: ObjectState,
  read: ReadStripe,
): Promise<ObjectState | undefined> {
  const found = await fetchObject(told.objectType, event.object.id, read);
  // Of a deleted object, Stripe returns the id only.
  if (found !== undefined)
    return found.deleted === true
      ? { ...(stored?.state ?? told), ...objectState(found) }
      : objectState(found, event.type);
  const isDeletion = event.type.endsWith(".deleted");
  if (event.apiVersion !== STRIPE_API_VERSION) return isDeletion ? { ...stored?.state, ...told } : undefined;
  const incoming = { eventId: event.id, eventCreated: event.created, final: told.final };
  return stored === undefined || winsWithoutStripe(stored.dated, incoming) ? told : stored.state;
}

/** What an event of another API version tells, with everything that its shape does not show as it is now. */
function completed(told: ObjectState, current: ObjectState): ObjectState {
  const { status, final } = told.status === UNKNOWN_STATUS ? current : told;
  return { ...current, ...told, status, final };
}

async function recordOf(
  event: StripeEvent,
  state: ObjectState,
  {
    stored,
    item,
    now,
  }: { readonly stored: Stored | undefined; readonly item: Item | undefined; readonly now: Date },
): Promise<Item> {
  return {
    ...(await itemOf(event.object.id, state, item, now)),
    eventId: event.id,
    eventType: event.type,
    eventCreated: Math.max(event.created, stored?.dated.eventCreated ?? 0),
    recordedAt: now.toISOString(),
  };
}

/**
 * The attributes that put a record into the index; `eventType` is that of the event which it is recorded from. Also what
 * lib/expiring-cards notes on a card.
 */
function indexed(state: ObjectState, item: Item | undefined, eventType = ""): Item {
  const { objectType, customerId } = state;
  if (!PARTS_OF_A_CUSTOMER.has(objectType)) return {};
  if (objectType === "payment_method")
    return present({ stateOf: customerId, expiryReported: textOf(item?.expiryReported) });
  if (objectType !== "customer" || item?.stateOf !== undefined) return present({ stateOf: customerId });
  // A record without both attributes is from before the index existed.
  if (item !== undefined && item.awaitsCreation !== true) return {};
  return eventType === CREATION ? present({ stateOf: customerId }) : { awaitsCreation: true };
}

/** The attributes that hold the state, with its metadata sealed. Before that, writes the references by which it is found. */
async function itemOf(
  objectId: string,
  { metadata, email, ...state }: ObjectState,
  recorded: Item | undefined,
  now: Date,
): Promise<Item> {
  const whole = { ...state, ...present({ metadata, email }) };
  return {
    ...state,
    ...present({
      references: await writeReferences(objectId, whole, recorded?.references, now),
      metadata: await sealMetadata(objectId, metadata),
      email: await sealEmail(objectId, email),
    }),
  };
}
