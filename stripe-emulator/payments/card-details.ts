/** How a card looks in a payment method and as a source. Its number is never kept: only its last digits and a hash of it. */
import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Brand, TestCard } from "./test-cards.ts";

/** A card that was typed in, or the one that a ready-made name stands for. */
export interface CardNumber {
  number: string;
  expMonth: number;
  expYear: number;
  /** Undefined for a number that is not a test card's. */
  testCard: TestCard | undefined;
  /** Whether a security code was given. */
  hasCvc: boolean;
}

const DISPLAYED_BRANDS: Readonly<Record<Brand, string>> = {
  amex: "American Express",
  diners: "Diners Club",
  discover: "Discover",
  jcb: "JCB",
  mastercard: "MasterCard",
  unionpay: "UnionPay",
  visa: "Visa",
};

/** The card of a payment method. The same number has the same fingerprint each time. */
export function methodCardOf({
  number,
  expMonth,
  expYear,
  testCard,
  hasCvc,
}: CardNumber): Stripe.PaymentMethod.Card {
  const brand = testCard?.brand ?? "visa";
  const second = testCard?.secondNetwork;
  return {
    brand,
    checks: {
      address_line1_check: null,
      address_postal_code_check: null,
      cvc_check: hasCvc ? (testCard?.failedChecks?.cvc ?? "pass") : null,
    },
    country: testCard?.country ?? "US",
    display_brand: brand,
    exp_month: expMonth,
    exp_year: expYear,
    fingerprint: fingerprintOf(number),
    funding: testCard?.funding ?? "credit",
    generated_from: null,
    last4: number.slice(-4),
    networks: { available: second === undefined ? [brand] : [second, brand], preferred: null },
    regulated_status: "unregulated",
    three_d_secure_usage: { supported: true },
    wallet: null,
  };
}

/** The checks of an address that the customer gave: Stripe makes them when the card is charged. */
export function checksOf(
  card: Stripe.PaymentMethod.Card | undefined,
  address: Stripe.Address | null,
  testCard: TestCard | undefined,
): Stripe.PaymentMethod.Card.Checks {
  const { line1 = "pass", postalCode = "pass" } = testCard?.failedChecks ?? {};
  return {
    address_line1_check: address?.line1 ? line1 : null,
    address_postal_code_check: address?.postal_code ? postalCode : null,
    cvc_check: card?.checks?.cvc_check ?? null,
  };
}

/** The same card as a legacy source or in a token. */
export function sourceCardOf(
  id: string,
  card: Stripe.PaymentMethod.Card,
  { name, address }: Pick<Stripe.PaymentMethod.BillingDetails, "name" | "address">,
): Stripe.Card {
  return {
    id,
    object: "card",
    address_city: address?.city ?? null,
    address_country: address?.country ?? null,
    address_line1: address?.line1 ?? null,
    address_line1_check: card.checks?.address_line1_check ?? null,
    address_line2: address?.line2 ?? null,
    address_state: address?.state ?? null,
    address_zip: address?.postal_code ?? null,
    address_zip_check: card.checks?.address_postal_code_check ?? null,
    allow_redisplay: "unspecified",
    brand: isBrand(card.brand) ? DISPLAYED_BRANDS[card.brand] : card.brand,
    country: card.country,
    customer: null,
    cvc_check: card.checks?.cvc_check ?? null,
    dynamic_last4: null,
    exp_month: card.exp_month,
    exp_year: card.exp_year,
    fingerprint: card.fingerprint ?? null,
    funding: card.funding,
    last4: card.last4,
    metadata: {},
    name,
    regulated_status: card.regulated_status,
    tokenization_method: null,
  };
}

/** The same text for the same number of a card or of a bank account. */
export function fingerprintOf(number: string): string {
  const digest = createHash("sha256").update(number).digest("base64url");
  return digest.replaceAll(/[-_]/g, "x").slice(0, 16);
}

function isBrand(brand: string): brand is Brand {
  return Object.hasOwn(DISPLAYED_BRANDS, brand);
}
