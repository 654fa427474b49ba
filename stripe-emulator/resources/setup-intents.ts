import type Stripe from "stripe";
import { cancelSetup, confirmSetup } from "../payments/confirm-setup.ts";
import { verifySetupMicrodeposits } from "../payments/microdeposits.ts";
import { chosenPaymentMethod } from "../payments/payment-method.ts";
import { assertSetupStatus, newSetupIntent, publicSetupIntent } from "../payments/setup-intent.ts";
import { present } from "../present.ts";
import { invalidRequest, resourceMissing, StripeApiError } from "../protocol/errors.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { type Call, endpoint } from "./endpoint.ts";
import { verifyParameters } from "./payment-intent-parameters.ts";
import { changedSetupOptions } from "./payment-method-options.ts";
import {
  cancelParameters,
  confirmParameters,
  createParameters,
  listParameters,
  retrieveParameters,
  updateParameters,
} from "./setup-intent-parameters.ts";

export const setupIntentEndpoints = [
  endpoint("POST", "/v1/setup_intents", createParameters, create),
  endpoint(
    "GET",
    "/v1/setup_intents",
    listParameters,
    ({ context, path }, { created, customer, payment_method: method, ...paging }) =>
      page(
        context.store.all("setup_intent"),
        paging,
        path,
        (intent) =>
          inRange(intent.created, created) &&
          (customer === undefined || intent.customer === customer) &&
          (method === undefined || intent.payment_method === method),
      ),
  ),
  endpoint("GET", "/v1/setup_intents/:id", retrieveParameters, retrieve, "publishable"),
  endpoint("POST", "/v1/setup_intents/:id", updateParameters, update),
  endpoint("POST", "/v1/setup_intents/:id/confirm", confirmParameters, confirm, "publishable"),
  endpoint(
    "POST",
    "/v1/setup_intents/:id/cancel",
    cancelParameters,
    ({ context, id }, { cancellation_reason: reason }) =>
      cancelSetup(context, context.store.get("setup_intent", id), reason ?? null),
  ),
  endpoint("POST", "/v1/setup_intents/:id/verify_microdeposits", verifyParameters, verify, "publishable"),
];

function create(
  { context, publishable }: Call,
  parameters: Parsed<typeof createParameters>,
): Stripe.SetupIntent {
  const {
    confirm: confirmNow = false,
    return_url: returnUrl,
    use_stripe_sdk: _sdk,
    payment_method: methodId,
    payment_method_data: data,
    payment_method_options: options,
    automatic_payment_methods: automatic,
    mandate_data: _mandate,
    metadata,
    ...fields
  } = parameters;
  if (!confirmNow && returnUrl !== undefined) {
    throw invalidRequest(
      "The parameter return_url cannot be passed when creating a SetupIntent unless confirm is set to true.",
      undefined,
      "return_url",
    );
  }
  if (fields.customer !== undefined) context.store.get("customer", fields.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  if (confirmNow && method === undefined) throw missingPaymentMethod();
  const intent = context.store.put(
    "setup_intent",
    newSetupIntent(context, {
      ...fields,
      metadata: changedMetadata({}, metadata),
      payment_method: method?.id ?? null,
      payment_method_options: changedSetupOptions(null, options),
      payment_method_types: fields.allowed_payment_method_types ?? ["card"],
      status: method === undefined ? "requires_payment_method" : "requires_confirmation",
      automatic_payment_methods: { enabled: true, allow_redirects: "always", ...automatic },
    }),
  );
  context.emit("setup_intent.created", intent);
  if (!confirmNow || method === undefined) return intent;
  return confirmSetup(context, intent, method, { returnUrl: returnUrl ?? null });
}

function retrieve(
  { context, id, publishable }: Call,
  { client_secret: secret }: { client_secret?: string },
): object {
  const intent = context.store.get("setup_intent", id);
  assertClientSecret(intent, secret, publishable);
  return publishable ? publicSetupIntent(intent) : intent;
}

function update(
  { context, id, publishable }: Call,
  parameters: Parsed<typeof updateParameters>,
): Stripe.SetupIntent {
  const {
    metadata,
    payment_method: methodId,
    payment_method_data: data,
    payment_method_options: options,
    ...fields
  } = parameters;
  const before = context.store.get("setup_intent", id);
  const onlyLabels = Object.keys(parameters).every((name) => name === "metadata" || name === "description");
  if (!onlyLabels) assertSetupStatus(before, "update");
  if (fields.customer !== undefined) context.store.get("customer", fields.customer, "customer");
  const method = chosenPaymentMethod(context, methodId, data, publishable);
  return context.store.patch("setup_intent", before, {
    ...fields,
    metadata: changedMetadata(before.metadata ?? {}, metadata),
    ...present({
      payment_method: method?.id,
      payment_method_options: options && changedSetupOptions(before.payment_method_options, options),
      status: method === undefined ? undefined : "requires_confirmation",
      next_action: method === undefined ? undefined : null,
    }),
  });
}

function confirm({ context, id, publishable }: Call, parameters: Parsed<typeof confirmParameters>): object {
  const found = context.store.get("setup_intent", id);
  assertClientSecret(found, parameters.client_secret, publishable);
  assertSetupStatus(found, "confirm");
  const { payment_method: methodId, payment_method_data: data, payment_method_options: options } = parameters;
  const { allowed_payment_method_types: allowed } = parameters;
  const intent = {
    ...found,
    ...present({
      allowed_payment_method_types: allowed,
      payment_method_options: options && changedSetupOptions(found.payment_method_options, options),
    }),
  };
  const current = intent.payment_method;
  const method =
    chosenPaymentMethod(context, methodId, data, publishable) ??
    (typeof current === "string" ? context.store.get("payment_method", current) : undefined);
  if (method === undefined) throw missingPaymentMethod();
  const confirmation = { returnUrl: parameters.return_url ?? null };
  if (!publishable) return confirmSetup(context, intent, method, confirmation);
  return publicSetupIntent(asBrowser(() => confirmSetup(context, intent, method, confirmation)));
}

function verify({ context, id, publishable }: Call, parameters: Parsed<typeof verifyParameters>): object {
  const intent = context.store.get("setup_intent", id);
  assertClientSecret(intent, parameters.client_secret, publishable);
  if (!publishable) return verifySetupMicrodeposits(context, intent, parameters);
  return publicSetupIntent(asBrowser(() => verifySetupMicrodeposits(context, intent, parameters)));
}

/** Runs an action for a browser: its errors, too, show only the public part of the intent. */
function asBrowser<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.body.setup_intent === undefined) throw error;
    const intent = publicSetupIntent(error.body.setup_intent);
    throw new StripeApiError(error.status, { ...error.body, setup_intent: intent });
  }
}

/** A browser proves with the client secret that it was given this intent. Throws a 400 without it and a 404 for a wrong one. */
function assertClientSecret(
  intent: Stripe.SetupIntent,
  secret: string | undefined,
  publishable: boolean,
): void {
  if (publishable && secret === undefined) {
    throw invalidRequest("Missing required param: client_secret.", "parameter_missing", "client_secret");
  }
  if (secret !== undefined && secret !== intent.client_secret) {
    throw resourceMissing("setup_intent", intent.id, "intent");
  }
}

function missingPaymentMethod(): Error {
  return invalidRequest(
    "You cannot confirm this SetupIntent because it's missing a payment method. Update it with a payment method, or pass payment_method or payment_method_data.",
    "setup_intent_unexpected_state",
    "payment_method",
  );
}
