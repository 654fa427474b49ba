/** The records that the state of a customer is made from: ours, with one query, or those that Stripe would write now. */
import { queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { ENTITLEMENT_SUMMARY, summaryIdOf } from "../events/entitlement-summary.ts";
import { objectState } from "../events/object-state.ts";
import { recordFromStripe } from "../events/projection.ts";
import { recordedIn } from "../events/recorded.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { fetchObject } from "../events/resolve-event.ts";
import { isStripeObject, type StripeObject } from "../events/stripe-event.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf, numberOf, textOf } from "../untrusted.ts";
import type { RecordedObject } from "./customer-state.ts";

/** Stripe's limit of one page. */
const PAGE = 100;

/**
 * Everything of the customer, from our table; none if not everything is recorded: before its first event, and of a customer
 * that is older than our records, until `npm run events -- complete` has run. Throws SERVICE_UNAVAILABLE.
 */
export async function recordedOf(customerId: string): Promise<readonly RecordedObject[]> {
  const records: RecordedObject[] = [];
  for (let after: Readonly<Record<string, unknown>> | undefined; ; ) {
    const page = await queryItems(env("STRIPE_OBJECTS_TABLE"), {
      key: { expression: "stateOf = :customer", values: { ":customer": customerId } },
      index: "by-customer",
      ...(after === undefined ? {} : { after }),
    });
    for (const item of page.items)
      records.push({
        id: textOf(item.objectId) ?? "",
        state: (await recordedIn(item)).state,
        knownAt: numberOf(item.eventCreated) ?? 0,
      });
    if (page.next === undefined)
      return records.some(({ state }) => state.objectType === "customer") ? records : [];
    after = page.next;
  }
}

/**
 * The same from Stripe, as of `now`; undefined if it has no such customer. Throws the problems of `readStripe`.
 */
export async function recordsAtStripe(
  customerId: string,
  read: ReadStripe,
  now: Date,
): Promise<readonly RecordedObject[] | undefined> {
  // The lists refuse a customer that does not exist, or no longer does.
  const customer = await fetchObject("customer", customerId, read);
  const knownAt = Math.floor(now.getTime() / 1000);
  if (customer === undefined || customer.deleted === true)
    return customer && [{ id: customer.id, state: objectState(customer), knownAt }];
  const [subscriptions, methods, summary] = await Promise.all([
    everyOf(
      "/v1/subscriptions",
      { customer: customerId, status: "all", expand: ["data.latest_invoice"] },
      read,
    ),
    everyOf("/v1/payment_methods", { customer: customerId }, read),
    fetchObject(ENTITLEMENT_SUMMARY, summaryIdOf(customerId), read),
  ]);
  const found = [customer, ...subscriptions, ...methods, ...(summary === undefined ? [] : [summary])];
  return found.map((object) => ({ id: object.id, state: objectState(object), knownAt }));
}

/** Records everything of a customer that Stripe has, so that it is complete. False if Stripe does not have the customer. */
export async function completeCustomer(customerId: string, read: ReadStripe, now: Date): Promise<boolean> {
  const records = await recordsAtStripe(customerId, read, now);
  if (records === undefined) return false;
  for (const { id, state } of records.toSorted(customerLast)) await recordFromStripe(id, state, now);
  return true;
}

const customerLast = (a: RecordedObject, b: RecordedObject) =>
  Number(a.state.objectType === "customer") - Number(b.state.objectType === "customer");

async function everyOf(
  path: string,
  query: Readonly<Record<string, unknown>>,
  read: ReadStripe,
): Promise<readonly StripeObject[]> {
  const all: StripeObject[] = [];
  for (;;) {
    const last = idOf(all.at(-1));
    const page = await read(path, {
      ...query,
      limit: PAGE,
      ...(last === undefined ? {} : { starting_after: last }),
    });
    const found = listed(page).filter(isStripeObject);
    all.push(...found);
    if (found.length === 0 || fieldOf(page, "has_more") !== true) return all;
  }
}
