import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { lineOf } from "../../lib/audit/call-line.ts";
import type { RecordedCall } from "../../lib/audit/recorded-call.ts";
import { subjectsOfMessage } from "../../lib/events/event-subjects.ts";
import { subjectsAmong } from "../../lib/subject-ids.ts";

const RUN = `run-${"0a".repeat(16)}`;

describe("given ids of Stripe's objects and of runs", () => {
  it("each is in the field of its kind", () => {
    expect(subjectsAmong("cus_1", "pi_2", "sub_3", "in_4", RUN)).toEqual({
      customerId: "cus_1",
      paymentId: "pi_2",
      subscriptionId: "sub_3",
      invoiceId: "in_4",
      runId: RUN,
    });
  });

  it("several of one kind are left out, and a repeated one is not", () => {
    expect(subjectsAmong("cus_1", "pi_1", "pi_2")).toEqual({ customerId: "cus_1" });
    expect(subjectsAmong("pi_1", "pi_1")).toEqual({ paymentId: "pi_1" });
  });

  it.each([
    "sub_sched_1",
    "pi_1_secret_2 with text",
    "ch_1",
    "run-1",
    "cus_1\ncus_2",
    "ada@example.com",
    "xpi_1",
  ])("%j is none of them", (text) => {
    expect(subjectsAmong(text)).toEqual({});
  });

  it("no text with a space or a sign gets into a line", () => {
    fc.assert(
      fc.property(fc.string(), fc.constantFrom("cus_", "pi_", "sub_", "in_", "run-", ""), (text, prefix) => {
        for (const id of Object.values(subjectsAmong(prefix + text))) expect(id).toMatch(/^[\w-]+$/);
      }),
    );
  });
});

describe("given a call", () => {
  const line = (call: Partial<RecordedCall>, facts: object = {}) =>
    lineOf(
      {
        eventType: "capability.invoked",
        resource: { type: "capability", id: "stripe-create-payment-intent" },
        action: "invoke",
        principal: { id: "shop", roles: [] },
        requestId: "r",
        deadline: 0,
        now: () => new Date(0),
        ...call,
      },
      1,
      { objects: [], ...facts },
      undefined,
    );

  it("its line names what its inputs name, then what came of it", () => {
    expect(
      line(
        { action: "step" },
        {
          objects: [RUN],
          inputs: { customerId: "cus_1", items: ["price_1"] },
          outputs: { paymentIntentId: "pi_1", customerId: "cus_2" },
        },
      ),
    ).toMatchObject({ runId: RUN, customerId: "cus_1", paymentId: "pi_1" });
  });

  it("of a caller who acts for one customer, it names the customer", () => {
    const principal = { id: "ada", roles: [], customerId: "cus_9" };
    expect(line({ principal })).toMatchObject({ customerId: "cus_9" });
  });

  it("of a reader of the audit log, it names nobody: reading about a customer does not concern the customer", () => {
    expect(
      line(
        { eventType: "audit.read", resource: { type: "audit", id: "audit" } },
        { inputs: { object: "cus_1" } },
      ),
    ).not.toHaveProperty("customerId");
  });
});

describe("given an event of Stripe", () => {
  const ofSample = (name: string) => subjectsOfMessage(readFileSync(`events/stripe/${name}.json`, "utf8"));

  it.each([
    ["payment_intent.payment_failed", ["customerId", "paymentId"]],
    ["invoice.paid", ["customerId", "invoiceId", "subscriptionId"]],
    ["customer.subscription.updated", ["customerId", "subscriptionId"]],
    ["customer.updated", ["customerId"]],
    ["charge.refunded", ["customerId", "paymentId"]],
    ["refund.created", ["customerId", "paymentId"]],
    ["payment_method.attached", ["customerId"]],
    ["v1.customer.deleted", ["customerId"]],
  ])("of %s, its lines name %j", (name, fields) => {
    expect(Object.keys(ofSample(name)).sort()).toEqual(["eventId", ...fields].sort());
  });

  it("of a message that is no event, they name nothing", () => {
    for (const body of ["", "{}", '{"id":1}', "[1]", '{"id":"evt_1","type":"x.y","created":1}'])
      expect(Object.keys(subjectsOfMessage(body)).filter((field) => field !== "eventId")).toEqual([]);
  });
});
