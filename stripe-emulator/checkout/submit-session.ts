/** What happens when the payer submits a checkout session: the same requests that an application could make itself. */
import type Stripe from "stripe";
import { intentOf } from "../billing/collect-invoice.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { orderOf } from "./order.ts";
import { settleSession } from "./settle-session.ts";

type Session = Stripe.Checkout.Session;

/** Who pays, as typed into the page. `paymentMethod` may be missing when nothing has to be paid. */
export interface Payer {
  paymentMethod?: string;
  email?: string;
  name?: string;
}

/**
 * Pays, subscribes or saves the card. Returns the session, which is still open while the payer has to authenticate. Throws
 * the 402 of a decline: then the payer may try again.
 */
export function submitSession(context: Context, id: string, payer: Payer): Session {
  const session = openSession(context, id);
  const { paymentMethod: method } = payer;
  const needsMethod = session.amount_total !== 0 || session.payment_method_collection === "always";
  if (method === undefined && needsMethod) {
    throw invalidRequest("Missing required param: payment_method.", "parameter_missing", "payment_method");
  }
  const { paymentMethod: _method, ...details } = payer;
  context.store.patch("checkout_order", orderOf(context, id), { payer: details });
  if (session.mode === "setup") {
    confirm(context, session, `/v1/setup_intents/${session.setup_intent}/confirm`, method);
  } else if (session.mode === "subscription") {
    subscribe(context, session, payer);
  } else if (session.amount_total !== 0) {
    confirm(context, session, `/v1/payment_intents/${preparePayment(context, id, payer)}/confirm`, method);
  }
  return settleSession(context, context.store.get("checkout.session", id));
}

/** Makes the payment intent of a session, if it has none yet. Returns its id. */
export function preparePayment(context: Context, id: string, payer: Payer): string {
  const session = openSession(context, id);
  const { paymentMethod: _method, ...details } = payer;
  const order = context.store.patch("checkout_order", orderOf(context, id), { payer: details });
  if (order.intent !== null) return order.intent;
  const customer = customerOf(context, session, payer);
  const intent = apiRequest(context, "POST", "/v1/payment_intents", {
    ...order.data.payment,
    amount: session.amount_total ?? 0,
    currency: session.currency ?? "usd",
    automatic_payment_methods: { enabled: true },
    ...present({ customer: customer ?? undefined }),
  });
  context.store.patch("checkout_order", orderOf(context, id), { intent });
  context.store.patch("checkout.session", context.store.get("checkout.session", id), {
    payment_intent: intent,
  });
  return intent;
}

function subscribe(context: Context, session: Session, payer: Payer): void {
  const customer = customerOf(context, session, payer);
  if (customer === null) throw new Error(`The session ${session.id} has no customer.`);
  const method = attached(context, payer.paymentMethod, customer);
  const id = preparedSubscription(context, session, customer, method);
  const subscription = context.store.get("subscription", id);
  const intent = intentOf(context, String(subscription.latest_invoice));
  if (subscription.status !== "incomplete" || intent === undefined) return;
  context.store.patch("checkout_order", orderOf(context, session.id), { intent: intent.id });
  confirm(context, session, `/v1/payment_intents/${intent.id}/confirm`, method);
}

/** The subscription of the session. It exists already when an earlier payment was declined. */
function preparedSubscription(
  context: Context,
  session: Session,
  customer: string,
  method: string | undefined,
): string {
  const { subscription } = context.store.get("checkout.session", session.id);
  if (typeof subscription === "string") {
    if (method !== undefined)
      apiRequest(context, "POST", `/v1/subscriptions/${subscription}`, { default_payment_method: method });
    return subscription;
  }
  const { data, lineItems } = orderOf(context, session.id);
  const given = ({ price, quantity }: Stripe.LineItem) => ({
    price: price?.id ?? "",
    ...present({ quantity: quantity ?? undefined }),
  });
  const once = lineItems.filter(({ price }) => price?.recurring === null);
  const id = apiRequest(context, "POST", "/v1/subscriptions", {
    ...data.subscription,
    customer,
    items: lineItems.filter((item) => !once.includes(item)).map(given),
    payment_behavior: "default_incomplete",
    ...present({ default_payment_method: method }),
    ...(once.length > 0 ? { add_invoice_items: once.map(given) } : {}),
  });
  context.store.patch("checkout.session", context.store.get("checkout.session", session.id), {
    subscription: id,
  });
  return id;
}

/** The customer that pays; null when the session needs none. A new one is made once, also when a payment is declined. */
function customerOf(context: Context, session: Session, payer: Payer): string | null {
  if (session.customer !== null) return String(session.customer);
  const order = orderOf(context, session.id);
  if (order.customer !== null) return order.customer;
  const saves = order.data.payment.setup_future_usage !== undefined;
  if (session.mode === "payment" && session.customer_creation !== "always" && !saves) return null;
  const customer = apiRequest(context, "POST", "/v1/customers", {
    ...present({ email: session.customer_email ?? payer.email, name: payer.name }),
  });
  context.store.patch("checkout_order", order, { customer });
  return customer;
}

function attached(context: Context, method: string | undefined, customer: string): string | undefined {
  if (method === undefined) return undefined;
  if (context.store.find("payment_method", method)?.customer === customer) return method;
  return apiRequest(context, "POST", `/v1/payment_methods/${method}/attach`, { customer });
}

function confirm(context: Context, session: Session, path: string, method: string | undefined): void {
  apiRequest(context, "POST", path, {
    ...present({ payment_method: method }),
    return_url: `${context.origin}/_emulator/checkout/${session.id}`,
  });
}

function openSession({ store }: Context, id: string): Session {
  const session = store.get("checkout.session", id);
  if (session.status === "open") return session;
  throw invalidRequest(`This Checkout Session is not open: its status is ${session.status}.`);
}
