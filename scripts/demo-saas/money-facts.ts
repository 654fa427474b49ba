/** Reads what Stripe, our records and the notifications know about money. Pure; leaves out what has no amount or is not money. */
import { present } from "../../lib/present.ts";
import { fieldOf, numberOf, textOf, wholeNumberOf } from "../../lib/untrusted.ts";
import { MONEY_OBJECTS, type MoneyFact } from "./ledger.ts";

/** The amount of each kind of object in Stripe's API. https://docs.stripe.com/api */
const AMOUNT_AT_STRIPE: ReadonlyMap<string, string> = new Map([
  ["payment_intent", "amount_received"],
  ["refund", "amount"],
  ["dispute", "amount"],
  ["credit_note", "total"],
  ["invoice", "amount_remaining"],
]);

/** `objects` as Stripe's API returns them, without expansions. */
export function factsAtStripe(objects: readonly unknown[]): readonly MoneyFact[] {
  return objects.flatMap((object) => {
    const objectType = textOf(fieldOf(object, "object")) ?? "";
    return factOf({
      objectType,
      id: fieldOf(object, "id"),
      status: fieldOf(object, "status"),
      amount: fieldOf(object, AMOUNT_AT_STRIPE.get(objectType) ?? ""),
      currency: fieldOf(object, "currency"),
      customerId: fieldOf(object, "customer"),
      paymentIntentId: fieldOf(object, "payment_intent"),
    });
  });
}

/** `items` of the table StripeObjects. */
export function factsInRecords(items: readonly unknown[]): readonly MoneyFact[] {
  return items.flatMap((item) =>
    factOf(stateIn(item, fieldOf(item, "objectType"), fieldOf(item, "objectId"))),
  );
}

/** `notifications` as they were published, in any order, each any number of times: of each object, the latest known state counts. */
export function factsInNotifications(notifications: readonly unknown[]): readonly MoneyFact[] {
  const latest = new Map<string, { readonly revision: number; readonly object: unknown }>();
  for (const notification of notifications) {
    const object = fieldOf(notification, "object");
    const id = textOf(fieldOf(object, "id")) ?? "";
    const revision = numberOf(fieldOf(object, "revision")) ?? 0;
    if (revision >= (latest.get(id)?.revision ?? 0)) latest.set(id, { revision, object });
  }
  return [...latest].flatMap(([id, { object }]) => factOf(stateIn(object, fieldOf(object, "type"), id)));
}

const stateIn = (state: unknown, objectType: unknown, id: unknown) => ({
  ...{ objectType, id },
  status: fieldOf(state, "status"),
  amount: fieldOf(state, "amountReceived") ?? fieldOf(state, "amount"),
  currency: fieldOf(state, "currency"),
  customerId: fieldOf(state, "customerId"),
  paymentIntentId: fieldOf(state, "paymentIntentId"),
});

function factOf(fields: Readonly<Record<keyof MoneyFact, unknown>>): MoneyFact[] {
  const [objectType, id] = [textOf(fields.objectType), textOf(fields.id)];
  const [status, currency] = [textOf(fields.status), textOf(fields.currency)];
  const amount = wholeNumberOf(fields.amount);
  if (objectType === undefined || !MONEY_OBJECTS.has(objectType)) return [];
  if (id === undefined || status === undefined || currency === undefined || amount === undefined) return [];
  const references = present({
    customerId: textOf(fields.customerId),
    paymentIntentId: textOf(fields.paymentIntentId),
  });
  return [{ objectType, id, status, amount, currency, ...references }];
}
