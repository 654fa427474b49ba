import { createHmac, randomUUID } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import * as given from "../../steps/given.ts";
import * as then from "../../steps/then.ts";
import * as when from "../../steps/when.ts";

given.localAws();
const log = given.capturedLog();
let sqs: SQSClient;
beforeAll(async () => {
  process.env.STRIPE_WEBHOOK_SECRET = "whsec_new, whsec_old";
  sqs = new SQSClient({});
});
afterAll(async () => {
  sqs.destroy();
});

const anEvent = (type: string) =>
  JSON.stringify({
    id: `evt_${randomUUID()}`,
    object: "event",
    type,
    created: 1_795_478_400,
    data: { object: { id: "pi_1", note: "5 €" } },
  });

function signed(body: string, secret = "whsec_new"): Record<string, string> {
  const timestamp = Math.floor(Date.now() / 1000);
  const digest = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  return { "Stripe-Signature": `t=${timestamp},v1=${digest}` };
}

const deliver = async (call: given.HttpCall) => {
  const { status, body } = await when.callsForJson(handler, { authorizer: null, ...call });
  return { status, body };
};

const queued = async (variable: string) =>
  (await then.messagesIn(sqs, process.env[variable])).map(({ Body }) => Body);

describe("given an event signed by Stripe", () => {
  it.each([
    ["payment_intent.succeeded", "PAYMENT_INTENT_EVENTS_QUEUE_URL"],
    ["payment_intent.payment_failed", "PAYMENT_INTENT_EVENTS_QUEUE_URL"],
    ["customer.subscription.created", "SUBSCRIPTION_EVENTS_QUEUE_URL"],
    ["customer.subscription.updated", "SUBSCRIPTION_EVENTS_QUEUE_URL"],
    ["customer.subscription.deleted", "SUBSCRIPTION_EVENTS_QUEUE_URL"],
    ["invoice.paid", "INVOICE_EVENTS_QUEUE_URL"],
    ["charge.dispute.created", "CHARGE_EVENTS_QUEUE_URL"],
    ["refund.updated", "CHARGE_EVENTS_QUEUE_URL"],
    ["customer.deleted", "CUSTOMER_EVENTS_QUEUE_URL"],
    ["a.type.of.tomorrow", "UNROUTED_EVENTS_QUEUE_URL"],
  ])("%s is in its queue, byte for byte, before the 200 is sent", async (type, queue) => {
    const body = anEvent(type);
    expect(await deliver({ body, headers: signed(body) })).toEqual({ status: 200, body: { received: true } });
    expect(await queued(queue)).toEqual([body]);
  });

  it("a base64 body and the older secret are accepted too", async () => {
    const body = anEvent("payment_intent.succeeded");
    expect(await deliver({ body, headers: signed(body, "whsec_old"), base64: true })).toMatchObject({
      status: 200,
    });
    expect(await queued("PAYMENT_INTENT_EVENTS_QUEUE_URL")).toEqual([body]);
  });

  it.each([
    ["customer.subscription.trialing", "subscription", "SUBSCRIPTION_EVENTS_QUEUE_URL"],
    ["refund.created", "refund", "CHARGE_EVENTS_QUEUE_URL"],
    ["billing.meter.no_meter_found", "billing.meter", "USAGE_EVENTS_QUEUE_URL"],
    ["billing.alert.triggered", "billing.alert", "UNROUTED_EVENTS_QUEUE_URL"],
  ])("a thin %s is routed by its object, byte for byte", async (type, objectType, queue) => {
    const body = JSON.stringify({
      id: `evt_${randomUUID()}`,
      object: "v2.core.event",
      type: `v1.${type}`,
      created: "2026-11-24T00:00:00.000Z",
      livemode: false,
      related_object: { id: "x_1", type: objectType, url: "/v1/x/x_1" },
    });
    expect(await deliver({ body, headers: signed(body) })).toMatchObject({ status: 200 });
    expect(await queued(queue)).toEqual([body]);
  });

  it.each([
    ["too large for SQS", { padding: "é".repeat(524_288) }],
    ["made of characters that SQS refuses", { padding: "\uFFFF" }],
  ])("an event that is %s is queued as a reference", async (_what, extra) => {
    const event = { ...JSON.parse(anEvent("invoice.paid")), ...extra };
    const body = JSON.stringify(event);
    expect(await deliver({ body, headers: signed(body) })).toMatchObject({ status: 200 });
    const { id, type, created } = event;
    expect((await queued("INVOICE_EVENTS_QUEUE_URL")).map((text) => JSON.parse(text ?? ""))).toEqual([
      { object: "contractspec.event-reference", id, type, created, livemode: false },
    ]);
  });

  it.each([
    ["has no id", "balance.available", { object: "balance" }],
    ["has text for an id", "invoice.paid", { object: "invoice", id: "Ada Lovelace" }],
  ])("an event whose object %s is queued with those that have no consumer", async (_what, type, object) => {
    const body = JSON.stringify({ ...JSON.parse(anEvent(type)), data: { object } });
    expect(await deliver({ body, headers: signed(body) })).toMatchObject({ status: 200 });
    expect(await queued("UNROUTED_EVENTS_QUEUE_URL")).toEqual([body]);
  });

  it.each(["null", "not JSON", "{}"])("a body that is not an event is acknowledged: %s", async (body) => {
    expect(await deliver({ body, headers: signed(body) })).toEqual({ status: 200, body: { received: true } });
  });

  it.each([
    ["an id", { id: "ada@example.com" }],
    ["a type", { type: "of Ada Lovelace" }],
  ])(
    "a body with free text in place of %s is not an event, and nothing of it is logged",
    async (_what, part) => {
      log.clear();
      const body = JSON.stringify({ ...JSON.parse(anEvent("invoice.paid")), ...part });
      expect(await deliver({ body, headers: signed(body) })).toMatchObject({ status: 200 });
      const line = log.text();
      expect(JSON.parse(line)).toMatchObject({ outcome: "ignored" });
      expect(line).not.toMatch(/ada/i);
      expect(await queued("INVOICE_EVENTS_QUEUE_URL")).toEqual([]);
    },
  );

  it("without SQS the response is not a 2xx, so that Stripe sends the event again", async () => {
    const queueUrl = process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL;
    process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = `${queueUrl}-that-is-not-there`;
    const body = anEvent("payment_intent.succeeded");
    expect(await deliver({ body, headers: signed(body) })).toMatchObject({
      status: 503,
      body: { retryable: true },
    });
    process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = queueUrl;
  });
});

describe("given a request that Stripe did not sign", () => {
  it.each<[string, Record<string, string>]>([
    ["no signature", {}],
    ["a forged signature", { "stripe-signature": `t=${Math.floor(Date.now() / 1000)},v1=${"0".repeat(64)}` }],
    ["another secret", signed("{}", "whsec_foreign")],
  ])("%s gets a 400 that looks like any other, and nothing is queued", async (_what, headers) => {
    const answer = await deliver({ body: anEvent("payment_intent.succeeded"), headers });
    expect(answer).toMatchObject({
      status: 400,
      body: { code: "BAD_REQUEST", detail: "The Stripe-Signature header does not match this body" },
    });
    expect(await queued("PAYMENT_INTENT_EVENTS_QUEUE_URL")).toEqual([]);
  });
});
