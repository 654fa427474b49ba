import { get, post, refused, remove, type Scenario, scenario } from "../scenario.ts";

export const customers: readonly Scenario[] = [
  scenario(
    "a customer",
    post(
      "customer",
      "/v1/customers",
      { email: "ada@shop.example", name: "Ada", metadata: { user: "1" } },
      { email: "ada@shop.example", name: "Ada", metadata: { user: "1" }, delinquent: false },
    ),
    post(
      "updated",
      "/v1/customers/{customer.id}",
      { name: "Ada Lovelace", metadata: { user: "", plan: "pro" } },
      { name: "Ada Lovelace", metadata: { plan: "pro" } },
    ),
    get("found", "/v1/customers/{customer.id}", { name: "Ada Lovelace" }),
    remove("deleted", "/v1/customers/{customer.id}", { deleted: true }),
    get("gone", "/v1/customers/{customer.id}", { deleted: true }),
  ),
  scenario(
    "cards of a customer",
    post("customer", "/v1/customers", { email: "ada@shop.example" }),
    post(
      "card",
      "/v1/payment_methods/pm_card_visa/attach",
      { customer: "{customer.id}" },
      { type: "card", card: { brand: "visa", last4: "4242" } },
    ),
    post(
      "preferred",
      "/v1/customers/{customer.id}",
      { invoice_settings: { default_payment_method: "{card.id}" } },
      {},
    ),
    get("cards", "/v1/customers/{customer.id}/payment_methods", { has_more: false }),
    post("detached", "/v1/payment_methods/{card.id}/detach", {}, { customer: null }),
    refused(post("again", "/v1/payment_methods/{card.id}/detach"), 400, { type: "invalid_request_error" }),
  ),
  scenario(
    "a card that is saved with a setup intent",
    post("customer", "/v1/customers", { email: "ada@shop.example" }),
    post(
      "setup",
      "/v1/setup_intents",
      {
        customer: "{customer.id}",
        automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      },
      { status: "requires_payment_method", usage: "off_session" },
    ),
    post(
      "confirmed",
      "/v1/setup_intents/{setup.id}/confirm",
      { payment_method: "pm_card_visa" },
      { status: "succeeded" },
    ),
    get("cards", "/v1/customers/{customer.id}/payment_methods"),
  ),
  scenario(
    "a setup intent that is declined, then canceled",
    post("setup", "/v1/setup_intents", {
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    }),
    refused(
      post("declined", "/v1/setup_intents/{setup.id}/confirm", {
        payment_method: "pm_card_visa_chargeDeclined",
      }),
      402,
      { code: "card_declined" },
    ),
  ),
  scenario(
    "a payment with a saved card, without the customer",
    post("customer", "/v1/customers", { payment_method: "pm_card_visa" }),
    get("cards", "/v1/customers/{customer.id}/payment_methods"),
    post(
      "payment",
      "/v1/payment_intents",
      {
        amount: 1500,
        currency: "usd",
        customer: "{customer.id}",
        payment_method: "{cards.data.0.id}",
        automatic_payment_methods: { enabled: true, allow_redirects: "never" },
        off_session: true,
        confirm: true,
      },
      { status: "succeeded" },
    ),
  ),
];
