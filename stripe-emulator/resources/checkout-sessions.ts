import type Stripe from "stripe";
import { lineItemsFrom, totalOf } from "../checkout/line-items.ts";
import { orderOf, sentOn, storeOrder } from "../checkout/order.ts";
import { expireSession } from "../checkout/settle-session.ts";
import { submitSession } from "../checkout/submit-session.ts";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, pageParameters } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { apiRequest } from "../state/api-request.ts";
import { discountedItems, offeredDiscounts } from "./checkout-discounts.ts";
import { assertSession, expiryOf } from "./checkout-session-checks.ts";
import { emptySession, textsOf } from "./checkout-session-object.ts";
import {
  confirmParameters,
  createParameters,
  listParameters,
  updateParameters,
} from "./checkout-session-parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";

type Session = Stripe.Checkout.Session;

export const checkoutSessionEndpoints = [
  endpoint("POST", "/v1/checkout/sessions", createParameters, create),
  endpoint("GET", "/v1/checkout/sessions", listParameters, listSessions),
  endpoint("GET", "/v1/checkout/sessions/:id", {}, retrieve),
  endpoint("POST", "/v1/checkout/sessions/:id", updateParameters, update),
  endpoint("GET", "/v1/checkout/sessions/:id/line_items", pageParameters, ({ context, id, path }, paging) => {
    context.store.get("checkout.session", id);
    return page(orderOf(context, id).lineItems.toReversed(), paging, path);
  }),
  endpoint("POST", "/v1/checkout/sessions/:id/expire", {}, expire),
  endpoint("GET", "/v1/payment_pages/:id", {}, retrieve),
  endpoint("POST", "/v1/payment_pages/:id/confirm", confirmParameters, confirm),
];

function create({ context }: Call, parameters: Parsed<typeof createParameters>): Session {
  const { store, clock, origin } = context;
  const { mode, ui_mode: uiMode = "hosted_page", ...given } = parameters;
  const customer = given.customer === undefined ? null : store.get("customer", given.customer, "customer").id;
  const offered = lineItemsFrom(context, given.line_items ?? [], { isSingleUse: true });
  assertSession(parameters, offered);
  const trial = given.subscription_data?.trial_period_days ?? given.subscription_data?.trial_end;
  const due =
    trial === undefined ? offered : offered.map((item) => (item.price?.recurring ? free(item) : item));
  const discounts = offeredDiscounts(context, given.discounts ?? [], customer, due);
  const lineItems = discountedItems(context, due, discounts);
  const subtotal = mode === "setup" ? null : totalOf(due);
  const total = mode === "setup" ? null : totalOf(lineItems);
  const id = newId("cs_test", 58);
  const session = store.put("checkout.session", {
    ...emptySession(id, clock.now()),
    allow_promotion_codes: given.allow_promotion_codes ?? null,
    amount_subtotal: subtotal,
    amount_total: total,
    billing_address_collection: given.billing_address_collection ?? null,
    cancel_url: given.cancel_url ?? null,
    client_reference_id: given.client_reference_id ?? null,
    client_secret: uiMode === "hosted_page" ? null : `${id}_secret_${randomText(40)}`,
    currency: lineItems[0]?.currency ?? given.currency ?? null,
    custom_text: textsOf(given.custom_text),
    customer,
    customer_creation:
      customer !== null || mode === "setup"
        ? null
        : mode === "subscription"
          ? "always"
          : (given.customer_creation ?? "if_required"),
    customer_email: given.customer_email ?? null,
    discounts: mode === "setup" ? null : discounts,
    expires_at: expiryOf(given.expires_at, clock.now()),
    integration_identifier: given.integration_identifier ?? null,
    invoice_creation: mode === "payment" ? emptySession(id, 0).invoice_creation : null,
    locale: given.locale ?? null,
    metadata: changedMetadata({}, given.metadata),
    mode,
    origin_context: given.origin_context ?? null,
    payment_method_collection:
      mode === "payment" ? "if_required" : (given.payment_method_collection ?? "always"),
    payment_status: mode === "setup" ? "no_payment_required" : "unpaid",
    phone_number_collection: given.phone_number_collection ?? { enabled: false },
    ...present({
      return_url: given.return_url,
      redirect_on_completion:
        uiMode === "hosted_page" ? undefined : (given.redirect_on_completion ?? "always"),
    }),
    shipping_address_collection: given.shipping_address_collection ?? null,
    submit_type: given.submit_type ?? null,
    success_url: given.success_url ?? null,
    total_details:
      total === null ? null : { amount_discount: (subtotal ?? 0) - total, amount_shipping: 0, amount_tax: 0 },
    ui_mode: uiMode,
    url: uiMode === "hosted_page" ? `${origin}/_emulator/checkout/${id}` : null,
  });
  storeOrder(context, id, lineItems, {
    payment: sentOn(given.payment_intent_data),
    subscription: sentOn({
      ...given.subscription_data,
      ...(discounts.length > 0 ? { discounts: given.discounts } : {}),
    }),
  });
  if (mode !== "setup") return session;
  return store.patch("checkout.session", session, {
    setup_intent: apiRequest(context, "POST", "/v1/setup_intents", {
      ...sentOn(given.setup_intent_data),
      ...present({ customer: customer ?? undefined }),
    }),
  });
}

/** A recurring item during a trial. */
function free(item: Stripe.LineItem): Stripe.LineItem {
  return { ...item, amount_subtotal: 0, amount_total: 0 };
}

function retrieve({ context, id }: Call): Session {
  return context.store.get("checkout.session", id);
}

function listSessions({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { created, customer_details: details, ...others } = parameters;
  const { customer, payment_intent, payment_link, status, subscription, ...paging } = others;
  const filters = Object.entries({ customer, payment_intent, payment_link, status, subscription });
  const isWanted = (session: Session) => {
    const values: Record<string, unknown> = { ...session };
    return (
      inRange(session.created, created) &&
      (details === undefined || session.customer_details?.email === details.email) &&
      filters.every(([name, wanted]) => wanted === undefined || values[name] === wanted)
    );
  };
  return page(context.store.all("checkout.session"), paging, path, isWanted);
}

function update({ context, id }: Call, { metadata: given }: Parsed<typeof updateParameters>): Session {
  const session = context.store.get("checkout.session", id);
  return context.store.patch("checkout.session", session, {
    metadata: changedMetadata(session.metadata ?? {}, given),
  });
}

function expire({ context, id }: Call): Session {
  const session = context.store.get("checkout.session", id);
  if (session.status === "open") return expireSession(context, session);
  throw invalidRequest(
    `Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of ${session.status}.`,
  );
}

function confirm(
  { context, id }: Call,
  { payment_method: method, expected_amount: expected }: Parsed<typeof confirmParameters>,
): Session {
  const session = context.store.get("checkout.session", id);
  if (expected !== undefined && expected !== (session.amount_total ?? 0)) {
    const message = `The amount to pay is ${session.amount_total}, not the expected ${expected}.`;
    throw invalidRequest(message, undefined, "expected_amount");
  }
  const billed =
    method === undefined ? undefined : context.store.find("payment_method", method)?.billing_details;
  return submitSession(context, id, {
    ...present({
      paymentMethod: method,
      email: billed?.email ?? undefined,
      name: billed?.name ?? undefined,
    }),
  });
}
