import type Stripe from "stripe";
import type { Encodable } from "../protocol/form-encoding.ts";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { CheckoutOrder } from "../state/store.ts";

/** Stores what is ordered in a session, beside what the session shows. Returns it. */
export function storeOrder(
  context: Context,
  owner: string,
  lineItems: Stripe.LineItem[],
  data: Partial<CheckoutOrder["data"]> = {},
): CheckoutOrder {
  return context.store.put("checkout_order", {
    id: newId("order"),
    owner,
    lineItems,
    data: { payment: {}, subscription: {}, setup: {}, session: {}, ...data },
    intent: null,
    customer: null,
    payer: {},
    waits: false,
  });
}

/** The order of a session, payment link or quote. */
export function orderOf({ store }: Pick<Context, "store">, owner: string): CheckoutOrder {
  const order = store.all("checkout_order").find((candidate) => candidate.owner === owner);
  if (order === undefined) throw new Error(`There is no order of ${owner}.`);
  return order;
}

/** Nested data of a request, as it can be sent on in another one. */
export function sentOn(given: object = {}): { readonly [name: string]: Encodable } {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, encodable(value)]])),
  );
}

/** An empty text unsets a parameter, as null does in the data of a request that has been read. */
function encodable(value: unknown): Encodable {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((item) => encodable(item));
  if (typeof value === "object") return sentOn(value);
  return typeof value === "number" || typeof value === "boolean" ? value : String(value);
}
