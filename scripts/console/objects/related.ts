/** What belongs to an object, without asking Stripe: by its record, the index of references, its customer's index and its audit entries. */
import { getItems, queryItems } from "../../../lib/aws/dynamodb.ts";
import { env } from "../../../lib/env.ts";
import { summaryIdOf } from "../../../lib/events/entitlement-summary.ts";
import { findByReference } from "../../../lib/events/find-by-reference.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { textOf } from "../../../lib/untrusted.ts";
import type { Related } from "./money.ts";

/** The newest ones: a customer can have any number of payments. */
const MOST = 100;
const SHOWN = /^(?:pi|cus|sub|in|ch|py|re|pyr|dp|du|cn|cs)_(?!sched)\w+$/;

/**
 * The related objects, in no order; the object itself is left out. `mentioned` are ids from its audit entries and its line of time,
 * the newest first, of which only those are kept whose record says that they belong together.
 */
export async function relatedTo(
  id: string,
  state: ObjectState,
  mentioned: readonly string[],
): Promise<readonly Related[]> {
  const named = [
    state.customerId,
    state.paymentIntentId,
    state.chargeId,
    state.invoiceId,
    state.subscriptionId,
  ];
  const [referring, parts] = await Promise.all([
    findByReference(id),
    state.objectType === "customer" ? partsOfCustomer(id) : [],
  ]);
  const ids = new Set([
    ...named.filter((one) => one !== undefined),
    ...parts,
    ...(state.customerId === undefined ? [] : [summaryIdOf(state.customerId)]),
    ...referring.objects.map(({ objectId }) => objectId),
    ...[...new Set(mentioned)].filter((one) => SHOWN.test(one)).slice(0, MOST),
  ]);
  ids.delete(id);
  const items = await getItems(
    env("STRIPE_OBJECTS_TABLE"),
    [...ids].map((objectId) => ({ objectId })),
  );
  const found = await Promise.all(
    items.map(async (item) => ({ id: String(item.objectId), state: (await recordedIn(item)).state })),
  );
  const summaryId = hasEntitlements(state) ? summaryIdOf(state.customerId ?? "") : undefined;
  return found.filter((one) => one.id === summaryId || belongTogether({ id, state }, one));
}

/** Its subscriptions, payment methods and entitlements: the index has them all. */
async function partsOfCustomer(customerId: string): Promise<readonly string[]> {
  const { items } = await queryItems(env("STRIPE_OBJECTS_TABLE"), {
    index: "by-customer",
    key: { expression: "stateOf = :customer", values: { ":customer": customerId } },
    limit: MOST,
  });
  return items.flatMap(({ objectId }) => textOf(objectId) ?? []);
}

const hasEntitlements = ({ objectType }: ObjectState) =>
  objectType === "customer" || objectType === "subscription";

function belongTogether(one: Related, other: Related): boolean {
  return names(one, other) || names(other, one);
}

/** Whether the record of the one says the id of the other. */
function names({ state }: Related, { id }: Related): boolean {
  const { customerId, paymentIntentId, chargeId, invoiceId, subscriptionId } = state;
  return [customerId, paymentIntentId, chargeId, invoiceId, subscriptionId].includes(id);
}
