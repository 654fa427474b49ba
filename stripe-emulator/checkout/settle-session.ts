/** What becomes of a checkout session when its payment, subscription or setup intent has changed. */
import type Stripe from "stripe";
import { storeDiscount } from "../billing/discount.ts";
import { present } from "../present.ts";
import type { Context } from "../state/context.ts";
import { allOnClock, onTestClock, testClockOf } from "../state/test-clock.ts";
import { orderOf } from "./order.ts";

type Session = Stripe.Checkout.Session;
type PaymentStatus = "no_payment_required" | "paid" | "unpaid";

/** Next actions that the payer takes on the page; all others happen elsewhere, perhaps days later. */
const ON_THE_PAGE: ReadonlySet<string> = new Set(["redirect_to_url", "use_stripe_sdk"]);
const FOLLOWED = /^(payment_intent|setup_intent|customer\.subscription)\./;

/** Completes the session when everything is done: `checkout.session.completed`. */
export function settleSession(context: Context, session: Session): Session {
  if (session.status !== "open") return session;
  const outcome = outcomeOf(context, session);
  if (outcome === undefined) return session;
  const { store } = context;
  const order = orderOf(context, session.id);
  const customerId = session.customer ?? order.customer;
  const customer = customerId === null ? undefined : store.find("customer", String(customerId));
  const subscription =
    typeof session.subscription === "string" ? store.find("subscription", session.subscription) : undefined;
  const billed = billingDetailsOf(context, session);
  const completed = store.patch("checkout.session", session, {
    status: "complete",
    payment_status: outcome.paymentStatus,
    url: null,
    customer: customer?.id ?? null,
    customer_details: {
      address: billed?.address ?? customer?.address ?? null,
      business_name: customer?.business_name ?? null,
      email: session.customer_email ?? order.payer.email ?? customer?.email ?? billed?.email ?? null,
      individual_name: customer?.individual_name ?? null,
      name: order.payer.name ?? billed?.name ?? customer?.name ?? null,
      phone: billed?.phone ?? customer?.phone ?? null,
      tax_exempt: customer?.tax_exempt ?? "none",
      tax_ids: [],
    },
    ...present({ invoice: subscription?.latest_invoice ?? undefined }),
  });
  store.patch("checkout_order", order, { waits: outcome.waits });
  if (session.mode === "payment") redeemDiscounts(context, session);
  context.emit("checkout.session.completed", completed);
  return completed;
}

/** After an event: completes the session that has waited for it, or reports how its delayed payment has ended. */
export function followWithCheckout(context: Context, type: string, object: object): void {
  if (!FOLLOWED.test(type) || !("id" in object)) return;
  const session = context.store
    .all("checkout.session")
    .find(({ payment_intent: payment, setup_intent: setup, subscription }) =>
      [payment, setup, subscription].includes(String(object.id)),
    );
  if (session === undefined) return;
  const own = onTestClock(context, testClockOf(context.store, session));
  if (session.status === "open") settleSession(own, session);
  else endWaiting(own, session);
}

/** Ends the sessions whose time has passed: `checkout.session.expired`. */
export function expireSessions(context: Context): void {
  for (const session of allOnClock(context, "checkout.session")) {
    if (session.status === "open" && session.expires_at <= context.clock.now())
      expireSession(context, session);
  }
}

/** `checkout.session.expired`. */
export function expireSession(context: Context, session: Session): Session {
  const expired = context.store.patch("checkout.session", session, { status: "expired", url: null });
  context.emit("checkout.session.expired", expired);
  return expired;
}

/** The times in unix seconds at which sessions expire. */
export function sessionTimes(context: Context): number[] {
  return allOnClock(context, "checkout.session").flatMap(({ status, expires_at: end }) =>
    status === "open" ? [end] : [],
  );
}

/** `checkout.session.async_payment_succeeded`, or `checkout.session.async_payment_failed`. */
function endWaiting(context: Context, session: Session): void {
  const { store } = context;
  const order = orderOf(context, session.id);
  const intent = store.find("payment_intent", String(session.payment_intent));
  if (intent === undefined || session.payment_status !== "unpaid") return;
  if (intent.status === "succeeded") {
    const paid = store.patch("checkout.session", session, { payment_status: "paid" });
    // A payment that is captured later is not one that the payer makes elsewhere.
    if (order.waits) context.emit("checkout.session.async_payment_succeeded", paid);
  } else if (order.waits && (intent.status === "requires_payment_method" || intent.status === "canceled")) {
    store.patch("checkout_order", order, { waits: false });
    context.emit("checkout.session.async_payment_failed", session);
  }
}

/** Undefined while the payer still has something to do on the page. */
function outcomeOf(
  { store }: Context,
  session: Session,
): { paymentStatus: PaymentStatus; waits: boolean } | undefined {
  if (session.mode === "setup") {
    const intent = store.find("setup_intent", String(session.setup_intent));
    return intent?.status === "succeeded"
      ? { paymentStatus: "no_payment_required", waits: false }
      : undefined;
  }
  const nothingDue = session.amount_total === 0;
  if (session.mode === "subscription") {
    const subscription = store.find("subscription", String(session.subscription));
    const isLive = subscription?.status === "active" || subscription?.status === "trialing";
    if (!isLive) return undefined;
    return { paymentStatus: nothingDue ? "no_payment_required" : "paid", waits: false };
  }
  if (nothingDue) return { paymentStatus: "no_payment_required", waits: false };
  const intent = store.find("payment_intent", String(session.payment_intent));
  if (intent === undefined) return undefined;
  if (intent.status === "succeeded") return { paymentStatus: "paid", waits: false };
  if (intent.status === "requires_capture") return { paymentStatus: "unpaid", waits: false };
  const waits =
    intent.status === "processing" ||
    (intent.status === "requires_action" && !ON_THE_PAGE.has(intent.next_action?.type ?? ""));
  return waits ? { paymentStatus: "unpaid", waits } : undefined;
}

/** Counts the redemptions. Those of a subscription are counted when it is created. */
function redeemDiscounts(context: Context, session: Session): void {
  const { store } = context;
  for (const { coupon, promotion_code: codeId } of session.discounts ?? []) {
    const code = codeId === null ? undefined : store.find("promotion_code", String(codeId));
    const redeemed = store.find("coupon", String(code?.promotion.coupon ?? coupon));
    if (redeemed !== undefined) storeDiscount(context, redeemed, code, { checkout_session: session.id });
  }
}

function billingDetailsOf(
  { store }: Context,
  session: Session,
): Stripe.PaymentMethod.BillingDetails | undefined {
  const subscription = store.find("subscription", String(session.subscription));
  const method =
    store.find("payment_intent", String(session.payment_intent))?.payment_method ??
    store.find("setup_intent", String(session.setup_intent))?.payment_method ??
    subscription?.default_payment_method;
  return store.find("payment_method", String(method))?.billing_details;
}
