/** What a payment looks like after each thing that can happen to it: the reading capabilities agree. */
import { describe, expect, it } from "@jest/globals";
import { handler as getPayment } from "../../../generated/handlers/stripe-get-payment-intent.ts";
import { handler as listPayments } from "../../../generated/handlers/stripe-list-payments.ts";
import * as given from "../../steps/given.ts";
import { callOf, keyOf, stripeOfTheFile } from "../../steps/stripe-capability.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();
const get = callOf(getPayment, "stripe-get-payment-intent");
const list = callOf(listPayments, "stripe-list-payments");

const aCustomer = async () => (await stripe.api.customers.create({ email: "ada@example.com" })).id;
const aPayment = async (customer: string, fields: object = {}) =>
  (await stripe.api.paymentIntents.create({ amount: 4200, currency: "usd", customer, ...fields })).id;

async function aPrice() {
  const { id: product } = await stripe.api.products.create({ name: "Plan" });
  const recurring = { interval: "month" } as const;
  return (await stripe.api.prices.create({ product, currency: "usd", unit_amount: 1000, recurring })).id;
}

/** Its first invoice waits for the payment. */
async function aSubscription(customer: string) {
  const subscription = await stripe.api.subscriptions.create({
    customer,
    items: [{ price: await aPrice() }],
    payment_behavior: "default_incomplete",
    expand: ["latest_invoice.payments"],
  });
  const invoice = subscription.latest_invoice;
  if (invoice === null || typeof invoice === "string") throw new Error("It has no invoice");
  const intent = invoice.payments?.data[0]?.payment.payment_intent;
  return { subscriptionId: subscription.id, invoiceId: invoice.id, paymentIntentId: String(intent) };
}

describe("given payments of a customer in different states", () => {
  it("each shows what was received and refunded, why it was declined, and what it belongs to; the list shows the same", async () => {
    const customer = await aCustomer();
    const declined = await aPayment(customer);
    await stripe.pay(declined, "pm_card_visa_chargeDeclinedInsufficientFunds");
    const refunded = await aPayment(customer);
    await stripe.pay(refunded);
    await stripe.api.refunds.create({ payment_intent: refunded, amount: 1200 });
    const reserved = await aPayment(customer, { capture_method: "manual" });
    await stripe.pay(reserved);
    const first = await aSubscription(customer);
    await stripe.pay(first.paymentIntentId);
    await aPayment(await aCustomer());

    const expected = [
      {
        ...first,
        status: "succeeded",
        amount: 1000,
        amountReceived: 1000,
        amountRefunded: 0,
        customerId: customer,
      },
      { paymentIntentId: reserved, status: "requires_capture", amountReceived: 0, amountRefunded: 0 },
      { paymentIntentId: refunded, status: "succeeded", amountReceived: 4200, amountRefunded: 1200 },
      {
        paymentIntentId: declined,
        status: "requires_payment_method",
        amountReceived: 0,
        amountRefunded: 0,
        declineCode: "insufficient_funds",
      },
    ];
    const listed = await list({ customerId: customer });
    expect(listed).toMatchObject({ status: 200, body: { items: expected } });
    expect(listed.body).not.toHaveProperty("next");
    for (const item of listed.body.items)
      expect((await get({ paymentIntentId: item.paymentIntentId })).body).toEqual(item);
    expect(listed.body.items[1]).not.toHaveProperty("invoiceId");
  });

  it("pages of any size show each payment once", async () => {
    const customer = await aCustomer();
    const made: string[] = [];
    for (let n = 0; n < 7; n++) made.unshift(await aPayment(customer));
    for (const limit of [1, 3, 7, 100]) {
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const { status, body } = await list({ customerId: customer, limit, ...(after ? { after } : {}) });
        expect(status).toBe(200);
        expect(body.items.length).toBeLessThanOrEqual(limit);
        seen.push(...body.items.map(({ paymentIntentId }: { paymentIntentId: string }) => paymentIntentId));
        after = body.next;
      } while (after !== undefined);
      expect(seen).toEqual(made);
    }
  });

  it("a customer with more invoices than one page of Stripe's still has all payments named", async () => {
    const customer = await aCustomer();
    const oldest = await aSubscription(customer);
    for (let n = 0; n < 100; n++) await stripe.api.invoices.create({ customer, currency: "usd" });
    const { body } = await list({ customerId: customer });
    expect(body.items).toMatchObject([oldest]);
  });

  it("a customer without payments has an empty list", async () => {
    expect((await list({ customerId: await aCustomer() })).body).toEqual({ items: [] });
  });
});

describe("given a principal that acts for one customer", () => {
  it("it lists that customer's payments only", async () => {
    const [own, other] = [await aCustomer(), await aCustomer()];
    const authorizer = keyOf("checkout", own);
    expect(await list({ customerId: own }, { authorizer })).toMatchObject({ status: 200 });
    expect(await list({ customerId: other }, { authorizer })).toMatchObject({ status: 403 });
    const othersPayment = await aPayment(other);
    const { body } = await list({ customerId: own, after: othersPayment }, { authorizer });
    expect(JSON.stringify(body)).not.toContain(other);
  });
});

describe("given a list that cannot be read", () => {
  it.each<[string, object, string]>([
    ["no customer", {}, "customerId"],
    ["an empty customer id", { customerId: "" }, "customerId"],
    ["no item at all", { limit: 0 }, "limit"],
    ["more than a hundred items", { limit: 101 }, "limit"],
    ["half an item", { limit: 1.5 }, "limit"],
    ["a place that is no payment", { after: "ch_1" }, "after"],
    ["a place that does not exist", { after: "pi_none" }, "after"],
  ])("%s is refused at its field", async (_what, fields, path) => {
    const customerId = fields !== undefined && "limit" in fields ? "cus_1" : await aCustomer();
    const body = Object.keys(fields).length === 0 ? {} : { customerId, ...fields };
    const response = await list(body);
    expect([response.status, response.body.issues[0].path]).toEqual([422, path]);
  });
});
