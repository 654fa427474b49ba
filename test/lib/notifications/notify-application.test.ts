/**
 * Notifications as a subscriber gets them: events of the Stripe emulator through a consumer, SNS and a queue.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { SetSubscriptionAttributesCommand, SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { queueOf } from "../../../lib/events/event-queues.ts";
import type { Notification } from "../../../lib/notifications/notification.ts";
import { notifyApplication } from "../../../lib/notifications/notify-application.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import { timeLeft } from "../../steps/time-left.ts";

const aws = given.localAws();
let stripe: StripeEmulator;
let sqs: SQSClient;
let queueUrl: string;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  process.env.STRIPE_API_BASE = stripe.url;
  process.env.STRIPE_SECRET_KEY = "sk_test_local";
  sqs = new SQSClient({});
  await sqs.send(new CreateQueueCommand({ QueueName: "application" }));
  queueUrl = `${aws.endpoints.sqs}/000000000000/application`;
  const sns = new SNSClient({});
  const { SubscriptionArn } = await sns.send(
    new SubscribeCommand({
      TopicArn: process.env.NOTIFICATIONS_TOPIC_ARN,
      Protocol: "sqs",
      Endpoint: "arn:aws:sqs:us-east-1:000000000000:application",
      ReturnSubscriptionArn: true,
    }),
  );
  await sns.send(
    new SetSubscriptionAttributesCommand({
      SubscriptionArn,
      AttributeName: "RawMessageDelivery",
      AttributeValue: "true",
    }),
  );
  sns.destroy();
});
afterAll(async () => {
  sqs.destroy();
  await stripe.close();
});

const ajv = new Ajv2020({ strict: false });
addFormats.default(ajv);
const isNotification = ajv.compile(JSON.parse(readFileSync("docs/notification.schema.json", "utf8")));

/** Every message in the application's queue, checked against the schema. */
async function told(): Promise<Notification[]> {
  const notifications: Notification[] = [];
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl: queueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ["All"],
      }),
    );
    if (Messages.length === 0) return notifications;
    for (const { Body = "", ReceiptHandle, MessageAttributes } of Messages) {
      const notification = JSON.parse(Body);
      expect({ valid: isNotification(notification), errors: isNotification.errors }).toMatchObject({
        valid: true,
      });
      expect(MessageAttributes?.type?.StringValue).toBe(notification.type);
      notifications.push(notification);
      await sqs.send(new DeleteMessageCommand({ QueueUrl: queueUrl, ReceiptHandle }));
    }
  }
}

/** Hands events to their consumers, as SQS would. */
async function consume(events: readonly { readonly id: string; readonly type: string }[]): Promise<void> {
  for (const event of events) {
    const topic = queueOf(event.type);
    if (topic === "unrouted" || topic === "usage") continue;
    await eventConsumer(topic, [notifyApplication])({
      messageId: randomUUID(),
      body: JSON.stringify(event),
      receiveCount: 1,
      ...timeLeft(10_000),
    });
  }
}

const types = (notifications: readonly Notification[]) => notifications.map(({ type }) => type).sort();

describe("given events at Stripe", () => {
  it("the notifications of a payment, its refund and its dispute contain the order's id", async () => {
    const { api, pay, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const order = { amount: "4200", currency: "usd", "metadata[orderId]": "1042" };
    const disputed = await api("payment_intents", order);
    await pay(disputed.id, "4000000000000259");
    const intent = await api("payment_intents", order);
    await pay(intent.id, "4000000000000002").catch(() => undefined);
    const before = await lastEvent();
    await consume(await eventsSince(0));
    await pay(intent.id, "4242424242424242");
    await api("refunds", { payment_intent: intent.id, amount: "200", "metadata[why]": "late" });
    await consume(await eventsSince(before));
    const notifications = await told();
    expect(types(notifications)).toEqual([
      ...["dispute.opened", "payment.failed", "payment.succeeded", "payment.succeeded"],
      ...["refund.created", "refund.succeeded"],
    ]);
    for (const { application } of notifications) expect(application).toMatchObject({ orderId: "1042" });
    expect(notifications.find(({ type }) => type === "refund.created")).toMatchObject({
      object: { type: "refund", amount: 200, currency: "usd", paymentIntentId: intent.id },
      application: { orderId: "1042", why: "late" },
    });
    expect(notifications.find(({ type }) => type === "refund.succeeded")).toMatchObject({
      id: expect.stringMatching(/^evt_succeeded_re_/),
      object: { type: "refund", status: "succeeded", amount: 200, paymentIntentId: intent.id },
      application: { orderId: "1042", why: "late" },
    });
    expect(notifications.find(({ type }) => type === "payment.failed")).toMatchObject({
      object: { declineCode: "generic_decline" },
    });
  });

  it("the notification of an invoice has the ids of its subscription, even if the subscription's own event arrives later", async () => {
    const { api, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const before = await lastEvent();
    const product = await api("products", { name: "Plan" });
    const price = await api("prices", {
      product: product.id,
      currency: "usd",
      unit_amount: "900",
      "recurring[interval]": "month",
    });
    const customer = await api("customers", { email: "ada@example.com", payment_method: "pm_card_visa" });
    await api("subscriptions", {
      customer: customer.id,
      "items[0][price]": price.id,
      "metadata[accountId]": "7",
      default_payment_method: await cardOf(customer.id, api),
    });
    const events = await eventsSince(before);
    const invoicesFirst = events.toSorted(
      (a, b) => Number(b.type.startsWith("invoice")) - Number(a.type.startsWith("invoice")),
    );
    await consume(invoicesFirst);
    const notifications = await told();
    expect(types(notifications)).toEqual(expect.arrayContaining(["invoice.paid", "subscription.activated"]));
    expect(notifications.find(({ type }) => type === "invoice.paid")).toMatchObject({
      application: { accountId: "7" },
      object: { amount: 900, subscriptionId: expect.stringMatching(/^sub_/) },
    });
  });

  it("thin events without snapshots report an activation once, also when a consumer dies before it can publish", async () => {
    const { api, pay } = emulatorClient(stripe.url);
    const product = { "product_data[name]": "Plan", "recurring[interval]": "month" };
    const price = await api("prices", { currency: "usd", unit_amount: "900", ...product });
    const customer = await api("customers", { email: "eve@example.com" });
    const subscription = await api("subscriptions", {
      customer: customer.id,
      "items[0][price]": price.id,
      payment_behavior: "default_incomplete",
    });
    const thinEvent = (type: string, seconds: number) => ({
      id: `evt_test_61${randomUUID().replaceAll("-", "")}`,
      object: "v2.core.event",
      type: `v1.customer.subscription.${type}`,
      created: new Date(1_795_478_400_000 + seconds * 1000).toISOString(),
      livemode: false,
      related_object: { id: subscription.id, type: "subscription" },
    });
    const deliver = (event: object) =>
      eventConsumer("subscription", [notifyApplication])({
        messageId: randomUUID(),
        body: JSON.stringify(event),
        receiveCount: 1,
        ...timeLeft(10_000),
      });
    await deliver(thinEvent("created", 0));
    expect(await told()).toEqual([]);
    const invoices = await fetch(`${stripe.url}/v1/invoice_payments?invoice=${subscription.latest_invoice}`, {
      headers: { authorization: "Bearer sk_test_local" },
    });
    await pay(JSON.parse(await invoices.text()).data[0].payment.payment_intent, "4242424242424242");

    const updated = thinEvent("updated", 5);
    const topic = process.env.NOTIFICATIONS_TOPIC_ARN;
    process.env.NOTIFICATIONS_TOPIC_ARN = `${topic}-that-is-not-there`;
    await expect(deliver(updated)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    process.env.NOTIFICATIONS_TOPIC_ARN = topic;
    await deliver(updated);
    await deliver(thinEvent("updated", 10));
    expect(await told()).toMatchObject([{ id: updated.id, type: "subscription.activated" }]);
  });

  it("the payment, the refund and the dispute of a subscription have its ids, and the nearest value wins", async () => {
    const { api, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const before = await lastEvent();
    const product = { "product_data[name]": "Plan", "recurring[interval]": "month" };
    const price = await api("prices", { currency: "usd", unit_amount: "900", ...product });
    const own = { "metadata[userId]": "u-1", "metadata[from]": "customer" };
    const customer = await api("customers", { email: "kim@example.com", ...own });
    for (const card of ["pm_card_createDispute", "pm_card_visa"]) {
      const method = await api(`payment_methods/${card}/attach`, { customer: customer.id });
      const subscription = await api("subscriptions", {
        customer: customer.id,
        "items[0][price]": price.id,
        default_payment_method: method.id,
        ...{ "metadata[accountId]": "7", "metadata[from]": "subscription" },
      });
      await api(`invoices/${subscription.latest_invoice}`, { "metadata[from]": "invoice" });
    }
    const intentId = (await eventsSince(before))
      .map(({ data }) => Object(Object(data).object))
      .findLast(({ object }) => object === "payment_intent").id;
    await api("refunds", { payment_intent: intentId, amount: "100", "metadata[from]": "refund" });
    const all = await eventsSince(before);

    // In this order, nothing that a notification needs is recorded yet.
    const first = ["refund", "charge", "payment_intent", "invoice", "customer"];
    const rank = (type: string) => first.indexOf(type.split(".")[0] ?? "");
    await consume(all.toSorted((a, b) => rank(a.type) - rank(b.type)));
    const notifications = await told();
    const ids = (type: string) => notifications.find((told) => told.type === type)?.application;
    expect(ids("payment.succeeded")).toEqual({ accountId: "7", userId: "u-1", from: "invoice" });
    expect(ids("dispute.opened")).toEqual({ accountId: "7", userId: "u-1", from: "invoice" });
    expect(ids("refund.created")).toEqual({ accountId: "7", userId: "u-1", from: "refund" });
    expect(ids("subscription.activated")).toEqual({ accountId: "7", userId: "u-1", from: "subscription" });
  });

  it("a page of Checkout reports its completion, then its payment by a bank, and its end if nobody pays", async () => {
    const { api, control, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const before = await lastEvent();
    const { id: customer } = await api("customers", { "metadata[userId]": "u1" });
    const session = (bank: string) =>
      api("checkout/sessions", {
        mode: "payment",
        customer,
        "line_items[0][price_data][currency]": "mxn",
        "line_items[0][price_data][unit_amount]": "4200",
        "line_items[0][price_data][product_data][name]": "Book",
        "line_items[0][quantity]": "1",
        "metadata[orderId]": bank,
        success_url: "https://shop.example.com/thanks",
      });
    const settled = async (bank: string, outcome: string) => {
      const { id } = await session(bank);
      const { payment_intent: paymentIntent } = await control("POST", "checkout", {
        session: id,
        method: "oxxo",
      });
      // The response is the 402 of the payment if it has not succeeded.
      await control("POST", "settle", { paymentIntent, outcome }).catch(() => undefined);
      return { id, paymentIntent };
    };
    const paid = await settled("paid", "paid");
    await settled("unpaid", "expired");
    const left = await session("left");
    await api(`checkout/sessions/${left.id}/expire`, {});
    const events = await eventsSince(before);
    await consume(events.filter(({ type }) => type.startsWith("checkout.session.")));
    const notifications = await told();
    expect(types(notifications)).toEqual([
      ...["checkout.completed", "checkout.completed", "checkout.expired"],
      ...["checkout.payment_failed", "checkout.payment_succeeded"],
    ]);
    const by = (type: string) => notifications.filter((one) => one.type === type);
    expect(by("checkout.payment_succeeded")).toMatchObject([
      {
        object: {
          type: "checkout.session",
          id: paid.id,
          status: "complete",
          paymentStatus: "paid",
          mode: "payment",
          amount: 4200,
          currency: "mxn",
          customerId: customer,
          paymentIntentId: paid.paymentIntent,
        },
        application: { orderId: "paid", userId: "u1" },
      },
    ]);
    expect(by("checkout.payment_failed")).toMatchObject([
      { object: { paymentStatus: "unpaid" }, application: { orderId: "unpaid" } },
    ]);
    expect(by("checkout.expired")).toMatchObject([
      { object: { id: left.id, status: "expired" }, application: { orderId: "left" } },
    ]);
  });

  it("an event that is delivered again sends no second notification", async () => {
    const { api, pay, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const before = await lastEvent();
    const intent = await api("payment_intents", { amount: "100", currency: "usd" });
    await pay(intent.id, "4242424242424242");
    const events = await eventsSince(before);
    await consume([...events, ...events.toReversed()]);
    expect(types(await told())).toEqual(["payment.succeeded"]);
  });

  it("if SNS fails, the event is not done, and the notification is sent when the event is delivered again", async () => {
    const { api, pay, eventsSince, lastEvent } = emulatorClient(stripe.url);
    const before = await lastEvent();
    const intent = await api("payment_intents", { amount: "100", currency: "usd" });
    await pay(intent.id, "4242424242424242");
    const events = await eventsSince(before);
    const topic = process.env.NOTIFICATIONS_TOPIC_ARN;
    process.env.NOTIFICATIONS_TOPIC_ARN = `${topic}-that-is-not-there`;
    await expect(consume(events.filter(({ type }) => type.endsWith("succeeded")))).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    process.env.NOTIFICATIONS_TOPIC_ARN = topic;
    expect(await told()).toEqual([]);
    await consume(events);
    expect(types(await told())).toEqual(["payment.succeeded"]);
  });
});

async function cardOf(customer: string, api: ReturnType<typeof emulatorClient>["api"]): Promise<string> {
  const method = await api("payment_methods/pm_card_visa/attach", { customer });
  return method.id;
}
