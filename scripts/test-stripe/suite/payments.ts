import { get, post, refused, type Scenario, type Step, scenario } from "../scenario.ts";

const BY_CARD = { enabled: true, allow_redirects: "never" };
const paid = (payment_method: string, amount = 2000): Step =>
  post(
    "payment",
    "/v1/payment_intents",
    { amount, currency: "usd", automatic_payment_methods: BY_CARD, payment_method, confirm: true },
    { status: "succeeded", amount_received: amount },
  );
const declined = (title: string, card: string, error: Step["expected"]): Scenario =>
  scenario(title, refused(paid(card), 402, { type: "card_error", ...error }));

export const payments: readonly Scenario[] = [
  scenario(
    "a payment",
    post(
      "payment",
      "/v1/payment_intents",
      {
        amount: 2000,
        currency: "usd",
        automatic_payment_methods: BY_CARD,
        description: "A mug",
        metadata: { order: "7" },
      },
      { status: "requires_payment_method", amount: 2000, metadata: { order: "7" } },
    ),
    post(
      "confirmed",
      "/v1/payment_intents/{payment.id}/confirm",
      { payment_method: "pm_card_visa" },
      { status: "succeeded", amount_received: 2000 },
    ),
    get("charge", "/v1/charges/{confirmed.latest_charge}", { paid: true, captured: true, refunded: false }),
  ),
  scenario(
    "a payment that is captured later",
    post(
      "payment",
      "/v1/payment_intents",
      {
        amount: 2000,
        currency: "eur",
        capture_method: "manual",
        automatic_payment_methods: BY_CARD,
        payment_method: "pm_card_visa",
        confirm: true,
      },
      { status: "requires_capture", amount_capturable: 2000 },
    ),
    post(
      "captured",
      "/v1/payment_intents/{payment.id}/capture",
      { amount_to_capture: 1500 },
      { status: "succeeded", amount_received: 1500 },
    ),
  ),
  scenario(
    "a payment that is canceled",
    post("payment", "/v1/payment_intents", {
      amount: 2000,
      currency: "usd",
      automatic_payment_methods: BY_CARD,
    }),
    post(
      "canceled",
      "/v1/payment_intents/{payment.id}/cancel",
      { cancellation_reason: "requested_by_customer" },
      { status: "canceled", cancellation_reason: "requested_by_customer" },
    ),
    refused(post("again", "/v1/payment_intents/{payment.id}/cancel"), 400, {
      code: "payment_intent_unexpected_state",
    }),
  ),
  scenario(
    "refunds of a payment, in parts",
    paid("pm_card_visa", 3000),
    post(
      "first",
      "/v1/refunds",
      { payment_intent: "{payment.id}", amount: 1000, reason: "requested_by_customer" },
      { status: "succeeded", amount: 1000, reason: "requested_by_customer" },
    ),
    post("rest", "/v1/refunds", { payment_intent: "{payment.id}" }, { amount: 2000 }),
    refused(post("more", "/v1/refunds", { payment_intent: "{payment.id}" }), 400, {
      code: "charge_already_refunded",
    }),
  ),
  scenario(
    "a refund of more than was paid",
    paid("pm_card_visa"),
    refused(post("refund", "/v1/refunds", { payment_intent: "{payment.id}", amount: 2001 }), 400, {
      type: "invalid_request_error",
      param: "amount",
    }),
  ),
  declined("a decline: generic", "pm_card_visa_chargeDeclined", {
    code: "card_declined",
    decline_code: "generic_decline",
  }),
  declined("a decline: insufficient funds", "pm_card_visa_chargeDeclinedInsufficientFunds", {
    code: "card_declined",
    decline_code: "insufficient_funds",
  }),
  declined("a decline: expired card", "pm_card_chargeDeclinedExpiredCard", { code: "expired_card" }),
  declined("a decline: incorrect CVC", "pm_card_chargeDeclinedIncorrectCvc", { code: "incorrect_cvc" }),
  declined("a decline: processing error", "pm_card_chargeDeclinedProcessingError", {
    code: "processing_error",
  }),
  scenario(
    "a payment that needs authentication",
    post(
      "payment",
      "/v1/payment_intents",
      {
        amount: 2000,
        currency: "usd",
        automatic_payment_methods: { enabled: true },
        payment_method: "pm_card_authenticationRequired",
        confirm: true,
        return_url: "https://shop.example/return",
      },
      { status: "requires_action", next_action: { type: "redirect_to_url" } },
    ),
  ),
];
