/**
 * Whether a request that Stripe refuses is the caller's fault or ours, by its `param` and `code`, and the caller's field.
 * Source: https://docs.stripe.com/error-codes. Pure.
 */
import { shownName } from "../contract/input-shape.ts";

/**
 * The caller's fields by name, each with the Stripe parameter that it becomes: `{ priceId: "items[0][price]" }`, several
 * parameters, or none (`[]`) for a field that is not sent to Stripe. A refused parameter that no field becomes is our mistake.
 */
export type StripeParameters = Readonly<Record<string, string | readonly string[]>>;

/** The same for an operation: every input must be listed, so that a new one cannot be forgotten. */
export type ParametersOf<Inputs> = Readonly<Record<keyof Inputs & string, string | readonly string[]>>;

/** For a request that contains nothing from a caller. */
export const NOTHING_OF_THE_CALLER: StripeParameters = {};

/** `[order]`, `[0][price]` */
const INSIDE = /^(?:\[[^[\]]+\])+$/;

/**
 * The caller's field that the parameter was made from; undefined if it is not from the caller. The path inside a parameter
 * is the path inside its field: `metadata[order]` is `metadata.order`.
 */
export function fieldOf(parameter: string | undefined, parameters: StripeParameters): string | undefined {
  if (parameter === undefined) return undefined;
  const known = Object.entries(parameters).flatMap(([field, names]) =>
    [names].flat().map((name) => ({ field, name })),
  );
  const exact = known.find(({ name }) => name === parameter);
  if (exact !== undefined) return exact.field;
  const outer = known.find(
    ({ name }) => parameter.startsWith(name) && INSIDE.test(parameter.slice(name.length)),
  );
  if (outer === undefined) return undefined;
  const inside = parameter.slice(outer.name.length).match(/(?<=\[)[^[\]]+(?=\])/g) ?? [];
  return [outer.field, ...inside.map(shownName)].join(".");
}

/** What is wrong with a field, by Stripe's code; follows the field's name in a message. */
export const REASONS: ReadonlyMap<string, string> = new Map([
  ["amount_too_large", "is more than Stripe allows here"],
  ["amount_too_small", "is less than Stripe allows, after conversion to the account's own currency"],
  ["customer_max_subscriptions", "already has as many subscriptions as Stripe allows"],
  ["email_invalid", "is not an email address that Stripe accepts"],
  ["parameter_invalid_empty", "must not be empty"],
  ["parameter_invalid_integer", "must be a whole number"],
  ["parameter_invalid_string_blank", "must not be blank"],
  ["parameter_invalid_string_empty", "must not be empty"],
  ["parameter_missing", "is required"],
  ["resource_missing", "does not exist at Stripe"],
]);

/** What the state of the object that a call is about does not allow, by Stripe's code; follows the field's name in a message. */
export const STATE_REASONS: ReadonlyMap<string, string> = new Map([
  ["charge_already_captured", "has been captured already"],
  ["charge_already_refunded", "has been refunded in full"],
  ["charge_disputed", "is disputed: the payer's bank has taken the money back, and decides about it"],
  ["charge_not_refundable", "is in a state in which it cannot be refunded"],
  ["charge_expired_for_capture", "can no longer be captured: the payer's bank has released the amount"],
  ["payment_intent_unexpected_state", "has a status at Stripe that does not allow this"],
  ["setup_intent_unexpected_state", "has a status at Stripe that does not allow this"],
]);

/** The caller's field that names the object in the address of the request; undefined if there is none. */
export function fieldInAddress(parameters: StripeParameters): string | undefined {
  return Object.entries(parameters).find(([, names]) => [names].flat().includes("id"))?.[0];
}

/** The account is not set up for the request; the caller's values are correct. */
export const ACCOUNT_CODES: ReadonlySet<string> = new Set([
  "account_invalid",
  "api_key_expired",
  "capability_not_active",
  "country_unsupported",
  "livemode_mismatch",
  "not_allowed_on_standard_account",
  "payment_method_unactivated",
  "platform_account_required",
  "platform_api_key_expired",
  "secret_key_required",
  "testmode_charges_only",
]);

/** Mistakes in how we build requests, where Stripe names no parameter. */
export const OUR_CODES: ReadonlySet<string> = new Set([
  "parameter_missing",
  "parameter_unknown",
  "parameters_exclusive",
  "tls_version_unsupported",
  "url_invalid",
]);
