/**
 * A quote: what a change of a subscription charges, signed, so that nothing has to be stored until somebody accepts it. It
 * names the subscription, the change, the moment from which the change counts, the amounts, and a digest of what the
 * subscription was. Form: `<JSON, base64url>.<HMAC-SHA256, base64url>`. No I/O, no clock: `now` is passed in.
 */
import { createHash } from "node:crypto";
import type Stripe from "stripe";
import { canonicalJson } from "../canonical-json.ts";
import { present } from "../present.ts";
import { isMacOf, macOf } from "../sealing/mac.ts";
import { idOf } from "../stripe/stripe-fields.ts";
import { fieldsOf, numberOf, parseJson, textOf } from "../untrusted.ts";
import { PRORATIONS, type SubscriptionChange } from "./subscription-change.ts";

export const QUOTE_TTL_SECONDS = 5 * 60;

const PURPOSE = "subscription-quote/v1";

export interface Quote {
  readonly subscriptionId: string;
  readonly change: SubscriptionChange;
  /** From when on the change counts for prorations: Unix seconds. */
  readonly prorationDate: number;
  /** Unix seconds. */
  readonly expiresAt: number;
  readonly charge: Charge;
  /** `digestOf` the subscription. */
  readonly was: string;
}

/** What is charged at once. Amounts are in the currency's smallest unit. */
export interface Charge {
  /** Whether there is an invoice at once. */
  readonly isInvoiced: boolean;
  readonly amountDue: number;
  /** Before the customer's balance is used: negative if the customer gets a credit. */
  readonly total: number;
  readonly currency: string;
}

/** The quote as text. Signed with the first of `appSecrets`. */
export function signQuote(quote: Quote, appSecrets: readonly string[]): string {
  const payload = Buffer.from(JSON.stringify(quote)).toString("base64url");
  return `${payload}.${macOf(PURPOSE, [payload], appSecrets)}`;
}

/** The quote in the text; undefined if it was not signed with one of `appSecrets`. */
export function openQuote(text: string, appSecrets: readonly string[]): Quote | undefined {
  const [payload = "", mac] = text.split(".");
  if (!isMacOf(mac, PURPOSE, [payload], appSecrets)) return undefined;
  const { subscriptionId, change, prorationDate, expiresAt, charge, was } = fieldsOf(
    parseJson(Buffer.from(payload, "base64url").toString()),
  );
  const { isInvoiced, amountDue, total, currency } = fieldsOf(charge);
  return {
    subscriptionId: textOf(subscriptionId) ?? "",
    change: changeFrom(change),
    prorationDate: numberOf(prorationDate) ?? 0,
    expiresAt: numberOf(expiresAt) ?? 0,
    charge: {
      isInvoiced: isInvoiced === true,
      amountDue: numberOf(amountDue) ?? 0,
      total: numberOf(total) ?? 0,
      currency: textOf(currency) ?? "",
    },
    was: textOf(was) ?? "",
  };
}

function changeFrom(change: unknown): SubscriptionChange {
  const { priceId, quantity, proration } = fieldsOf(change);
  return {
    proration: PRORATIONS.find((known) => known === proration) ?? "now",
    ...present({ priceId: textOf(priceId), quantity: numberOf(quantity) }),
  };
}

/** A digest of everything about the subscription that decides what a change of it charges. */
export function digestOf(subscription: Stripe.Subscription): string {
  const { status, trial_end, cancel_at, pause_collection, billing_cycle_anchor, pending_update } =
    subscription;
  const items = subscription.items.data.map((item) => ({
    ...{ id: item.id, price: item.price.id, amount: item.price.unit_amount_decimal, quantity: item.quantity },
    ...{ start: item.current_period_start, end: item.current_period_end },
    discounts: item.discounts.map(idOf),
  }));
  const was = {
    ...{ status, trial_end, cancel_at, pause_collection, billing_cycle_anchor, items },
    discounts: subscription.discounts.map(idOf),
    invoice: idOf(subscription.latest_invoice),
    isPending: pending_update !== null,
    collection: subscription.collection_method,
  };
  return createHash("sha256").update(canonicalJson(was)).digest("base64url");
}
