import { describe, expect, it } from "@jest/globals";
import { eventPath, objectPath, queueOfObject } from "../../../lib/events/object-paths.ts";

describe("given a kind of object", () => {
  it.each([
    ["payment_intent", "/v1/payment_intents/x_1", "payment-intent"],
    ["checkout.session", "/v1/checkout/sessions/x_1", "payment-intent"],
    ["subscription", "/v1/subscriptions/x_1", "subscription"],
    ["invoice", "/v1/invoices/x_1", "invoice"],
    ["credit_note", "/v1/credit_notes/x_1", "invoice"],
    ["charge", "/v1/charges/x_1", "charge"],
    ["refund", "/v1/refunds/x_1", "charge"],
    ["dispute", "/v1/disputes/x_1", "charge"],
    ["customer", "/v1/customers/x_1", "customer"],
    ["payment_method", "/v1/payment_methods/x_1", "customer"],
    ["constructor", undefined, "unrouted"],
  ])("%s is at %s, and recorded by the consumer of %s", (kind, path, queue) => {
    expect(objectPath(kind, "x_1")).toBe(path);
    expect(queueOfObject(kind)).toBe(queue);
  });

  it("a missing kind has no consumer", () => {
    expect(queueOfObject(undefined)).toBe("unrouted");
  });
});

describe("given an id", () => {
  it("the path of an event contains it", () => {
    expect(eventPath("evt_1")).toBe("/v1/events/evt_1");
    expect(eventPath(`evt_${"x".repeat(251)}`)).toBeDefined();
  });

  it.each(["", "x/../charges", "x?a=1", "a b", "x".repeat(256), "é", "x_1\n", "upcoming_in_1"])(
    "%j is malformed, and has no path",
    (id) => {
      expect(objectPath("charge", id)).toBeUndefined();
      expect(eventPath(id)).toBeUndefined();
    },
  );
});
