import { describe, expect, it } from "@jest/globals";
import {
  EVENT_QUEUES,
  queueOf,
  REPEATING_TYPES,
  ROUTED_EVENT_TYPES,
  subscribedEventTypes,
} from "../../../lib/events/event-queues.ts";
import { queueOfEvent } from "../../../lib/events/route-event.ts";
import { objectIdOf, readQueuedEvent, readSnapshot, referenceTo } from "../../../lib/events/stripe-event.ts";

const head = { id: "evt_1", type: "invoice.paid", created: 1_795_478_400, livemode: true };
const invoice = { id: "in_1", object: "invoice" };
const snapshot = { ...head, object: "event", data: { object: invoice } };
const thin = {
  id: "evt_2",
  object: "v2.core.event",
  type: "v1.customer.subscription.active",
  created: "2026-11-24T00:00:00.900Z",
  livemode: false,
  related_object: { id: "sub_1", type: "subscription", url: "/v1/subscriptions/sub_1" },
};
const read = (value: unknown) => readQueuedEvent(JSON.stringify(value));

describe("given a message in a queue", () => {
  it("a snapshot has its object and the old values of the changed fields", () => {
    expect(read(snapshot)).toEqual({
      kind: "snapshot",
      head,
      event: { ...head, object: invoice, previous: {} },
    });
    const changed = { ...snapshot, data: { object: invoice, previous_attributes: { status: "open" } } };
    expect(read(changed)).toMatchObject({ event: { previous: { status: "open" } } });
  });

  it("a thin event has its object's kind and id, whole seconds, and a type without its prefix", () => {
    const event = read(thin);
    expect(event).toEqual({
      kind: "thin",
      head: {
        id: "evt_2",
        type: "customer.subscription.active",
        created: 1_795_478_400,
        livemode: false,
      },
      hasSnapshot: false,
      objectType: "subscription",
      objectId: "sub_1",
    });
    expect(event && queueOfEvent(event)).toBe("subscription");
    expect(event && objectIdOf(event)).toBe("sub_1");
  });

  it("a thin event that names its snapshot gets the snapshot's id", () => {
    expect(read({ ...thin, snapshot_event: "evt_1" })).toMatchObject({
      head: { id: "evt_1" },
      hasSnapshot: true,
    });
  });

  it("a thin event without an object, or about a kind that no consumer records, has no consumer", () => {
    const alone = read({ ...thin, related_object: null });
    expect(alone).toEqual({
      kind: "thin",
      head: expect.objectContaining({ id: "evt_2" }),
      hasSnapshot: false,
    });
    expect(alone && queueOfEvent(alone)).toBe("unrouted");
    const meter = read({ ...thin, related_object: { id: "mtr_1", type: "billing.meter" } });
    expect(meter && queueOfEvent(meter)).toBe("unrouted");
  });

  it("a reference is read as it was written, and goes to the queue of its event", () => {
    const reference = readQueuedEvent(referenceTo(head));
    expect(reference).toEqual({ kind: "reference", head });
    expect(reference && queueOfEvent(reference)).toBe("invoice");
    expect(reference && objectIdOf(reference)).toBeUndefined();
  });

  it.each([
    ["no data", { ...head, object: "event" }],
    ["an object without an id", { ...snapshot, data: { object: { object: "balance" } } }],
    ["an object with text for an id", { ...snapshot, data: { object: { id: "Ada Lovelace" } } }],
    ["no object", { ...snapshot, data: { object: null } }],
  ])("an event with %s is queued with those that have no consumer", (_what, value) => {
    const event = read(value);
    expect(event).toEqual({ kind: "opaque", head });
    expect(event && queueOfEvent(event)).toBe("unrouted");
    expect(event && objectIdOf(event)).toBeUndefined();
  });

  it.each([
    ["null", null],
    ["a list", [snapshot]],
    ["a text", "evt_1"],
    ["no id", { ...snapshot, id: undefined }],
    ["an empty id", { ...snapshot, id: "" }],
    ["text for an id", { ...snapshot, id: "of Ada" }],
    ["an id that is too long", { ...snapshot, id: "x".repeat(256) }],
    ["no type", { ...snapshot, type: 7 }],
    ["a time as text", { ...snapshot, created: "1795478400" }],
    ["half a second", { ...snapshot, created: 0.5 }],
    ["a thin event without a time", { ...thin, created: 1_795_478_400 }],
    ["a thin event with text for a time", { ...thin, created: "yesterday" }],
  ])("a message with %s is not an event", (_what, value) => {
    expect(read(value)).toBeUndefined();
  });

  it("text that is not JSON is not an event", () => {
    expect(readQueuedEvent('{"id":')).toBeUndefined();
  });

  it("the object of a snapshot, or of a thin event, is known; that of another event only Stripe knows", () => {
    const idOf = (value: unknown) => {
      const event = read(value);
      return event && objectIdOf(event);
    };
    expect(idOf(snapshot)).toBe("in_1");
    expect(idOf(thin)).toBe("sub_1");
    expect(idOf({ ...head, object: "event", objectId: "in_1" })).toBeUndefined();
  });

  it("only the beginning of a thin event's type is a version", () => {
    expect(read({ ...thin, type: "customer.v1.created" })).toMatchObject({
      head: { type: "customer.v1.created" },
    });
  });

  it("a reference names itself, the event, its version of the API and its account", () => {
    const full = { ...head, api_version: "2026-01-01", account: "acct_1" };
    expect(JSON.parse(referenceTo({ ...head, account: "acct_1" }))).toEqual({
      ...{ object: "contractspec.event-reference", ...head, account: "acct_1" },
    });
    expect(read({ ...full, object: "contractspec.event-reference" })).toEqual({
      ...{ kind: "reference", head: { ...head, apiVersion: "2026-01-01", account: "acct_1" } },
    });
  });

  it.each<[string, object, object]>([
    ["its account", { account: "acct_1", context: "acct_2" }, { account: "acct_1" }],
    ["its context, which a thin event names instead", { context: "acct_2" }, { account: "acct_2" }],
    ["its context, if the account is empty", { account: "", context: "acct_2" }, { account: "acct_2" }],
    ["none, if both are empty", { account: "", context: "" }, {}],
  ])("the account of an event is %s", (_what, fields, account) => {
    expect(read({ ...snapshot, ...fields })).toMatchObject({ head: { ...head, ...account } });
    expect(readSnapshot({ ...snapshot, ...fields })).toEqual({
      ...head,
      ...account,
      object: invoice,
      previous: {},
    });
  });

  it.each<[string, unknown]>([
    ["text", "evt_1"],
    ["an event without an id", { ...snapshot, id: undefined }],
    ["an event without an object", { ...snapshot, data: {} }],
  ])("%s is no snapshot", (_what, value) => {
    expect(readSnapshot(value)).toBeUndefined();
  });

  it("livemode is false if it is missing", () => {
    expect(read({ ...snapshot, livemode: "true" })).toMatchObject({ head: { livemode: false } });
  });
});

describe("given the table of queues", () => {
  it("every type is listed once, for one queue", () => {
    expect(new Set(ROUTED_EVENT_TYPES).size).toBe(ROUTED_EVENT_TYPES.length);
    expect([...ROUTED_EVENT_TYPES].sort()).toEqual(ROUTED_EVENT_TYPES);
    expect(new Set(ROUTED_EVENT_TYPES.map(queueOf))).toEqual(
      // Of Stripe, usage gets thin events only, which are routed by what they report.
      new Set(EVENT_QUEUES.filter((queue) => queue !== "unrouted" && queue !== "usage")),
    );
  });

  it("Stripe is asked for every type but those that repeat others, and for these if a workflow waits for them", () => {
    const repeating = [...REPEATING_TYPES];
    expect(ROUTED_EVENT_TYPES).toEqual(expect.arrayContaining(repeating));
    expect(subscribedEventTypes([])).toEqual(ROUTED_EVENT_TYPES.filter((type) => !repeating.includes(type)));
    expect(subscribedEventTypes([...repeating, "invoice.paid"])).toEqual(ROUTED_EVENT_TYPES);
  });

  it("it contains the types that the specification names", () => {
    expect(ROUTED_EVENT_TYPES).toEqual(
      expect.arrayContaining([
        "customer.subscription.created",
        "customer.subscription.deleted",
        "customer.subscription.updated",
        "payment_intent.payment_failed",
        "payment_intent.succeeded",
      ]),
    );
    expect(queueOf("constructor")).toBe("unrouted");
  });
});
