/** Failed payments of invoices: Stripe sends two events for one attempt. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import { CARD, daysFromNow, openShop, type Shop } from "./shop.ts";

let shop: Shop;
beforeAll(async () => {
  shop = await openShop();
});
afterEach(async () => {
  // Ends the mails about the payments that a test has left.
  await shop.followUp(daysFromNow(50));
  await shop.mailbox.clear();
});
afterAll(() => shop.close());

/** A subscription of $9 a month; payment of its first invoice is attempted immediately if it has a card. */
async function subscription(
  card?: "pm_card_chargeCustomerFail",
  customerFields: Readonly<Record<string, string>> = {},
) {
  const { api } = shop.emulator;
  const product = await api("products", { name: "Plan" });
  const price = await api("prices", {
    product: product.id,
    currency: "usd",
    unit_amount: "900",
    "recurring[interval]": "month",
  });
  const customer = await api("customers", { email: "ada@example.com", ...customerFields });
  const method =
    card === undefined ? undefined : await api(`payment_methods/${card}/attach`, { customer: customer.id });
  const made = await api("subscriptions", {
    customer: customer.id,
    "items[0][price]": price.id,
    ...(method === undefined
      ? { payment_behavior: "default_incomplete" }
      : { payment_behavior: "allow_incomplete", default_payment_method: method.id }),
  });
  return { customerId: customer.id, invoiceId: String(made.latest_invoice) };
}

/** The event that Stripe sends for an invoice whose payment was never attempted; the emulator does not send it. */
async function failureOf(invoiceId: string): Promise<object> {
  const answer = await fetch(`${shop.stripeUrl}/v1/invoices/${invoiceId}`, {
    headers: { authorization: "Bearer sk_test_local" },
  });
  return {
    id: `evt_${invoiceId}`,
    object: "event",
    api_version: STRIPE_API_VERSION,
    type: "invoice.payment_failed",
    // Not the machine's time, which can be a second later: mails are due by the time of the last event at Stripe.
    created: Math.max(...(await shop.emulator.eventsSince(0)).map(({ created }) => created)),
    livemode: false,
    data: { object: { ...JSON.parse(await answer.text()), attempt_count: 1 } },
  };
}

const objectIdOf = (event: unknown): string => String(fieldOf(event, "data", "object", "id"));

describe("given an invoice that cannot be collected", () => {
  it("one mail is sent for the attempt, with the invoice's page, in any order of its two events", async () => {
    for (const reversed of [false, true]) {
      await shop.mailbox.clear();
      const { invoiceId, customerId } = await subscription("pm_card_chargeCustomerFail");
      const events = await shop.events();
      expect(events.map(({ type }) => type)).toEqual(
        expect.arrayContaining(["payment_intent.payment_failed", "invoice.payment_failed"]),
      );
      for (const event of reversed ? events.reverse() : events) expect(await shop.deliver(event)).toBe(true);
      await shop.mailFailures();
      const [mail, ...others] = await shop.payerMails();
      expect(others).toEqual([]);
      expect(mail?.subject).toBe("Your payment of $9.00 did not go through");
      expect(mail?.body.text).toContain(`${shop.stripeUrl}/_emulator/invoices/${invoiceId}`);
      expect(mail?.body.text).not.toContain("/pay/pi_");
      expect(await shop.failedPayment(invoiceId)).toMatchObject({
        status: "open",
        attempts: 1,
        lastDeclineCode: "generic_decline",
        customerId,
      });
    }
  });

  it("the mail is in the language that the customer prefers", async () => {
    await subscription("pm_card_chargeCustomerFail", { "preferred_locales[0]": "fr" });
    await shop.deliverAll();
    await shop.mailFailures();
    const [mail] = await shop.payerMails();
    expect(mail?.subject).toBe("Votre paiement de 9,00 $US n’a pas abouti");
  });

  it("it is recovered once it is paid, and canceled once it is void", async () => {
    const { invoiceId } = await subscription("pm_card_chargeCustomerFail");
    await shop.deliverAll();
    await shop.emulator.api(`invoices/${invoiceId}/pay`, { payment_method: "pm_card_visa" });
    await shop.deliverAll();
    expect(await shop.failedPayment(invoiceId)).toMatchObject({ status: "recovered" });
    const { invoiceId: other } = await subscription("pm_card_chargeCustomerFail");
    await shop.deliverAll();
    await shop.emulator.api(`invoices/${other}/void`, {});
    await shop.deliverAll();
    expect(await shop.failedPayment(other)).toMatchObject({ status: "canceled" });
  });

  it("it is canceled once it is uncollectible, and recovered if it is paid nevertheless", async () => {
    const { invoiceId } = await subscription("pm_card_chargeCustomerFail");
    await shop.deliverAll();
    await shop.emulator.api(`invoices/${invoiceId}/mark_uncollectible`, {});
    await shop.deliverAll();
    expect(await shop.failedPayment(invoiceId)).toMatchObject({ status: "canceled" });
    await shop.emulator.api(`invoices/${invoiceId}/pay`, { payment_method: "pm_card_visa" });
    await shop.deliverAll();
    expect(await shop.failedPayment(invoiceId)).toMatchObject({ status: "recovered" });
  });

  it("the payer is asked for a card if the customer has none", async () => {
    const { invoiceId } = await subscription();
    expect(await shop.deliver(await failureOf(invoiceId))).toBe(true);
    await shop.mailFailures();
    expect((await shop.payerMails()).map(({ body }) => body.text)).toEqual([
      expect.stringContaining("There is no saved card for this payment"),
    ]);
    expect(await shop.failedPayment(invoiceId)).toMatchObject({
      attempts: 1,
      attemptKeys: [`${invoiceId}:1`],
      lastDeclineCode: "no_payment_method",
    });
  });

  it("nobody is asked to pay an invoice again that waits for a voucher or a transfer", async () => {
    for (const method of ["oxxo", "customer_balance"]) {
      const { invoiceId } = await subscription();
      const intent = (await shop.events()).findLast(({ type }) => type === "payment_intent.created");
      const paymentIntent = objectIdOf(intent);
      await shop.pay(paymentIntent, CARD.expired);
      await shop.deliverAll();
      await shop.emulator.control("POST", "wait", { paymentIntent, method });
      expect(await shop.deliver(await failureOf(invoiceId))).toBe(true);
      await shop.mailFailures();
      await shop.followUp(daysFromNow(1.1));
      expect(await shop.failedPayment(invoiceId)).toMatchObject({ status: "open", attempts: 1, mails: {} });
    }
    expect(await shop.payerMails()).toEqual([]);
  });

  it("the payer is asked to confirm on the invoice's page if the bank waits for that", async () => {
    const { invoiceId } = await subscription();
    const intent = (await shop.events()).findLast(({ type }) => type === "payment_intent.created");
    await shop.pay(objectIdOf(intent), CARD.authenticates);
    expect(await shop.deliver(await failureOf(invoiceId))).toBe(true);
    await shop.mailFailures();
    const [mail] = await shop.payerMails();
    expect(mail?.body.text).toContain("Your bank wants you to confirm this payment");
    const page = await fetch(/http\S+invoices\/\w+/.exec(mail?.body.text ?? "")?.[0] ?? "");
    expect(await page.text()).toContain("$9.00");
    expect(await shop.failedPayment(invoiceId)).toMatchObject({ lastDeclineCode: "authentication_required" });
  });
});
