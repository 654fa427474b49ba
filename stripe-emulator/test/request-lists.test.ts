/** Lists of requests, as a server sends them one after another, and the events that each leads to, in their order. */
import { describe, expect, it } from "@jest/globals";
import { type ControlBody, givenAnEmulator, rawCall } from "./running-emulator.ts";

/** A request, as `METHOD path`, with its form. `{name}` stands for the id in the response to the request of that name. */
interface Step {
  name?: string;
  request: string;
  form?: string;
  /** The type of the error with which the request is refused. */
  refusedWith?: string;
}

const PAY = "POST /v1/payment_intents";
const NOW =
  "amount=2000&currency=usd&confirm=true&automatic_payment_methods[enabled]=true&automatic_payment_methods[allow_redirects]=never";
const PAID = ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"];
const HELD = ["payment_intent.created", "charge.succeeded", "payment_intent.amount_capturable_updated"];
const DISPUTED = ["charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.updated"];

const paid = (method: string, more = ""): Step => ({
  ...{ name: "pi", request: PAY, form: `${NOW}&payment_method=${method}${more}` },
});
const customer: Step = { name: "cus", request: "POST /v1/customers", form: "name=Ada" };

const LISTS: readonly [what: string, steps: readonly Step[], events: readonly string[]][] = [
  ["a payment", [paid("pm_card_visa")], PAID],
  [
    "a declined payment",
    [{ ...paid("pm_card_chargeDeclined"), refusedWith: "card_error" }],
    [...["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]],
  ],
  [
    "a payment that needs the customer",
    [paid("pm_card_authenticationRequired")],
    [...["payment_intent.created", "payment_intent.requires_action"]],
  ],
  [
    "an off-session payment that needs the customer",
    [{ ...paid("pm_card_authenticationRequired", "&off_session=true"), refusedWith: "card_error" }],
    ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"],
  ],
  [
    "a payment whose money is available at once",
    [paid("pm_card_bypassPending")],
    [...PAID, "balance.available"],
  ],
  [
    "a payment that is captured in part",
    [
      paid("pm_card_visa", "&capture_method=manual"),
      { request: "POST /v1/payment_intents/{pi}/capture", form: "amount_to_capture=500" },
    ],
    [...HELD, "charge.captured", "payment_intent.succeeded"],
  ],
  [
    "a payment whose hold is released",
    [
      paid("pm_card_visa", "&capture_method=manual"),
      { request: "POST /v1/payment_intents/{pi}/cancel", form: "cancellation_reason=abandoned" },
    ],
    [...HELD, "charge.refunded", "payment_intent.canceled"],
  ],
  [
    "a debit",
    [paid("pm_usBankAccount_success")],
    [...["payment_intent.created", "charge.pending", "payment_intent.processing"]],
  ],
  [
    "a bank transfer in two parts",
    [
      customer,
      {
        ...{ name: "pi", request: PAY },
        form: `${NOW}&customer={cus}&payment_method_data[type]=customer_balance&payment_method_options[customer_balance][funding_type]=bank_transfer&payment_method_options[customer_balance][bank_transfer][type]=us_bank_transfer`,
      },
      {
        request: "POST /v1/test_helpers/customers/{cus}/fund_cash_balance",
        form: "amount=1500&currency=usd",
      },
      { request: "POST /v1/test_helpers/customers/{cus}/fund_cash_balance", form: "amount=700&currency=usd" },
    ],
    [
      ...["customer.created", "payment_intent.created", "payment_intent.requires_action"],
      ...["customer_cash_balance_transaction.created", "customer_cash_balance_transaction.created"],
      "payment_intent.partially_funded",
      ...["customer_cash_balance_transaction.created", "customer_cash_balance_transaction.created"],
      ...["charge.succeeded", "payment_intent.succeeded", "cash_balance.funds_available"],
    ],
  ],
  [
    "a refund, then its label",
    [
      paid("pm_card_visa"),
      { name: "re", request: "POST /v1/refunds", form: "payment_intent={pi}&amount=700" },
      { request: "POST /v1/refunds/{re}", form: "metadata[order]=7" },
    ],
    [...PAID, ...["refund.created", "charge.refunded", "charge.refund.updated", "refund.updated"]],
  ],
  [
    "a refund that fails",
    [paid("pm_card_refundFail"), { request: "POST /v1/refunds", form: "payment_intent={pi}" }],
    [
      ...PAID,
      ...["refund.created", "charge.refunded", "charge.refund.updated", "refund.updated", "refund.failed"],
      "charge.updated",
    ],
  ],
  ["a dispute", [paid("pm_card_createDispute")], [...PAID, ...DISPUTED]],
  [
    "an inquiry",
    [paid("pm_card_createDisputeInquiry")],
    [...PAID, "charge.dispute.created", "charge.updated"],
  ],
  [
    "two disputes of one charge",
    [paid("pm_card_createMultipleDisputes")],
    [...PAID, ...DISPUTED, ...DISPUTED.slice(0, 3)],
  ],
  [
    "a report of fraud",
    [paid("pm_card_createIssuerFraudRecord")],
    [...PAID, "radar.early_fraud_warning.created"],
  ],
  [
    "a card that is saved by a payment",
    [customer, paid("pm_card_visa", "&customer={cus}&setup_future_usage=off_session")],
    [
      ...["customer.created", "payment_intent.created", "payment_method.attached"],
      ...["charge.succeeded", "payment_intent.succeeded"],
    ],
  ],
  [
    "a card that is saved without a payment",
    [
      customer,
      { request: "POST /v1/setup_intents", form: "confirm=true&payment_method=pm_card_visa&customer={cus}" },
    ],
    ["customer.created", "setup_intent.created", "payment_method.attached", "setup_intent.succeeded"],
  ],
  [
    "a card that cannot be saved",
    [
      {
        ...{ request: "POST /v1/setup_intents", form: "confirm=true&payment_method=pm_card_chargeDeclined" },
        refusedWith: "card_error",
      },
    ],
    ["setup_intent.created", "setup_intent.setup_failed"],
  ],
  [
    "a setup that is canceled",
    [
      { name: "seti", request: "POST /v1/setup_intents" },
      { request: "POST /v1/setup_intents/{seti}/cancel" },
    ],
    ["setup_intent.created", "setup_intent.canceled"],
  ],
  [
    "the life of a payment method",
    [
      customer,
      { name: "pm", request: "POST /v1/payment_methods", form: "type=card&card[token]=tok_visa" },
      { request: "POST /v1/payment_methods/{pm}/attach", form: "customer={cus}" },
      { request: "POST /v1/payment_methods/{pm}", form: "metadata[a]=1" },
      { request: "POST /v1/payment_methods/{pm}/detach" },
    ],
    [...["customer.created", "payment_method.attached", "payment_method.updated", "payment_method.detached"]],
  ],
  [
    "the life of a source",
    [
      customer,
      { name: "card", request: "POST /v1/customers/{cus}/sources", form: "source=tok_visa" },
      { request: "POST /v1/customers/{cus}/sources/{card}", form: "exp_year=2040" },
      { request: "DELETE /v1/customers/{cus}/sources/{card}" },
    ],
    [
      ...["customer.created", "customer.source.created", "customer.updated", "customer.source.updated"],
      ...["customer.source.deleted", "customer.updated"],
    ],
  ],
  [
    "a customer with a source, who is charged without an intent",
    [
      { name: "cus", request: "POST /v1/customers", form: "source=tok_mastercard" },
      {
        name: "ch",
        request: "POST /v1/charges",
        form: "amount=500&currency=usd&customer={cus}&capture=false",
      },
      { request: "POST /v1/charges/{ch}/capture" },
      { request: "POST /v1/charges/{ch}", form: "description=Order 7" },
    ],
    [
      ...[
        "customer.source.created",
        "customer.created",
        "charge.succeeded",
        "charge.captured",
        "charge.updated",
      ],
    ],
  ],
];

describe("given a list of requests", () => {
  it.each(LISTS)("%s", async (_what, steps, events) => {
    const { emulator, eventTypes } = await givenAnEmulator();
    const ids: Record<string, string> = {};
    const filled = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_all, name: string) => ids[name] ?? "");
    for (const { name, request, form = "", refusedWith } of steps) {
      const [method = "", path = ""] = filled(request).split(" ");
      const { body } = await rawCall(emulator, method, path, { body: filled(form) });
      const { error, id }: ControlBody = body;
      expect(error?.type).toBe(refusedWith);
      if (name !== undefined) ids[name] = String(id);
    }
    expect(await eventTypes()).toEqual(events);
  });
});
