import { describe, expect, it } from "@jest/globals";
import { type ObjectState, objectState } from "../../../lib/events/object-state.ts";

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
        items: { data: "none" },
        metadata: ["x"],
      },
      { objectType: "subscription", status: "unknown", final: false },
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
  ])("it is overdue since %s", (_what, changes, since) => {
    expect(state({ ...overdue, ...changes }).overdueSince).toBe(since);
  });
});

describe("given a status", () => {
  const FINAL: Readonly<Record<string, readonly string[]>> = {
    payment_intent: ["succeeded", "canceled"],
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

  it("a customer that Stripe returns as deleted is deleted, for any event", () => {
    expect(state({ object: "customer", deleted: true }, "customer.updated")).toMatchObject({
      status: "deleted",
      final: true,
    });
  });
});
