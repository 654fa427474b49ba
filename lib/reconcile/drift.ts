/** Where what is recorded of Stripe's objects is not what Stripe says. */

import { isDeepStrictEqual } from "node:util";
import { getItem, type Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { objectPath } from "../events/object-paths.ts";
import { type ObjectState, objectState } from "../events/object-state.ts";
import { recordedIn, replaceState } from "../events/projection.ts";
import { fetchObject, type ReadStripe } from "../events/resolve-event.ts";
import { present } from "../present.ts";

export interface Drift {
  readonly objectId: string;
  readonly objectType: string;
  /** Names of the fields of `ObjectState` that differ; never their values, which may be anybody's metadata. */
  readonly fields: readonly string[];
  readonly recordedStatus: string;
  /** `missing` when Stripe has no such object. */
  readonly stripeStatus: string;
  /** What Stripe answered; left out when it has no such object. */
  readonly found?: ObjectState;
  /** The record that was compared. */
  readonly item: Item;
}

/**
 * So many objects are asked for at once. Stripe allows 25 requests a second for one endpoint, the application's own
 * included.
 */
const ASKED_AT_ONCE = 3;

/**
 * The fields that differ. An object that Stripe has deleted is answered by its id alone, so that only its status
 * counts.
 */
export function differingFields(recorded: ObjectState, found: ObjectState): string[] {
  if (found.status === "deleted") return recorded.status === "deleted" ? [] : ["status"];
  const ours = new Map(Object.entries(recorded));
  const theirs = new Map(Object.entries(found));
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(ours.get(name), theirs.get(name))).sort();
}

/**
 * The drift among `items` of the table StripeObjects. A record that changed while Stripe was asked has none: it is
 * looked at another time. An object whose event is on its way has some; so look twice. Throws the problems of
 * `readStripe`.
 */
export async function findDrift(items: readonly Item[], read: ReadStripe): Promise<Drift[]> {
  const drifts: Drift[] = [];
  for (let first = 0; first < items.length; first += ASKED_AT_ONCE) {
    const found = await Promise.all(
      items.slice(first, first + ASKED_AT_ONCE).map((item) => driftOf(item, read)),
    );
    drifts.push(...found.filter((drift) => drift !== undefined));
  }
  return drifts;
}

/** Records what Stripe answered. False when there is nothing to record, or the record has changed since. */
export async function mend({ objectId, found, item }: Drift, now: Date): Promise<boolean> {
  return found !== undefined && (await replaceState(objectId, found, item, now));
}

async function driftOf(item: Item, read: ReadStripe): Promise<Drift | undefined> {
  const { state, version } = recordedIn(item);
  const objectId = String(item.objectId);
  // Of a kind that nobody can ask for nothing is known to be wrong.
  if (objectPath(state.objectType, objectId) === undefined) return undefined;
  const answer = await fetchObject(state.objectType, objectId, read);
  const found = answer === undefined ? undefined : objectState(answer);
  const fields = found === undefined ? missingFields(state) : differingFields(state, found);
  if (fields.length === 0) return undefined;
  const now = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  if (now === undefined || recordedIn(now).version !== version) return undefined;
  return {
    ...{ objectId, objectType: state.objectType, fields, item },
    recordedStatus: state.status,
    stripeStatus: found?.status ?? "missing",
    ...present({ found }),
  };
}

/** Some kinds vanish at Stripe when they are deleted, such as draft invoices. */
function missingFields({ status }: ObjectState): string[] {
  return status === "deleted" ? [] : ["status"];
}
