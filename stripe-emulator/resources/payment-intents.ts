import type Stripe from "stripe";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { captureCharge } from "../payments/charge.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import { assertStatus, newIntent, publicIntent } from "../payments/intent.ts";
import { chosenPaymentMethod } from "../payments/payment-method.ts";
import { present } from "../present.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, completeShipping } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  assertAmount,
  assertClientSecret,
  assertReturnUrl,
  missingPaymentMethod,
  onlyWithConfirm,
} from "./payment-intent-checks.ts";
import {
  cancelParameters,
  captureParameters,
  confirmParameters,
  createParameters,
  listParameters,
  retrieveParameters,
  updateParameters,
} from "./payment-intent-parameters.ts";

const UPDATABLE = new Set(["requires_payment_method", "requires_confirmation", "requires_action"]);

export const paymentIntentEndpoints = [
  endpoint("POST", "/v1/payment_intents", createParameters, create),
  endpoint(
    "GET",
    "/v1/payment_intents",
    listParameters,
    ({ context, path }, { customer, created, ...paging }) => {
      const wanted = (intent: Stripe.PaymentIntent) =>
        inRange(intent.created, created) && (customer === undefined || intent.customer === customer);
      return page(context.store.all("payment_intent").filter(wanted), paging, path);
    },
  ),
  endpoint("GET", "/v1/payment_intents/:id", retrieveParameters, retrieve, "publishable"),
  endpoint("POST", "/v1/payment_intents/:id", updateParameters, update),
  endpoint("POST", "/v1/payment_intents/:id/confirm", confirmParameters, confirm, "publishable"),
  endpoint(
    "POST",
    "/v1/payment_intents/:id/cancel",
    cancelParameters,
    ({ context, id }, { cancellation_reason: reason }) =>
      cancelIntent(context, context.store.get("payment_intent", id), reason ?? null),
  ),
  endpoint("POST", "/v1/payment_intents/:id/capture", captureParameters, capture),
];

function create(
  { context, publishable }: Call,
  parameters: Parsed<typeof createParameters>,
): Stripe.PaymentIntent {
  const {
    confirm: confirmNow,
    return_url: returnUrl,
    off_session: offSession,
    payment_method: methodId,
  } = parameters;
  const {
    metadata,
    shipping,
    payment_method_data: data,
    automatic_payment_methods: automatic,
    ...rest
  } = parameters;
  assertAmount(parameters.amount, parameters.currency);
  if (!confirmNow && returnUrl !== undefined) throw onlyWithConfirm("return_url");
  if (!confirmNow && offSession !== undefined) throw onlyWithConfirm("off_session");
  if (parameters.customer !== undefined) context.store.get("customer", parameters.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  if (confirmNow && method === undefined) throw missingPaymentMethod();
  const { confirm: _1, return_url: _2, off_session: _3, use_stripe_sdk: _4, ...fields } = rest;
  const fresh = newIntent(context, {
    ...fields,
    metadata: changedMetadata({}, metadata),
    payment_method: method?.id ?? null,
    shipping: shipping ? completeShipping(shipping) : null,
    status: method === undefined ? "requires_payment_method" : "requires_confirmation",
    automatic_payment_methods: { enabled: true, allow_redirects: "always", ...automatic },
  });
  if (confirmNow) assertReturnUrl(fresh, returnUrl);
  const intent = context.store.put("payment_intent", fresh);
  context.emit("payment_intent.created", intent);
  if (!confirmNow || method === undefined) return intent;
  return confirmIntent(context, intent, method, {
    offSession: offSession ?? false,
    returnUrl: returnUrl ?? null,
  });
}

function retrieve(
  { context, id, publishable }: Call,
  { client_secret: secret }: { client_secret?: string },
): object {
  const intent = context.store.get("payment_intent", id);
  assertClientSecret(intent, secret, publishable);
  return publishable ? publicIntent(intent) : intent;
}

function update(
  { context, id, publishable }: Call,
  parameters: Parsed<typeof updateParameters>,
): Stripe.PaymentIntent {
  const { metadata, shipping, payment_method: methodId, payment_method_data: data, ...fields } = parameters;
  const before = context.store.get("payment_intent", id);
  const onlyLabels = Object.keys(parameters).every((name) => name === "metadata" || name === "description");
  if (!onlyLabels) assertStatus(before, "update", UPDATABLE);
  assertAmount(fields.amount ?? before.amount, fields.currency ?? before.currency);
  if (fields.customer !== undefined) context.store.get("customer", fields.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  return context.store.patch("payment_intent", before, {
    ...fields,
    metadata: changedMetadata(before.metadata, metadata),
    ...present({
      shipping: shipping && completeShipping(shipping),
      payment_method: method?.id,
      status: method === undefined ? undefined : "requires_confirmation",
    }),
  });
}

function confirm({ context, id, publishable }: Call, parameters: Parsed<typeof confirmParameters>): object {
  const found = context.store.get("payment_intent", id);
  assertClientSecret(found, parameters.client_secret, publishable);
  const { return_url: returnUrl, off_session: offSession, payment_method: methodId } = parameters;
  const current = typeof found.payment_method === "string" ? found.payment_method : undefined;
  const method = chosenPaymentMethod(context, methodId, parameters.payment_method_data, publishable);
  const chosen = method ?? (current === undefined ? undefined : context.store.get("payment_method", current));
  if (chosen === undefined) throw missingPaymentMethod();
  if (!publishable && parameters.use_stripe_sdk !== true) assertReturnUrl(found, returnUrl);
  const { receipt_email: receipt, setup_future_usage: usage, shipping } = parameters;
  const intent = context.store.patch("payment_intent", found, {
    ...present({
      receipt_email: receipt,
      setup_future_usage: usage,
      shipping: shipping && completeShipping(shipping),
    }),
  });
  const confirmation = { offSession: offSession ?? false, returnUrl: returnUrl ?? null };
  if (!publishable) return confirmIntent(context, intent, chosen, confirmation);
  return publicIntent(asBrowser(() => confirmIntent(context, intent, chosen, confirmation)));
}

function capture({ context, id }: Call, parameters: Parsed<typeof captureParameters>): Stripe.PaymentIntent {
  const intent = context.store.get("payment_intent", id);
  assertStatus(intent, "capture", new Set(["requires_capture"]));
  const amount = parameters.amount_to_capture ?? intent.amount_capturable;
  if (amount > intent.amount_capturable) {
    const message = `The amount to capture (${amount}) is more than the capturable amount (${intent.amount_capturable}).`;
    throw invalidRequest(message, "amount_too_large", "amount_to_capture");
  }
  const before = context.store.get("charge", String(intent.latest_charge));
  const charge = captureCharge(context, before, amount);
  const captured = context.store.patch("payment_intent", intent, {
    status: "succeeded",
    amount_capturable: 0,
    amount_received: amount,
    metadata: changedMetadata(intent.metadata, parameters.metadata),
  });
  context.emit("charge.captured", charge, previousAttributes(before, charge));
  context.emit("payment_intent.succeeded", captured);
  return captured;
}

/** Runs an action for a browser: its errors, too, show only the public part of the intent. */
function asBrowser<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.body.payment_intent === undefined) throw error;
    const intent = publicIntent(error.body.payment_intent);
    throw new StripeApiError(error.status, { ...error.body, payment_intent: intent });
  }
}
