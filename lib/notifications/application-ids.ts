/**
 * The application's own ids for the object of an event. Stripe creates refunds, disputes, invoices and the payment intents of
 * invoices without metadata. So the metadata of what the object belongs to is added, along one line:
 *
 *   refund, dispute, charge ── payment intent ── invoice ── subscription ── customer
 *                                credit note ────┘
 *
 * An object that is recorded costs no call. Otherwise there is at most one call to Stripe for each step to the right, and one
 * for the charge of a refund or dispute without a payment intent: five at most.
 */
import { getItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { EffectContext } from "../events/consume.ts";
import { type ObjectState, objectState } from "../events/object-state.ts";
import type { AppliedEvent } from "../events/projection.ts";
import { recordedIn } from "../events/recorded.ts";
import type { ReadStripe } from "../events/resolve-event.ts";
import { fetchObject } from "../events/resolve-event.ts";
import { isStripeObject } from "../events/stripe-event.ts";
import { present } from "../present.ts";
import { idOf, listed } from "../stripe/stripe-fields.ts";
import { fieldOf } from "../untrusted.ts";

type Metadata = Readonly<Record<string, string>>;

/** What Stripe's object does not say itself: which payment, invoice and subscription it belongs to. */
export type Links = Pick<ObjectState, "invoiceId" | "paymentIntentId" | "subscriptionId">;

export interface Surroundings {
  /** The merged metadata; on the same key, the value nearest to the object wins. */
  readonly application: Metadata;
  readonly links: Links;
}

/** What a notification of the object says in addition to its state. */
export async function surroundingsOf(
  { event, current }: AppliedEvent,
  { read }: Pick<EffectContext, "read">,
): Promise<Surroundings> {
  const { id } = event.object;
  const line = await lineOf(id, current, read);
  const entries = line.toReversed().flatMap(({ state: { metadata = {} } }) => Object.entries(metadata));
  const invoiceId = line.find((one) => one.state.objectType === "invoice" && one.id !== id)?.id;
  const subscriptionId = line.map(({ state }) => state.subscriptionId).find((one) => one !== undefined);
  const paymentIntentId = current.objectType === "invoice" ? await paymentOf(id, read) : undefined;
  return {
    // Not by assignment: a field that is named `__proto__` would set the prototype instead.
    application: Object.fromEntries(entries),
    links: present({ invoiceId, subscriptionId, paymentIntentId }),
  };
}

/** The payment intent of an invoice; undefined while it has none. */
async function paymentOf(invoice: string, read: ReadStripe): Promise<string | undefined> {
  const payments = await read("/v1/invoice_payments", { invoice, limit: 1 });
  return idOf(fieldOf(listed(payments)[0], "payment", "payment_intent"));
}

interface Member {
  readonly id: string;
  readonly state: ObjectState;
}

/** The object and everything that it belongs to, the nearest first. */
async function lineOf(id: string, current: ObjectState, read: ReadStripe): Promise<Member[]> {
  const line: Member[] = [{ id, state: current }];
  /** Adds an object to the line, unless it is the one that the line begins with, or nobody has it. */
  const follow = async (objectType: string, objectId: string | undefined): Promise<void> => {
    if (objectId === undefined || objectId === id) return;
    const state = await stateOf(objectType, objectId, read);
    if (state !== undefined) line.push({ id: objectId, state });
  };
  /** A reference from the nearest object that has one. */
  const nearest = <Name extends keyof ObjectState>(name: Name) =>
    line.map(({ state }) => state[name]).find((value) => value !== undefined);

  // A payment intent names its charge, too, but does not belong to it.
  const isIntent = current.objectType === "payment_intent";
  if (!isIntent && nearest("paymentIntentId") === undefined) await follow("charge", nearest("chargeId"));
  await follow("payment_intent", nearest("paymentIntentId"));
  const intentId = isIntent ? id : nearest("paymentIntentId");
  // An invoice has a customer, so a payment without one pays no invoice.
  if (intentId !== undefined && nearest("customerId") !== undefined)
    line.push(...(await invoicePaidBy(intentId, read)));
  if (current.objectType === "credit_note") await follow("invoice", current.invoiceId);
  await follow("subscription", nearest("subscriptionId"));
  await follow("customer", nearest("customerId"));
  return line;
}

/** From the projection, or from Stripe if the object's own event has not arrived yet, or its metadata does not open. */
async function stateOf(
  objectType: string,
  objectId: string,
  read: ReadStripe,
): Promise<ObjectState | undefined> {
  const item = await getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });
  const recorded = item && (await recordedIn(item));
  if (recorded?.isComplete) return recorded.state;
  const found = await fetchObject(objectType, objectId, read);
  return found && objectState(found);
}

/** At most one invoice. Intents have no field for it: https://docs.stripe.com/api/invoice-payment/list */
async function invoicePaidBy(paymentIntentId: string, read: ReadStripe): Promise<Member[]> {
  const payments = await read("/v1/invoice_payments", {
    "payment[type]": "payment_intent",
    "payment[payment_intent]": paymentIntentId,
    expand: ["data.invoice"],
    limit: 1,
  });
  const invoice = fieldOf(listed(payments)[0], "invoice");
  return isStripeObject(invoice) ? [{ id: invoice.id, state: objectState(invoice) }] : [];
}
