import { afterEach, describe, expect, it } from "@jest/globals";
import { consumerOf } from "../../steps/consuming.ts";
import * as given from "../../steps/given.ts";
import { stripeShop } from "../../steps/given-a-subscriber.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { subscribedApplication } from "../../steps/subscribed-application.ts";
import { deliver } from "../../steps/subscription-events.ts";

const log = given.capturedLog();
const shop = stripeShop();
const told = subscribedApplication(shop.aws);
afterEach(() => {
  delete process.env.DUPLICATE_SUBSCRIPTIONS;
});

/** What the application has been told of this duplicate. */
async function toldOfDuplicate(subscription: string) {
  return (await told()).filter(
    ({ type, id }) => type === "subscription.duplicated" && id === `evt_duplicate_${subscription}`,
  );
}

/** Delivers the latest event of this type about the object. Returns the ids of the records that failed. */
async function consume(
  objectId: string,
  type = "customer.subscription.created",
  queue: "subscription" | "invoice" = "subscription",
) {
  const { data } = await shop.stripe.events.list({ limit: 100 });
  const event = data.find(
    (event) => event.type === type && "id" in event.data.object && event.data.object.id === objectId,
  );
  const handler = await consumerOf(queue);
  const record = sqsRecord(queue, JSON.stringify(event));
  return (await handler({ Records: [record] }, given.lambdaContext(20_000))).batchItemFailures;
}

/** A customer with a paid subscription, and a second one to the same product, made in Stripe's dashboard. */
async function twice(second: object = {}) {
  const customer = await shop.customer("pm_card_visa");
  const price = await shop.price();
  const first = await shop.subscription({ customer, price });
  // Of one second, their ids would decide which is the newer one.
  await shop.control("POST", "clock", { advance: 1 });
  const { id, latest_invoice } = await shop.subscription({
    ...{ customer, price, metadata: { orderId: "2" } },
    ...second,
  });
  return { first: first.id, second: id, invoice: String(latest_invoice) };
}

async function refundsOf(invoice: string) {
  const { data } = await shop.stripe.invoicePayments.list({ invoice });
  const payment_intent = String(data[0]?.payment.payment_intent);
  return (await shop.stripe.refunds.list({ payment_intent })).data;
}

describe("given a second subscription to a product that was made in the dashboard", () => {
  it("report: the application is told of it once, whichever events come, and nothing is changed", async () => {
    const { first, second, invoice } = await twice();
    for (const id of [first, second, second, first]) expect(await consume(id)).toEqual([]);
    expect(await toldOfDuplicate(second)).toEqual([
      expect.objectContaining({
        id: `evt_duplicate_${second}`,
        application: { orderId: "2" },
        object: expect.objectContaining({
          type: "subscription",
          id: second,
          status: "active",
          duplicateOf: first,
        }),
      }),
    ]);
    expect(await shop.stripe.subscriptions.retrieve(second)).toMatchObject({ status: "active" });
    expect(await refundsOf(invoice)).toEqual([]);
  });

  it("cancel: it ends, its first invoice is refunded once, and the application is told both", async () => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { first, second, invoice } = await twice();
    for (const id of [second, first, second]) expect(await consume(id)).toEqual([]);
    expect(await consume(second, "customer.subscription.deleted")).toEqual([]);
    expect(await shop.stripe.subscriptions.retrieve(first)).toMatchObject({ status: "active" });
    expect(await shop.stripe.subscriptions.retrieve(second)).toMatchObject({
      status: "canceled",
      cancellation_details: { comment: `Duplicate of ${first}` },
    });
    const refunds = await refundsOf(invoice);
    expect(refunds).toMatchObject([{ amount: 2000, reason: "duplicate" }]);
    expect(await toldOfDuplicate(second)).toMatchObject([
      {
        object: {
          id: second,
          status: "canceled",
          duplicateOf: first,
          refundId: refunds[0]?.id,
          amountRefunded: 2000,
        },
      },
    ]);
  });

  it.each<[string, string, string]>([
    ["the cancellation", "DELETE", "/v1/subscriptions/*"],
    ["the refund", "POST", "/v1/refunds"],
  ])(
    "cancel: if the response to %s is lost, another delivery, or the event of the end, completes it",
    async (_what, method, path) => {
      process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
      for (const type of ["customer.subscription.created", "customer.subscription.deleted"]) {
        const { second, invoice } = await twice();
        await shop.control("POST", "faults", {
          kind: "reset_after_commit",
          times: 2,
          match: { method, path },
        });
        expect(await consume(second)).toHaveLength(1);
        await consume(second, "customer.subscription.deleted");
        expect(await consume(second, type)).toEqual([]);
        expect(await refundsOf(invoice)).toHaveLength(1);
        expect(await toldOfDuplicate(second)).toHaveLength(1);
      }
    },
  );

  it("cancel: a payment that Stripe does not refund is in the log, and the application is told", async () => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { second, invoice } = await twice();
    const { data } = await shop.stripe.invoicePayments.list({ invoice });
    await shop.stripe.refunds.create({ payment_intent: String(data[0]?.payment.payment_intent) });
    expect(await consume(second)).toEqual([]);
    expect(log.lines().map(({ event }) => event)).toContain("duplicate.not-refunded");
    const told = await toldOfDuplicate(second);
    expect(told).toHaveLength(1);
    expect(told[0]?.object).not.toHaveProperty("refundId");
  });

  it("one that a caller allowed as a second is neither reported nor canceled", async () => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { first, second } = await twice({ metadata: { contractspec_second: "allowed" } });
    for (const id of [first, second]) await consume(id);
    expect(await shop.stripe.subscriptions.retrieve(second)).toMatchObject({ status: "active" });
    expect(await toldOfDuplicate(second)).toEqual([]);
  });
});

describe("given a duplicate whose first payment the bank is still processing when it is canceled", () => {
  /** Both are to be paid by direct debit. The first one has been. */
  async function twiceByDebit() {
    const customer = await shop.customer();
    const { id: debit } = await shop.stripe.paymentMethods.attach("pm_success_de", { customer });
    await shop.stripe.customers.update(customer, { invoice_settings: { default_payment_method: debit } });
    const price = await shop.price({ currency: "eur" });
    const first = await shop.subscription({ customer, price });
    await shop.control("POST", "clock", { advance: 120 });
    const second = await shop.subscription({ customer, price });
    const invoice = String(second.latest_invoice);
    const { data } = await shop.stripe.invoicePayments.list({ invoice });
    return { first: first.id, second: second.id, invoice, payment: data[0]?.payment.payment_intent };
  }

  it.each([
    ["the end is known before the payment succeeds", ["deleted", "settle", "paid", "paid", "deleted"]],
    ["the event of the payment comes before that of the end", ["settle", "paid", "deleted", "paid"]],
  ])("%s: it is refunded once, when it is paid", async (_, steps) => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { first, second, invoice, payment } = await twiceByDebit();
    expect(await consume(second)).toEqual([]);
    expect(await shop.stripe.subscriptions.retrieve(second)).toMatchObject({
      status: "canceled",
      cancellation_details: { comment: `Duplicate of ${first}` },
    });
    for (const step of steps) {
      if (step === "deleted") expect(await consume(second, "customer.subscription.deleted")).toEqual([]);
      if (step === "paid") expect(await consume(invoice, "invoice.paid", "invoice")).toEqual([]);
      if (step === "settle") {
        expect(await refundsOf(invoice)).toEqual([]);
        await shop.control("POST", "settle", { paymentIntent: payment, outcome: "paid" });
      }
    }
    expect(await refundsOf(invoice)).toMatchObject([{ amount: 2000, reason: "duplicate" }]);
    expect(await toldOfDuplicate(second)).toHaveLength(1);
  });

  it("the first payment of a subscription that was canceled for another reason is kept", async () => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { second, invoice, payment } = await twiceByDebit();
    await shop.stripe.subscriptions.cancel(second);
    await shop.control("POST", "settle", { paymentIntent: payment, outcome: "paid" });
    await consume(second, "customer.subscription.deleted");
    expect(await consume(invoice, "invoice.paid", "invoice")).toEqual([]);
    expect(await refundsOf(invoice)).toEqual([]);
  });
});

describe("given DUPLICATE_SUBSCRIPTIONS=cancel on an account with duplicates of long ago", () => {
  it("one that is older than a week is only reported", async () => {
    process.env.DUPLICATE_SUBSCRIPTIONS = "cancel";
    const { second } = await twice();
    const { data } = await shop.stripe.events.list({ limit: 100 });
    const event = data.find(({ type }) => type === "customer.subscription.created");
    await deliver(event ?? { type: "none" }, 8 * 86_400_000);
    expect(await shop.stripe.subscriptions.retrieve(second)).toMatchObject({ status: "active" });
    expect(await toldOfDuplicate(second)).toHaveLength(1);
  });
});
