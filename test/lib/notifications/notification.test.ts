import { describe, expect, it } from "@jest/globals";
import { dueMails } from "../../../lib/automatic-mails/due-mail.ts";
import { objectOfEvent } from "../../../lib/events/event-objects.ts";
import { REPEATING_TYPES } from "../../../lib/events/event-queues.ts";
import { objectState } from "../../../lib/events/object-state.ts";
import type { AppliedEvent } from "../../../lib/events/projection.ts";
import {
  NOTIFICATION_TYPES,
  notificationOf,
  notificationType,
  notificationTypes,
} from "../../../lib/notifications/notification.ts";

function applied(
  type: string,
  object: Record<string, unknown>,
  { previous = {}, now = object }: { previous?: Record<string, unknown>; now?: Record<string, unknown> } = {},
): AppliedEvent {
  const event = {
    id: "evt_1",
    type,
    created: 1_795_478_400,
    livemode: false,
    object: { id: "obj_1", ...object },
    previous,
  };
  const told = objectState(event.object, type);
  const current = now === object ? told : objectState({ id: "obj_1", ...now });
  return { event, told, current, isStale: current.status !== told.status };
}

const intent = (status: string) => ({ object: "payment_intent", status });
const subscription = (status: string) => ({ object: "subscription", status });
const item = (price: string, quantity: number, periodEnd = 1_795_478_400) => ({
  id: "si_1",
  price: { id: price },
  quantity,
  current_period_end: periodEnd,
});
const sold = (price: string, quantity: number, periodEnd?: number) => ({
  ...subscription("active"),
  items: { data: [item(price, quantity, periodEnd)] },
});
const earlier = (...data: object[]) => ({ previous: { items: { data } } });

const paused = (behavior: string) => ({
  ...subscription("active"),
  pause_collection: { behavior, resumes_at: 1_798_156_800 },
});

/** A thin event without a snapshot: its object is as it is now, and only the record from before tells what changed. */
function thin(
  object: Record<string, unknown>,
  before: Record<string, unknown> | undefined,
  type = "customer.subscription.updated",
): AppliedEvent {
  const { event, ...rest } = applied(type, object);
  const { previous: _previous, ...head } = event;
  return { ...rest, event: head, ...(before && { before: objectState({ id: "obj_1", ...before }) }) };
}

describe("given an event", () => {
  it.each<[string, AppliedEvent, string | undefined]>([
    [
      "a thin event of the end of a trial",
      thin(subscription("trialing"), subscription("trialing"), "customer.subscription.trial_will_end"),
      "subscription.trial_ending",
    ],
    [
      "a completed checkout, which a bank has paid since",
      applied(
        "checkout.session.completed",
        { object: "checkout.session", status: "complete", payment_status: "unpaid" },
        { now: { object: "checkout.session", status: "complete", payment_status: "paid" } },
      ),
      "checkout.completed",
    ],
    [
      "a failed payment of a checkout that was paid after all",
      applied(
        "checkout.session.async_payment_failed",
        { object: "checkout.session", status: "complete", payment_status: "unpaid" },
        { now: { object: "checkout.session", status: "complete", payment_status: "paid" } },
      ),
      undefined,
    ],
    [
      "a payment that succeeded",
      applied("payment_intent.succeeded", intent("succeeded")),
      "payment.succeeded",
    ],
    [
      "a refused attempt",
      applied("payment_intent.payment_failed", intent("requires_payment_method")),
      "payment.failed",
    ],
    [
      "a refused attempt of a payment that has succeeded since",
      applied("payment_intent.payment_failed", intent("requires_payment_method"), {
        now: intent("succeeded"),
      }),
      undefined,
    ],
    [
      "a subscription that waits for its first payment",
      applied("customer.subscription.created", subscription("incomplete")),
      undefined,
    ],
    [
      "a subscription on trial",
      applied("customer.subscription.created", subscription("trialing")),
      "subscription.activated",
    ],
    [
      "its first payment",
      applied("customer.subscription.updated", subscription("active"), {
        previous: { status: "incomplete" },
      }),
      "subscription.activated",
    ],
    [
      "the end of its trial",
      applied("customer.subscription.updated", subscription("active"), { previous: { status: "trialing" } }),
      "subscription.changed",
    ],
    [
      "another change of an active subscription",
      applied("customer.subscription.updated", subscription("active"), { previous: { quantity: 1 } }),
      undefined,
    ],
    [
      "an overdue payment",
      applied("customer.subscription.updated", subscription("past_due"), { previous: { status: "active" } }),
      "subscription.past_due",
    ],
    [
      "the activation of a subscription that has ended since",
      applied("customer.subscription.updated", subscription("active"), {
        previous: { status: "incomplete" },
        now: subscription("canceled"),
      }),
      undefined,
    ],
    [
      "a subscription whose payments are not collected any more",
      applied("customer.subscription.updated", paused("void"), { previous: { pause_collection: null } }),
      "subscription.collection_paused",
    ],
    [
      "a subscription whose invoices are kept, and no longer void",
      applied("customer.subscription.updated", paused("keep_as_draft"), {
        previous: { pause_collection: { behavior: "void" } },
      }),
      undefined,
    ],
    [
      "another change of a subscription whose payments are not collected",
      applied("customer.subscription.updated", paused("void"), { previous: { quantity: 1 } }),
      undefined,
    ],
    [
      "a subscription whose payments are collected again",
      applied("customer.subscription.updated", subscription("active"), {
        previous: { pause_collection: { behavior: "void", resumes_at: null } },
      }),
      "subscription.collection_resumed",
    ],
    [
      "a subscription with another quantity",
      applied("customer.subscription.updated", sold("price_1", 3), earlier(item("price_1", 1))),
      "subscription.changed",
    ],
    [
      "a subscription with another price",
      applied("customer.subscription.updated", sold("price_2", 1), earlier(item("price_1", 1))),
      "subscription.changed",
    ],
    [
      "a renewal, which changes only the period of the items",
      applied(
        "customer.subscription.updated",
        sold("price_1", 1, 1_798_070_400),
        earlier(item("price_1", 1)),
      ),
      "subscription.renewed",
    ],
    [
      "an overdue payment that Stripe gives up",
      applied("customer.subscription.updated", subscription("unpaid"), { previous: { status: "past_due" } }),
      "subscription.past_due",
    ],
    [
      "a longer trial",
      applied(
        "customer.subscription.updated",
        { ...subscription("trialing"), trial_end: 1_798_070_400 },
        { previous: { trial_end: 1_795_478_400 } },
      ),
      "subscription.changed",
    ],
    [
      "a pause that ends on another date",
      applied("customer.subscription.updated", paused("void"), {
        previous: { pause_collection: { resumes_at: 1_795_478_400 } },
      }),
      "subscription.changed",
    ],
    [
      "a renewal in an older shape, which shows the period elsewhere",
      applied(
        "customer.subscription.updated",
        { ...subscription("active"), current_period_end: 1_798_070_400 },
        { previous: { current_period_end: 1_795_478_400 }, now: sold("price_1", 1, 1_798_070_400) },
      ),
      "subscription.renewed",
    ],
    [
      "another change in an older shape",
      applied("customer.subscription.updated", subscription("active"), {
        previous: { default_payment_method: null },
        now: sold("price_1", 1, 1_798_070_400),
      }),
      undefined,
    ],
    [
      "a subscription that will end with its period",
      applied(
        "customer.subscription.updated",
        { ...subscription("active"), cancel_at_period_end: true },
        { previous: { cancel_at_period_end: false } },
      ),
      "subscription.cancel_scheduled",
    ],
    [
      "a subscription that will end on a date",
      applied(
        "customer.subscription.updated",
        { ...subscription("active"), cancel_at: 1_795_478_400 },
        { previous: { cancel_at: null } },
      ),
      "subscription.cancel_scheduled",
    ],
    [
      "a scheduled end that moves",
      applied(
        "customer.subscription.updated",
        { ...subscription("active"), cancel_at: 1_795_478_400 },
        { previous: { cancel_at: 1_798_070_400 } },
      ),
      "subscription.cancel_scheduled",
    ],
    [
      "a subscription that will not end after all",
      applied(
        "customer.subscription.updated",
        { ...subscription("active"), cancel_at_period_end: false, cancel_at: null },
        { previous: { cancel_at_period_end: true, cancel_at: 1_795_478_400 } },
      ),
      "subscription.cancel_withdrawn",
    ],
    [
      "a subscription that ends as scheduled",
      applied(
        "customer.subscription.updated",
        { ...subscription("canceled"), cancel_at_period_end: false },
        { previous: { status: "active", cancel_at_period_end: true } },
      ),
      "subscription.ended",
    ],
    [
      "a thin event after which a subscription is active, and was not",
      thin(subscription("active"), subscription("incomplete")),
      "subscription.activated",
    ],
    [
      "a thin event after which a subscription is active, as before",
      thin(subscription("active"), subscription("trialing")),
      "subscription.changed",
    ],
    [
      "the first thin event of a subscription",
      thin(subscription("active"), undefined),
      "subscription.activated",
    ],
    [
      "a thin created event of an active subscription",
      thin(subscription("active"), undefined, "customer.subscription.created"),
      "subscription.activated",
    ],
    [
      "a thin created event of a subscription that is known to be active",
      thin(subscription("active"), subscription("active"), "customer.subscription.created"),
      undefined,
    ],
    [
      "a thin event of an overdue payment",
      thin(subscription("past_due"), subscription("active")),
      "subscription.past_due",
    ],
    [
      "a thin event of an expired subscription",
      thin(subscription("incomplete_expired"), subscription("incomplete")),
      "subscription.ended",
    ],
    [
      "a thin event of a pause",
      thin(paused("void"), subscription("active")),
      "subscription.collection_paused",
    ],
    ["a thin event during a pause", thin(paused("void"), paused("keep_as_draft")), undefined],
    [
      "a thin event of a resumption",
      thin(subscription("active"), paused("void")),
      "subscription.collection_resumed",
    ],
    [
      "a thin event of a refused attempt of a payment that has succeeded since",
      { ...thin(intent("succeeded"), undefined, "payment_intent.payment_failed") },
      undefined,
    ],
    [
      "a first payment that never came",
      applied("customer.subscription.updated", subscription("incomplete_expired"), {
        previous: { status: "incomplete" },
      }),
      "subscription.ended",
    ],
    [
      "the end of a subscription",
      applied("customer.subscription.deleted", subscription("active")),
      "subscription.ended",
    ],
    [
      "an invoice that is overdue",
      applied("invoice.overdue", { object: "invoice", status: "open" }),
      "invoice.overdue",
    ],
    [
      "an invoice that was overdue, and has been paid since",
      applied(
        "invoice.overdue",
        { object: "invoice", status: "open" },
        { now: { object: "invoice", status: "paid" } },
      ),
      undefined,
    ],
    [
      "a credit note that has been voided since",
      applied(
        "credit_note.created",
        { object: "credit_note", status: "issued" },
        { now: { object: "credit_note", status: "void" } },
      ),
      "credit_note.created",
    ],
    [
      "a void credit note",
      applied("credit_note.voided", { object: "credit_note", status: "void" }),
      "credit_note.voided",
    ],
    [
      "a refund that has failed since",
      applied(
        "refund.created",
        { object: "refund", status: "pending" },
        { now: { object: "refund", status: "failed" } },
      ),
      "refund.created",
    ],
    [
      "a dispute that was lost since",
      applied(
        "charge.dispute.created",
        { object: "dispute", status: "needs_response" },
        { now: { object: "dispute", status: "lost" } },
      ),
      "dispute.opened",
    ],
    ["a type that does not exist yet", applied("constructor", { object: "constructor" }), undefined],
  ])("%s", (_what, event, type) => {
    expect(notificationType(event)).toBe(type);
  });

  it.each([...REPEATING_TYPES])(
    "%s, which Stripe is not asked for, is neither notified nor mailed",
    (type) => {
      const object = objectOfEvent(type)?.objectType ?? "";
      for (const status of ["open", "paid", "succeeded", "failed", "requires_payment_method"]) {
        const event = applied(type, { object, status, collection_method: "send_invoice" });
        expect({ notifications: notificationTypes(event), mails: dueMails(event) }).toEqual({
          notifications: [],
          mails: [],
        });
      }
    },
  );

  const refund = (status: string) => ({ object: "refund", status });
  it.each<[string, AppliedEvent, readonly string[]]>([
    [
      "a refund that has succeeded when it is created",
      applied("refund.created", refund("succeeded")),
      ["refund.created", "refund.succeeded"],
    ],
    ["a refund that is pending", applied("refund.created", refund("pending")), ["refund.created"]],
    [
      "a pending refund that has succeeded since, which its own event reports",
      applied("refund.created", refund("pending"), { now: refund("succeeded") }),
      ["refund.created"],
    ],
    [
      "a refund that was created as succeeded and has failed since",
      applied("refund.created", refund("succeeded"), { now: refund("failed") }),
      ["refund.created"],
    ],
    [
      "a pending refund that succeeds",
      applied("refund.updated", refund("succeeded"), { previous: { status: "pending" } }),
      ["refund.succeeded"],
    ],
    [
      "a pending refund that succeeds, and has failed since",
      applied("refund.updated", refund("succeeded"), {
        previous: { status: "pending" },
        now: refund("failed"),
      }),
      [],
    ],
    [
      "another change of a refund",
      applied("refund.updated", refund("succeeded"), { previous: { metadata: {} } }),
      [],
    ],
    ["a refund that fails", applied("refund.failed", refund("failed")), ["refund.failed"]],
  ])("%s: each notification of it", (_what, event, types) => {
    expect(notificationTypes(event)).toEqual(types);
  });

  it("both events that can report a refund's success give it one id, which is not theirs", () => {
    const events = [
      applied("refund.created", refund("succeeded")),
      applied("refund.updated", refund("succeeded"), { previous: { status: "pending" } }),
    ];
    const ids = events.map(
      (event) => notificationOf(event, "refund.succeeded", { application: {}, links: {} }).id,
    );
    expect(ids).toEqual(["evt_succeeded_obj_1", "evt_succeeded_obj_1"]);
  });

  it("the notification contains the object's latest known state, and no personal data", () => {
    const event = applied("payment_intent.succeeded", {
      ...intent("succeeded"),
      amount: 4200,
      currency: "usd",
      customer: "cus_1",
      receipt_email: "ada@example.com",
      client_secret: "pi_1_secret_x",
      metadata: { orderId: "1042" },
    });
    expect(
      notificationOf(event, "payment.succeeded", { application: { orderId: "1042" }, links: {} }),
    ).toEqual({
      version: 1,
      id: "evt_1",
      type: "payment.succeeded",
      occurredAt: "2026-11-24T00:00:00.000Z",
      livemode: false,
      object: {
        type: "payment_intent",
        id: "obj_1",
        status: "succeeded",
        amount: 4200,
        currency: "usd",
        customerId: "cus_1",
      },
      application: { orderId: "1042" },
    });
  });

  it("a notification about a subscription says what was before, how new it is, and until when it gives access", () => {
    const event = {
      ...applied("customer.subscription.updated", subscription("past_due"), {
        previous: { status: "active" },
      }),
      revision: 7,
    };
    const surroundings = { application: {}, links: {} };
    const notification = notificationOf(
      event,
      "subscription.past_due",
      surroundings,
      "2026-12-25T00:00:00.000Z",
    );
    expect(notification.previous).toEqual({ status: "active" });
    expect(notification.object).toMatchObject({ revision: 7, accessUntil: "2026-12-25T00:00:00.000Z" });
  });

  it("a notification about another kind does not say what was before", () => {
    const event = applied(
      "refund.updated",
      { object: "refund", status: "succeeded" },
      { previous: { status: "pending" } },
    );
    expect(notificationOf(event, "refund.succeeded", { application: {}, links: {} })).not.toHaveProperty(
      "previous",
    );
  });
});

describe("given the types of notifications", () => {
  it("each is listed once, in alphabetical order, and those that no event has are among them", () => {
    expect([...new Set(NOTIFICATION_TYPES)].sort()).toEqual(NOTIFICATION_TYPES);
    expect(NOTIFICATION_TYPES).toEqual(
      expect.arrayContaining([
        ...["endpoint.test", "payment_method.expiring", "subscription.duplicated", "usage.refused"],
        ...["customer.deleted", "payment.succeeded", "subscription.activated"],
      ]),
    );
  });
});
