import type Stripe from "stripe";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { captureIntent, incrementHold } from "../payments/capture-intent.ts";
import { confirmIntent } from "../payments/confirm-intent.ts";
import {
  assertConfirmable,
  assertMethodType,
  assertStatus,
  newIntent,
  publicIntent,
} from "../payments/intent.ts";
import { verifyPaymentMicrodeposits } from "../payments/microdeposits.ts";
import { chosenPaymentMethod } from "../payments/payment-method.ts";
import { present } from "../present.ts";
import { StripeApiError } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata, completeShipping } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  assertAmount,
  assertClientSecret,
  assertOnlyWithConfirm,
  assertReturnUrl,
  missingPaymentMethod,
} from "./payment-intent-checks.ts";
import {
  cancelParameters,
  captureParameters,
  confirmParameters,
  createParameters,
  incrementParameters,
  listParameters,
  retrieveParameters,
  updateParameters,
  verifyParameters,
} from "./payment-intent-parameters.ts";
import { changedOptions } from "./payment-method-options.ts";

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
  endpoint("POST", "/v1/payment_intents/:id/capture", captureParameters, ({ context, id }, parameters) =>
    captureIntent(context, context.store.get("payment_intent", id), {
      amount: parameters.amount_to_capture,
      isFinal: parameters.final_capture ?? true,
      changes: present({
        metadata: parameters.metadata,
        statement_descriptor: parameters.statement_descriptor,
        statement_descriptor_suffix: parameters.statement_descriptor_suffix,
      }),
    }),
  ),
  endpoint(
    "POST",
    "/v1/payment_intents/:id/increment_authorization",
    incrementParameters,
    ({ context, id }, { amount, metadata, ...fields }) => {
      const intent = context.store.get("payment_intent", id);
      assertAmount(amount, intent.currency);
      return incrementHold(context, intent, amount, {
        ...fields,
        metadata: changedMetadata(intent.metadata, metadata),
      });
    },
  ),
  endpoint("POST", "/v1/payment_intents/:id/verify_microdeposits", verifyParameters, verify, "publishable"),
];

function create(
  { context, publishable }: Call,
  parameters: Parsed<typeof createParameters>,
): Stripe.PaymentIntent {
  const {
    confirm: confirmNow,
    return_url: returnUrl,
    off_session: offSession,
    error_on_requires_action: errorOnAction,
    mandate_data: _mandate,
    use_stripe_sdk: _sdk,
    payment_method: methodId,
    payment_method_data: data,
    payment_method_options: options,
    automatic_payment_methods: automatic,
    metadata,
    shipping,
    ...fields
  } = parameters;
  assertAmount(parameters.amount, parameters.currency);
  if (!confirmNow) assertOnlyWithConfirm(parameters);
  if (parameters.customer !== undefined) context.store.get("customer", parameters.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  if (confirmNow && method === undefined) throw missingPaymentMethod();
  const fresh = newIntent(context, {
    ...fields,
    metadata: changedMetadata({}, metadata),
    payment_method: method?.id ?? null,
    payment_method_options: changedOptions(null, options),
    payment_method_types: fields.allowed_payment_method_types ?? ["card"],
    shipping: shipping ? completeShipping(shipping) : null,
    status: method === undefined ? "requires_payment_method" : "requires_confirmation",
    automatic_payment_methods: { enabled: true, allow_redirects: "always", ...automatic },
  });
  if (method !== undefined) assertMethodType(fresh, method);
  if (confirmNow) assertReturnUrl(fresh, returnUrl);
  const intent = context.store.put("payment_intent", fresh);
  context.emit("payment_intent.created", intent);
  if (!confirmNow || method === undefined) return intent;
  return confirmIntent(context, intent, method, {
    offSession: offSession ?? false,
    errorOnAction: errorOnAction ?? false,
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
  const {
    metadata,
    shipping,
    payment_method: methodId,
    payment_method_data: data,
    payment_method_options: options,
    ...fields
  } = parameters;
  const before = context.store.get("payment_intent", id);
  const onlyLabels = Object.keys(parameters).every((name) => name === "metadata" || name === "description");
  if (!onlyLabels) assertStatus(before, "update", UPDATABLE);
  assertAmount(fields.amount ?? before.amount, fields.currency ?? before.currency);
  if (fields.customer !== undefined) context.store.get("customer", fields.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  const after = {
    ...before,
    ...fields,
    metadata: changedMetadata(before.metadata, metadata),
    ...present({
      shipping: shipping && completeShipping(shipping),
      payment_method: method?.id,
      payment_method_options: options && changedOptions(before.payment_method_options, options),
      status: method === undefined ? undefined : "requires_confirmation",
      next_action: method === undefined ? undefined : null,
    }),
  };
  if (method !== undefined) assertMethodType(after, method);
  return context.store.put("payment_intent", after);
}

function confirm({ context, id, publishable }: Call, parameters: Parsed<typeof confirmParameters>): object {
  const found = context.store.get("payment_intent", id);
  assertClientSecret(found, parameters.client_secret, publishable);
  assertConfirmable(found);
  const { return_url: returnUrl, off_session: offSession, payment_method: methodId } = parameters;
  const { allowed_payment_method_types: allowed, excluded_payment_method_types: excluded } = parameters;
  const current = typeof found.payment_method === "string" ? found.payment_method : undefined;
  const method = chosenPaymentMethod(context, methodId, parameters.payment_method_data, publishable);
  const chosen = method ?? (current === undefined ? undefined : context.store.get("payment_method", current));
  if (chosen === undefined) throw missingPaymentMethod();
  if (!publishable && parameters.use_stripe_sdk !== true) assertReturnUrl(found, returnUrl);
  const { receipt_email: receipt, setup_future_usage: usage, shipping } = parameters;
  const { payment_method_options: options, capture_method: captureMethod } = parameters;
  const intent = {
    ...found,
    ...present({
      allowed_payment_method_types: allowed,
      excluded_payment_method_types: excluded,
      capture_method: captureMethod,
      payment_method_options: options && changedOptions(found.payment_method_options, options),
      receipt_email: receipt,
      setup_future_usage: usage,
      shipping: shipping && completeShipping(shipping),
    }),
  };
  const confirmation = {
    offSession: offSession ?? false,
    errorOnAction: parameters.error_on_requires_action ?? false,
    returnUrl: returnUrl ?? null,
  };
  if (!publishable) return confirmIntent(context, intent, chosen, confirmation);
  return publicIntent(asBrowser(() => confirmIntent(context, intent, chosen, confirmation)));
}

function verify({ context, id, publishable }: Call, parameters: Parsed<typeof verifyParameters>): object {
  const intent = context.store.get("payment_intent", id);
  assertClientSecret(intent, parameters.client_secret, publishable);
  if (!publishable) return verifyPaymentMicrodeposits(context, intent, parameters);
  return publicIntent(asBrowser(() => verifyPaymentMicrodeposits(context, intent, parameters)));
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
