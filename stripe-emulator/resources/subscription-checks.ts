import type Stripe from "stripe";
import { invalidRequest } from "../protocol/errors.ts";
import type { Context } from "../state/context.ts";

/** Throws a 400 unless the payment method is attached to the customer. */
export function assertMethodOf({ store }: Context, id: string, customer: string): void {
  if (store.get("payment_method", id, "default_payment_method").customer === customer) return;
  throw invalidRequest(
    `The customer does not have a payment method with the ID ${id}. The payment method must be attached to the customer.`,
    "resource_missing",
    "default_payment_method",
  );
}

/** How invoices are collected after a request. Throws a 400 when `days_until_due` does not fit. */
export function collectionOf(
  given: { collection_method?: "charge_automatically" | "send_invoice"; days_until_due?: number },
  before: Pick<Stripe.Subscription, "collection_method" | "days_until_due"> | undefined,
): Pick<Stripe.Subscription, "collection_method" | "days_until_due"> {
  const method = given.collection_method ?? before?.collection_method ?? "charge_automatically";
  const days = given.days_until_due ?? before?.days_until_due ?? undefined;
  if (method === "send_invoice" && days === undefined) {
    throw invalidRequest(
      "You must pass `days_until_due` with `collection_method=send_invoice`.",
      "parameter_missing",
      "days_until_due",
    );
  }
  if (method !== "send_invoice" && given.days_until_due !== undefined) {
    throw invalidRequest(
      "You can only pass `days_until_due` with `collection_method=send_invoice`.",
      undefined,
      "days_until_due",
    );
  }
  return { collection_method: method, days_until_due: method === "send_invoice" ? (days ?? null) : null };
}
