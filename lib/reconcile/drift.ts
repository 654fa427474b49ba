/** Finds recorded states of Stripe's objects that differ from Stripe. */

import { isDeepStrictEqual } from "node:util";
import { versionOf } from "../aws/change-item.ts";
import { getItem, type Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { objectPath } from "../events/object-paths.ts";
import { type ObjectState, objectState } from "../events/object-state.ts";
import { replaceState } from "../events/projection.ts";
import { recordedIn } from "../events/recorded.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { fetchObject } from "../events/resolve-event.ts";
import { present } from "../present.ts";

export interface Drift {
  readonly objectId: string;
  readonly objectType: string;
  /** Names of the fields of `ObjectState` that differ; never their values, which can be anybody's metadata. */
  readonly fields: readonly string[];
  readonly recordedStatus: string;
  /** `missing` if Stripe does not have the object. */
  readonly stripeStatus: string;
  /** The state at Stripe; left out if Stripe does not have the object. */
  readonly found?: ObjectState;
  /** The record that was compared. */
  readonly item: Item;
}

/**
 * How many objects are requested concurrently. Stripe allows 25 requests a second for one endpoint, including the
 * application's own.
 */
const ASKED_AT_ONCE = 3;

/**
 * The fields that differ. For a deleted object Stripe returns only its id, so only its status counts.
 */
export function differingFields(recorded: ObjectState, found: ObjectState): string[] {
  if (found.status === "deleted") return recorded.status === "deleted" ? [] : ["status"];
  const ours = new Map(Object.entries(recorded));
  const theirs = new Map(Object.entries(found));
  const names = new Set([...ours.keys(), ...theirs.keys()]);
  return [...names].filter((name) => !isDeepStrictEqual(ours.get(name), theirs.get(name))).sort();
}

/**
 * The drift among `items` of the table StripeObjects. A record that changed while Stripe was asked is not reported: it
 * is checked another time. An object whose event is still on its way is reported; so check twice. Throws the problems
 * of `readStripe`.
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

/** Records the state that Stripe returned. False if there is nothing to record, or the record has changed since. */
export async function fixDrift({ objectId, found, item }: Drift, now: Date): Promise<boolean> {
  return found !== undefined && (await replaceState(objectId, found, item, now));
}

async function driftOf(item: Item, read: ReadStripe): Promise<Drift | undefined> {
  const { state, version, isComplete } = await recordedIn(item);
  const objectId = String(item.objectId);
  // Stripe cannot be asked for this kind, so it cannot be compared.
  if (objectPath(state.objectType, objectId) === undefined) return undefined;
  const answer = await fetchObject(state.objectType, objectId, read);
  const found = answer === undefined ? undefined : objectState(answer);
  // What no secret opens cannot be compared; notifications read it from Stripe.
  const { metadata, email } = found ?? {};
  const comparable = isComplete ? state : { ...state, ...present({ metadata, email }) };
  const fields = found === undefined ? missingFields(state) : differingFields(comparable, found);
  if (fields.length === 0) return undefined;
  const now = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  if (now === undefined || versionOf(now) !== version) return undefined;
  return {
    ...{ objectId, objectType: state.objectType, fields, item },
    recordedStatus: state.status,
    stripeStatus: found?.status ?? "missing",
    ...present({ found }),
  };
}

/** Some kinds, such as draft invoices, vanish at Stripe when they are deleted. */
function missingFields({ status }: ObjectState): string[] {
  return status === "deleted" ? [] : ["status"];
}
