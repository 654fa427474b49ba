import { describe, expect, it } from "@jest/globals";
import { isWhole, type ObjectState, objectState } from "../../../lib/events/object-state.ts";

const state = (object: Record<string, unknown>, eventType?: string) =>
  objectState({ id: "obj_1", ...object }, eventType);

describe("given a snapshot of each kind", () => {
  it.each<[string, Record<string, unknown>, ObjectState]>([
    [
      "a declined payment intent",
      {
        object: "payment_intent",
        status: "requires_payment_method",
        amount: 4200,
        currency: "usd",
        customer: "cus_1",
        latest_charge: "ch_1",
        last_payment_error: { code: "card_declined", decline_code: "insufficient_funds" },
        metadata: { orderId: "1042" },
        client_secret: "pi_1_secret_x",
        receipt_email: "ada@example.com",
      },
      {
        objectType: "payment_intent",
        status: "requires_payment_method",
        final: false,
        amount: 4200,
        currency: "usd",
        customerId: "cus_1",
        chargeId: "ch_1",
        declineCode: "insufficient_funds",
        metadata: { orderId: "1042" },
      },
    ],
    [
      "a payment intent whose authentication failed, which has no decline code",
      {
        object: "payment_intent",
        status: "requires_payment_method",
        last_payment_error: { code: "payment_intent_authentication_failure" },
      },
      {
        objectType: "payment_intent",
        status: "requires_payment_method",
        final: false,
        declineCode: "payment_intent_authentication_failure",
      },
    ],
    [
      "a payment intent of which only a part was captured",
      {
        ...{ object: "payment_intent", status: "succeeded", currency: "usd" },
        ...{ amount: 4200, amount_received: 1500 },
      },
      {
        ...{ objectType: "payment_intent", status: "succeeded", final: true },
        ...{ amount: 4200, amountReceived: 1500, currency: "usd" },
      },
    ],
    [
      "a payment intent that was captured whole",
      {
        ...{ object: "payment_intent", status: "succeeded", currency: "usd" },
        ...{ amount: 4200, amount_received: 4200 },
      },
      {
        ...{ objectType: "payment_intent", status: "succeeded", final: true },
        ...{ amount: 4200, currency: "usd" },
      },
    ],
    [
      "a payment intent that was authorized and not captured",
      {
        ...{ object: "payment_intent", status: "requires_capture", currency: "usd" },
        ...{ amount: 4200, amount_received: 0 },
      },
      {
        ...{ objectType: "payment_intent", status: "requires_capture", final: false },
        ...{ amount: 4200, currency: "usd" },
      },
    ],
    [
      "a subscription with two items, for which the first period to end counts",
      {
        object: "subscription",
        status: "active",
        customer: { id: "cus_1", object: "customer" },
        items: { data: [{ current_period_end: 1_798_156_800 }, { current_period_end: 1_795_478_400 }, {}] },
      },
      {
        objectType: "subscription",
        status: "active",
        final: false,
        customerId: "cus_1",
        currentPeriodEnd: "2026-11-24T00:00:00.000Z",
      },
    ],
    [
      "a subscription whose payments are not collected",
      {
        object: "subscription",
        status: "active",
        pause_collection: { behavior: "void", resumes_at: 1_798_156_800 },
      },
      {
        objectType: "subscription",
        status: "active",
        final: false,
        pausedCollection: "void",
        collectionResumesAt: "2026-12-25T00:00:00.000Z",
      },
    ],
    [
      "a subscription with everything that is recorded of one",
      {
        ...{ object: "subscription", status: "trialing", customer: "cus_1", created: 1_795_478_400 },
        ...{ cancel_at_period_end: false, cancel_at: 1_798_156_800, trial_end: 1_798_156_800 },
        trial_settings: { end_behavior: { missing_payment_method: "pause" } },
        ...{ default_payment_method: { id: "pm_1" }, default_source: "card_1" },
        items: {
          data: [
            { id: "si_1", price: { id: "price_1", product: "prod_1" }, quantity: 3 },
            { id: "si_2", price: { id: "price_2" } },
            { id: "si_3" },
            { price: { id: "price_4" } },
          ],
        },
      },
      {
        ...{ objectType: "subscription", status: "trialing", final: false, customerId: "cus_1" },
        ...{ createdAt: "2026-11-24T00:00:00.000Z", cancelAtPeriodEnd: false },
        ...{ cancelAt: "2026-12-25T00:00:00.000Z", trialEnd: "2026-12-25T00:00:00.000Z" },
        ...{ trialEndsWithoutCard: "pause", defaultPaymentMethodId: "pm_1" },
        items: [
          { itemId: "si_1", priceId: "price_1", productId: "prod_1", quantity: 3 },
          { itemId: "si_2", priceId: "price_2", quantity: 1 },
        ],
      },
    ],
    [
      "a subscription that ends with its period and is paid from an old kind of card",
      {
        ...{ object: "subscription", status: "active", cancel_at_period_end: true },
        ...{ default_payment_method: null, default_source: "card_1" },
      },
      {
        ...{ objectType: "subscription", status: "active", final: false },
        ...{ cancelAtPeriodEnd: true, defaultPaymentMethodId: "card_1" },
      },
    ],
    [
      "a subscription that is paused in a way that does not exist yet",
      { object: "subscription", status: "active", pause_collection: {} },
      { objectType: "subscription", status: "active", final: false, pausedCollection: "unknown" },
    ],
    [
      "a subscription that is not paused",
      { object: "subscription", status: "active", pause_collection: null },
      { objectType: "subscription", status: "active", final: false },
    ],
    [
      "a payment intent that was canceled after a part was captured",
      {
        ...{ object: "payment_intent", status: "canceled", amount: 4200, amount_received: 1500 },
      },
      { objectType: "payment_intent", status: "canceled", final: true, amount: 4200 },
    ],
    [
      "a payment intent of which only what was received is known",
      { object: "payment_intent", status: "succeeded", amount_received: 1500 },
      { objectType: "payment_intent", status: "succeeded", final: true },
    ],
    [
      "a payment intent of which only the amount is known",
      { object: "payment_intent", status: "succeeded", amount: 4200 },
      { objectType: "payment_intent", status: "succeeded", final: true, amount: 4200 },
    ],
    [
      "a checkout session with everything that is recorded of one",
      {
        ...{ object: "checkout.session", status: "complete", payment_status: "paid", mode: "subscription" },
        ...{ amount_total: 4200, currency: "usd", customer: "cus_1" },
        ...{ payment_intent: "pi_1", subscription: { id: "sub_1" }, invoice: "in_1" },
      },
      {
        ...{ objectType: "checkout.session", status: "complete", final: true, customerId: "cus_1" },
        ...{ amount: 4200, currency: "usd", mode: "subscription", paymentStatus: "paid" },
        ...{ paymentIntentId: "pi_1", subscriptionId: "sub_1", invoiceId: "in_1" },
      },
    ],
    [
      "a checkout session whose payment is with a bank",
      { object: "checkout.session", status: "complete", payment_status: "unpaid" },
      { objectType: "checkout.session", status: "complete", final: false, paymentStatus: "unpaid" },
    ],
    [
      "an open checkout session",
      { object: "checkout.session", status: "open", payment_status: "paid" },
      { objectType: "checkout.session", status: "open", final: false, paymentStatus: "paid" },
    ],
    [
      "an expired checkout session",
      { object: "checkout.session", status: "expired", payment_status: "unpaid" },
      { objectType: "checkout.session", status: "expired", final: true, paymentStatus: "unpaid" },
    ],
    [
      "a checkout session without a status",
      { object: "checkout.session" },
      { objectType: "checkout.session", status: "unknown", final: false },
    ],
    [
      "a credit note",
      {
        ...{ object: "credit_note", status: "issued", total: 900, currency: "eur" },
        ...{ invoice: "in_1", reason: "duplicate", customer: "cus_1" },
      },
      {
        ...{ objectType: "credit_note", status: "issued", final: false, amount: 900, currency: "eur" },
        ...{ invoiceId: "in_1", reason: "duplicate", customerId: "cus_1" },
      },
    ],
    [
      "an invoice of a subscription",
      {
        object: "invoice",
        status: "open",
        amount_due: 900,
        currency: "eur",
        attempt_count: 2,
        parent: { subscription_details: { subscription: "sub_1" } },
      },
      {
        objectType: "invoice",
        status: "open",
        final: false,
        amount: 900,
        currency: "eur",
        attemptCount: 2,
        subscriptionId: "sub_1",
      },
    ],
    [
      "a failed charge",
      {
        object: "charge",
        status: "failed",
        amount: 4200,
        amount_refunded: 0,
        currency: "usd",
        failure_code: "card_declined",
        payment_intent: "pi_1",
      },
      {
        objectType: "charge",
        status: "failed",
        final: false,
        amount: 4200,
        amountRefunded: 0,
        currency: "usd",
        declineCode: "card_declined",
        paymentIntentId: "pi_1",
      },
    ],
    [
      "a refund",
      {
        object: "refund",
        status: "pending",
        amount: 200,
        currency: "usd",
        reason: "requested_by_customer",
        charge: { id: "ch_1" },
        payment_intent: "pi_1",
      },
      {
        objectType: "refund",
        status: "pending",
        final: false,
        amount: 200,
        currency: "usd",
        reason: "requested_by_customer",
        chargeId: "ch_1",
        paymentIntentId: "pi_1",
      },
    ],
    [
      "a dispute",
      {
        object: "dispute",
        status: "needs_response",
        amount: 4200,
        currency: "usd",
        reason: "fraudulent",
        charge: "ch_1",
        payment_intent: "pi_1",
      },
      {
        objectType: "dispute",
        status: "needs_response",
        final: false,
        amount: 4200,
        currency: "usd",
        reason: "fraudulent",
        chargeId: "ch_1",
        paymentIntentId: "pi_1",
      },
    ],
    [
      "a customer",
      { object: "customer", email: "ada@example.com", name: "Ada" },
      {
        ...{ objectType: "customer", status: "active", final: false, customerId: "obj_1" },
        email: "ada@example.com",
      },
    ],
    [
      "a customer whose latest invoice is not paid",
      {
        ...{ object: "customer", delinquent: true, email: "", default_source: "card_1" },
        invoice_settings: { default_payment_method: "pm_1" },
      },
      {
        ...{ objectType: "customer", status: "active", final: false, customerId: "obj_1" },
        ...{ delinquent: true, defaultPaymentMethodId: "pm_1" },
      },
    ],
    [
      "a customer who pays with an old kind of card",
      {
        ...{ object: "customer", delinquent: false, default_source: { id: "card_1" } },
        invoice_settings: { default_payment_method: null },
      },
      {
        ...{ objectType: "customer", status: "active", final: false, customerId: "obj_1" },
        ...{ delinquent: false, defaultPaymentMethodId: "card_1" },
      },
    ],
    [
      "a card of a customer",
      { object: "payment_method", customer: "cus_1", card: { exp_month: 4, exp_year: 2028 } },
      {
        objectType: "payment_method",
        status: "attached",
        final: false,
        customerId: "cus_1",
        expires: "2028-04",
      },
    ],
    [
      "a payment method that was detached",
      { object: "payment_method", customer: null, us_bank_account: {} },
      { objectType: "payment_method", status: "detached", final: true },
    ],
    [
      "what a customer is entitled to",
      {
        object: "entitlements.active_entitlement_summary",
        customer: "cus_1",
        entitlements: { data: [{ lookup_key: "seats" }, { id: "ent_2" }, { lookup_key: "api" }] },
      },
      {
        objectType: "entitlements.active_entitlement_summary",
        ...{ status: "active", final: false, customerId: "cus_1", entitlements: ["api", "seats"] },
      },
    ],
    [
      "a kind that does not exist yet",
      { object: "wish", status: "open", customer: "cus_1" },
      { objectType: "wish", status: "open", final: false, customerId: "cus_1" },
    ],
    [
      "one with every field of the wrong type",
      {
        object: "subscription",
        status: 7,
        customer: 7,
        cancel_at_period_end: "yes",
        items: { data: "none" },
        metadata: ["x"],
      },
      { objectType: "subscription", status: "unknown", final: false },
    ],
    [
      "a customer of whom it is not clear whether the latest invoice is paid",
      { object: "customer", delinquent: "no" },
      { objectType: "customer", status: "active", final: false, customerId: "obj_1" },
    ],
    ["one without a kind", { status: "open" }, { objectType: "unknown", status: "open", final: false }],
    [
      "metadata that is not text",
      { object: "wish", status: "open", metadata: { count: 3 } },
      { objectType: "wish", status: "open", final: false, metadata: { count: "3" } },
    ],
  ])("%s", (_what, object, expected) => {
    expect(state(object)).toEqual(expected);
  });
});

describe("given an overdue subscription", () => {
  const overdue = {
    object: "subscription",
    status: "past_due",
    items: { data: [{ id: "si_1", price: { id: "price_1" }, current_period_start: 1_795_478_400 }] },
  };
  it.each<[string, Record<string, unknown>, string]>([
    ["its invoice", { latest_invoice: { id: "in_1", created: 1_798_070_400 } }, "2026-12-24T00:00:00.000Z"],
    [
      "the day until which its invoice may be paid",
      { latest_invoice: { id: "in_1", created: 1_798_070_400, due_date: 1_798_156_800 } },
      "2026-12-25T00:00:00.000Z",
    ],
    ["its period, if only the invoice's id is known", { latest_invoice: "in_1" }, "2026-11-24T00:00:00.000Z"],
    ["its period, even if nothing is known of the invoice", {}, "2026-11-24T00:00:00.000Z"],
    ["its period, when it is unpaid", { status: "unpaid" }, "2026-11-24T00:00:00.000Z"],
    [
      "the last of its periods",
      {
        items: {
          data: [{ current_period_start: 1_795_478_400 }, { current_period_start: 1_798_156_800 }, {}],
        },
      },
      "2026-12-25T00:00:00.000Z",
    ],
    [
      "its start, if it has no period",
      { items: { data: [] }, start_date: 1_798_156_800 },
      "2026-12-25T00:00:00.000Z",
    ],
    ["its period, if it began before that", { start_date: 1_700_000_000 }, "2026-11-24T00:00:00.000Z"],
    [
      "the end of the days in which its invoices are to be paid",
      { collection_method: "send_invoice", days_until_due: 31 },
      "2026-12-25T00:00:00.000Z",
    ],
    [
      "its period, if its invoices are to be paid at once",
      { collection_method: "send_invoice" },
      "2026-11-24T00:00:00.000Z",
    ],
    [
      "its period, if its invoices are charged, whatever the days are",
      { collection_method: "charge_automatically", days_until_due: 31 },
      "2026-11-24T00:00:00.000Z",
    ],
  ])("it is overdue since %s", (_what, changes, since) => {
    expect(state({ ...overdue, ...changes }).overdueSince).toBe(since);
  });

  it.each(["active", "trialing", "canceled", "paused"])("one that is %s is not overdue", (status) => {
    expect(state({ ...overdue, status, latest_invoice: { created: 1_798_070_400 } })).not.toHaveProperty(
      "overdueSince",
    );
  });

  it.each<[string, Record<string, unknown>, boolean]>([
    ["an overdue subscription with its invoice", { ...overdue, latest_invoice: { id: "in_1" } }, true],
    ["an overdue subscription with its invoice's id", { ...overdue, latest_invoice: "in_1" }, false],
    ["an unpaid subscription without its invoice", { ...overdue, status: "unpaid" }, false],
    ["another subscription", { ...overdue, status: "active", latest_invoice: "in_1" }, true],
    ["an object of another kind", { object: "invoice", status: "past_due" }, true],
    ["a summary of entitlements", { object: "entitlements.active_entitlement_summary" }, false],
  ])("%s shows everything that is recorded of it: %p", (_what, object, whole) => {
    expect(isWhole({ id: "obj_1", ...object })).toBe(whole);
  });
});

describe("given the expiry of a card", () => {
  it.each<[unknown, unknown, string | undefined]>([
    [1, 2027, "2027-01"],
    [12, 2027, "2027-12"],
    [10, 1000, "1000-10"],
    [10, 9999, "9999-10"],
    [0, 2027, undefined],
    [13, 2027, undefined],
    [10, 999, undefined],
    [10, 10_000, undefined],
    [10, undefined, undefined],
    [undefined, 2027, undefined],
    ["10", 2027, undefined],
  ])("month %p of %p is recorded as %p", (month, year, expires) => {
    const card = { exp_month: month, exp_year: year };
    expect(state({ object: "payment_method", customer: "cus_1", card }).expires).toBe(expires);
  });
});

describe("given a status", () => {
  const FINAL: Readonly<Record<string, readonly string[]>> = {
    payment_intent: ["succeeded", "canceled"],
    credit_note: ["void"],
    wish: [],
    subscription: ["canceled", "incomplete_expired"],
    invoice: ["paid", "void"],
    charge: [],
    refund: ["failed", "canceled"],
    dispute: ["won", "lost", "warning_closed"],
  };
  const STATUSES = [
    ...["succeeded", "canceled", "requires_payment_method", "requires_capture", "processing", "incomplete"],
    ...["incomplete_expired", "active", "trialing", "past_due", "unpaid", "paused", "draft", "open", "paid"],
    ...["void", "uncollectible", "failed", "pending", "needs_response", "under_review", "won", "lost"],
    "warning_closed",
  ];
  it.each(Object.entries(FINAL))("the final states of a %s are %j", (object, final) => {
    const found = STATUSES.filter((status) => state({ object, status }).final);
    expect(found.sort()).toEqual([...final].sort());
  });
});

describe("given an object that is deleted", () => {
  it.each([
    [
      "a subscription is canceled",
      "customer.subscription.deleted",
      { object: "subscription", status: "active" },
      "canceled",
    ],
    ["a customer is deleted", "customer.deleted", { object: "customer" }, "deleted"],
    ["a draft invoice is deleted", "invoice.deleted", { object: "invoice", status: "draft" }, "deleted"],
  ])("%s by its event, permanently", (_what, type, object, status) => {
    expect(state(object, type)).toMatchObject({ status, final: true });
  });

  it.each(["customer", "invoice"])(
    "a %s that Stripe returns as deleted is deleted, for any event",
    (object) => {
      expect(state({ object, deleted: true, status: "draft" }, `${object}.updated`)).toMatchObject({
        status: "deleted",
        final: true,
      });
    },
  );
});
