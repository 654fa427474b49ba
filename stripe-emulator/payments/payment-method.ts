import { createHash } from "node:crypto";
import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest, StripeApiError } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { address, completeAddress, email, metadata } from "../protocol/parameter-kinds.ts";
import {
  emptyable,
  hash,
  integer,
  oneOf,
  optional,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { Context } from "../state/context.ts";
import { behaviourOf, passesLuhn, testCardByName, testCardByNumber, UNKNOWN_CARD } from "./test-cards.ts";

const cardNumber = optional((value, param) => {
  const digits = string().read(value, param).replaceAll(/[\s-]/g, "");
  if (!/^\d{12,19}$/.test(digits) || !passesLuhn(digits)) {
    throw incorrectNumber();
  }
  return digits;
});

/** The fields of a card that was typed in, as Stripe.js sends them to `payment_methods` and in `payment_method_data`. */
export const cardPaymentMethodFields = {
  type: required(oneOf("card")),
  card: hash({
    number: required(cardNumber),
    exp_month: required(integer()),
    exp_year: required(integer()),
    cvc: string(4),
  }),
  billing_details: hash({
    address: address(),
    email: emptyable(email()),
    name: emptyable(string()),
    phone: emptyable(string()),
  }),
  allow_redisplay: oneOf("always", "limited", "unspecified"),
  metadata: metadata(),
};
export type CardPaymentMethodFields = Parsed<typeof cardPaymentMethodFields>;

/** The stored method with this id. The name of a test card, `pm_card_...`, makes a new method on each use, as at Stripe. */
export function resolvePaymentMethod(context: Context, id: string, param?: string): Stripe.PaymentMethod {
  const testCard = testCardByName(id);
  if (testCard === undefined) return context.store.get("payment_method", id, param);
  const expiryYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  const card = cardOf(testCard.brand, testCard.number.slice(-4), 12, expiryYear, testCard.number);
  return storePaymentMethod(context, card, testCard.name, {});
}

/** Stores a payment method for a card that was typed in. Throws a 402 for one that cannot exist or has expired. */
export function createCardPaymentMethod(
  context: Context,
  fields: CardPaymentMethodFields,
  publishable: boolean,
): Stripe.PaymentMethod {
  const { card } = fields;
  if (card === undefined) throw invalidRequest("Missing required param: card.", "parameter_missing", "card");
  if (!publishable) {
    const message =
      "Sending card numbers with a secret key is unsafe: use Stripe.js with a publishable key, or a test payment method such as pm_card_visa.";
    throw new StripeApiError(402, { type: "invalid_request_error", message });
  }
  const now = new Date(context.clock.now() * 1000);
  const year = card.exp_year < 100 ? 2000 + card.exp_year : card.exp_year;
  if (card.exp_month < 1 || card.exp_month > 12) {
    throw cardError("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month");
  }
  if (year * 12 + card.exp_month < now.getUTCFullYear() * 12 + now.getUTCMonth() + 1) {
    throw cardError("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year");
  }
  if (card.cvc !== undefined && !/^\d{3,4}$/.test(card.cvc)) {
    throw cardError("invalid_cvc", "Your card's security code is invalid.", "cvc");
  }
  const testCard = testCardByNumber(card.number);
  const details = cardOf(testCard?.brand ?? "visa", card.number.slice(-4), card.exp_month, year, card.number);
  return storePaymentMethod(context, details, testCard?.name ?? UNKNOWN_CARD, fields);
}

/** The method that a request names or describes, if it does either. Throws like the two functions that it calls. */
export function chosenPaymentMethod(
  context: Context,
  id: string | undefined,
  data: CardPaymentMethodFields | undefined,
  publishable: boolean,
): Stripe.PaymentMethod | undefined {
  if (id !== undefined) return resolvePaymentMethod(context, id, "payment_method");
  return data === undefined ? undefined : createCardPaymentMethod(context, data, publishable);
}

/** Attaches the method to the customer: `payment_method.attached`. Throws a 402 when the card's issuer refuses. */
export function attachPaymentMethod(
  context: Context,
  method: Stripe.PaymentMethod,
  customer: string,
): Stripe.PaymentMethod {
  if (method.customer === customer) return method;
  if (method.customer !== null) {
    throw invalidRequest("The payment method you provided has already been attached to a customer.");
  }
  const behaviour = behaviourOf(context.store.cardsOnFile.get(method.id)?.testCard ?? UNKNOWN_CARD);
  if (behaviour.kind === "declines" && !behaviour.attaches) {
    const { code, declineCode, message } = behaviour.decline;
    throw new StripeApiError(402, {
      type: "card_error",
      code,
      message,
      ...present({ decline_code: declineCode }),
    });
  }
  const attached = context.store.patch("payment_method", method, { customer });
  context.emit("payment_method.attached", attached);
  return attached;
}

function storePaymentMethod(
  context: Context,
  card: Stripe.PaymentMethod.Card,
  testCard: string,
  fields: Omit<Partial<CardPaymentMethodFields>, "card" | "type">,
): Stripe.PaymentMethod {
  const { address: place, ...billing } = fields.billing_details ?? {};
  const id = newId("pm");
  context.store.cardsOnFile.set(id, { testCard, setUp: false });
  return context.store.put("payment_method", {
    id,
    object: "payment_method",
    allow_redisplay: fields.allow_redisplay ?? "unspecified",
    billing_details: {
      email: null,
      name: null,
      phone: null,
      tax_id: null,
      ...billing,
      address: completeAddress(place ?? {}),
    },
    card,
    created: context.clock.now(),
    customer: null,
    customer_account: null,
    livemode: false,
    metadata: fields.metadata ?? {},
    type: "card",
  });
}

function cardOf(
  brand: string,
  last4: string,
  expiryMonth: number,
  expiryYear: number,
  number: string,
): Stripe.PaymentMethod.Card {
  return {
    brand,
    checks: { address_line1_check: null, address_postal_code_check: null, cvc_check: "pass" },
    country: "US",
    display_brand: brand,
    exp_month: expiryMonth,
    exp_year: expiryYear,
    fingerprint: createHash("sha256")
      .update(number)
      .digest("base64url")
      .replaceAll(/[-_]/g, "x")
      .slice(0, 16),
    funding: "credit",
    generated_from: null,
    last4,
    networks: { available: [brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

/** A 402 for a number whose check digit is wrong. */
export function incorrectNumber(): StripeApiError {
  return cardError("incorrect_number", "Your card number is incorrect.", "number");
}

function cardError(code: string, message: string, param: string): StripeApiError {
  return new StripeApiError(402, { type: "card_error", code, message, param });
}
