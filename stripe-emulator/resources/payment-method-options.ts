/** The options of a payment method type that an intent can have, and how the intent shows them. */
import type Stripe from "stripe";
import { present } from "../present.ts";
import { emptyable, hash, integer, oneOf, required, string } from "../protocol/parameters.ts";

const request = () => oneOf("if_available", "never");
const threeDSecure = () => oneOf("any", "automatic", "challenge");
const futureUsage = () => emptyable(oneOf("none", "off_session", "on_session"));
const verification = () => oneOf("automatic", "instant", "microdeposits");

/** Of the methods that a customer can keep, whether the payment saves them. */
const saving = hash({ setup_future_usage: futureUsage() });
/** What the bank is told about a debit. It has no effect here. */
const mandateOptions = hash({
  interval_description: string(),
  payment_schedule: oneOf("combined", "interval", "sporadic"),
  reference_prefix: emptyable(string(12)),
  transaction_type: oneOf("business", "personal"),
});

/** Of the methods that the emulator has, the options that it knows; it refuses all others. */
export const paymentOptions = hash({
  acss_debit: hash({
    mandate_options: mandateOptions,
    setup_future_usage: futureUsage(),
    verification_method: verification(),
  }),
  amazon_pay: saving,
  au_becs_debit: saving,
  bacs_debit: hash({ mandate_options: mandateOptions, setup_future_usage: futureUsage() }),
  cashapp: saving,
  link: saving,
  paypal: saving,
  revolut_pay: saving,
  sepa_debit: hash({ mandate_options: mandateOptions, setup_future_usage: futureUsage() }),
  card: hash({
    capture_method: emptyable(oneOf("manual")),
    request_extended_authorization: request(),
    request_incremental_authorization: request(),
    request_multicapture: request(),
    request_overcapture: request(),
    request_three_d_secure: threeDSecure(),
    setup_future_usage: futureUsage(),
  }),
  customer_balance: hash({
    bank_transfer: hash({
      eu_bank_transfer: hash({ country: required(string(2)) }),
      type: required(
        oneOf(
          ...[
            "eu_bank_transfer",
            "gb_bank_transfer",
            "jp_bank_transfer",
            "mx_bank_transfer",
            "us_bank_transfer",
          ],
        ),
      ),
    }),
    funding_type: oneOf("bank_transfer"),
  }),
  oxxo: hash({ expires_after_days: integer(1, 7) }),
  us_bank_account: hash({ setup_future_usage: futureUsage(), verification_method: verification() }),
  wechat_pay: hash({ app_id: string(), client: oneOf("android", "ios", "mobile_web", "web") }),
});
type PaymentOptions = ReturnType<typeof paymentOptions.read>;

export const setupOptions = hash({
  card: hash({ request_three_d_secure: threeDSecure() }),
  us_bank_account: hash({ verification_method: verification() }),
});

/** How long a voucher can be paid when the request does not say. */
const OXXO_DAYS = 3;

const cardDefaults = {
  installments: null,
  mandate_options: null,
  network: null,
  request_three_d_secure: "automatic",
} as const;

/** The options of a payment intent after a change; an empty value unsets an option. */
export function changedOptions(
  current: Stripe.PaymentIntent.PaymentMethodOptions | null,
  given: PaymentOptions | undefined,
): Stripe.PaymentIntent.PaymentMethodOptions {
  const { card, customer_balance: balance, oxxo, wechat_pay: wechat, ...others } = given ?? {};
  const savedOptions: Readonly<Record<string, object | undefined>> = { ...current };
  const funding = balance && { ...balance, funding_type: balance.funding_type ?? null };
  return {
    ...current,
    ...Object.fromEntries(
      Object.entries(others).map(([type, options]) => [type, changed(savedOptions[type] ?? {}, options)]),
    ),
    ...present({
      customer_balance: funding,
      oxxo: oxxo && { expires_after_days: oxxo.expires_after_days ?? OXXO_DAYS },
      wechat_pay: wechat && { app_id: wechat.app_id ?? null, client: wechat.client ?? null },
    }),
    card: changed({ ...cardDefaults, ...current?.card }, card ?? {}),
  };
}

/** The fields after a change: null removes one. */
function changed<T extends object, Given extends object>(
  current: T,
  given: Given,
): T & { [Name in keyof Given]: Exclude<Given[Name], null> };
function changed(current: object, given: object): object {
  return Object.fromEntries(
    Object.entries({ ...current, ...given }).filter(([name, value]) => value !== null || !(name in given)),
  );
}

/** The options of a setup intent after a change. */
export function changedSetupOptions(
  current: Stripe.SetupIntent.PaymentMethodOptions | null,
  given: ReturnType<typeof setupOptions.read> | undefined,
): Stripe.SetupIntent.PaymentMethodOptions {
  const { mandate_options, network, request_three_d_secure } = cardDefaults;
  const card = { mandate_options, network, request_three_d_secure, ...current?.card, ...given?.card };
  return { ...current, ...given, card };
}
