import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler } from "../../../generated/handlers/stripe-create-credit-note.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { caller, invoiceShop } from "../../steps/invoice-shop.ts";

given.capturedLog();
const shop = invoiceShop();
const credit = caller(handler, "stripe-create-credit-note");

const balanceOf = async (customer: string) => Object(await shop.stripe.customers.retrieve(customer)).balance;
const notesOf = async (invoice: string) => (await shop.stripe.creditNotes.list({ invoice })).data;

describe("given an open invoice", () => {
  it("a credit note takes its amount off what is due", async () => {
    const invoiceId = await shop.open(await shop.customer());
    const { status, body } = await credit({ invoiceId, amount: 1200, reason: "order_change" });
    expect({ status, body }).toEqual({
      status: 200,
      body: { creditNoteId: expect.stringMatching(/^cn_/), status: "issued", amount: 1200 },
    });
    expect(await shop.stripe.invoices.retrieve(invoiceId)).toMatchObject({ amount_due: 3800 });
    expect((await notesOf(invoiceId))[0]).toMatchObject({ reason: "order_change" });
  });

  it("one for everything settles it; if the response is lost, the key makes no second one", async () => {
    const customer = await shop.customer();
    const invoiceId = await shop.open(customer);
    const key = randomUUID();
    const match = { method: "POST", path: "/v1/credit_notes" };
    await shop.control("POST", "faults", { kind: "reset_after_commit", times: 2, match });
    expect((await credit({ invoiceId, amount: 5000 }, key)).body).toMatchObject({ retryable: true });
    expect(await shop.stripe.invoices.retrieve(invoiceId)).toMatchObject({ status: "paid", amount_due: 0 });
    const { body } = await credit({ invoiceId, amount: 5000 }, key);
    expect((await notesOf(invoiceId)).map(({ id }) => id)).toEqual([body.creditNoteId]);
    expect(await balanceOf(customer)).toBe(0);
  });

  it("a refund of what nobody has paid is refused", async () => {
    const invoiceId = await shop.open(await shop.customer());
    const { status, body } = await credit({ invoiceId, amount: 100, refund: true });
    expect([status, body.issues]).toEqual([
      422,
      [{ path: "refund", message: "must be left out: the invoice is open, so nothing has been paid" }],
    ]);
  });
});

describe("given a paid invoice", () => {
  it("a credit note reduces the customer's next invoice by default", async () => {
    const customer = await shop.customer("pm_card_visa");
    const invoiceId = await shop.inStatus(customer, "paid");
    expect((await credit({ invoiceId, amount: 1200 })).body).toMatchObject({ amount: 1200 });
    expect(await balanceOf(customer)).toBe(-1200);
    const next = await shop.open(customer);
    expect(await shop.stripe.invoices.retrieve(next)).toMatchObject({ total: 5000, amount_due: 3800 });
  });

  it("with refund, the payer gets the amount back, once for each key", async () => {
    const customer = await shop.customer("pm_card_visa");
    const invoiceId = await shop.inStatus(customer, "paid");
    const key = randomUUID();
    const first = await credit({ invoiceId, amount: 1200, refund: true }, key);
    expect((await credit({ invoiceId, amount: 1200, refund: true }, key)).body).toEqual(first.body);
    await credit({ invoiceId, amount: 800, refund: true });
    const [payment] = (await shop.stripe.invoicePayments.list({ invoice: invoiceId })).data;
    const payment_intent = String(payment?.payment.payment_intent);
    const refunds = (await shop.stripe.refunds.list({ payment_intent })).data.map(({ amount }) => amount);
    expect(refunds.sort((a, b) => a - b)).toEqual([800, 1200]);
    expect(await balanceOf(customer)).toBe(0);
  });

  it("of one that was paid out of band, there is nothing to refund, and the amount can be credited", async () => {
    const customer = await shop.customer();
    const invoiceId = await shop.open(customer);
    await shop.stripe.invoices.pay(invoiceId, { paid_out_of_band: true });
    const { status, body } = await credit({ invoiceId, amount: 100, refund: true });
    expect([status, body.issues[0].path]).toEqual([422, "refund"]);
    expect((await credit({ invoiceId, amount: 100 })).status).toBe(200);
    expect(await balanceOf(customer)).toBe(-100);
  });

  it("more than the payer has paid cannot be refunded: the customer's credit paid the rest", async () => {
    const customer = await shop.customer("pm_card_visa");
    await shop.stripe.customers.createBalanceTransaction(customer, { amount: -2000, currency: "usd" });
    const invoiceId = await shop.inStatus(customer, "paid");
    const { status, body } = await credit({ invoiceId, amount: 3001, refund: true });
    expect([status, body.issues[0].path]).toEqual([422, "amount"]);
    expect((await credit({ invoiceId, amount: 3000, refund: true })).status).toBe(200);
    expect((await credit({ invoiceId, amount: 2000 })).status).toBe(200);
    expect(await balanceOf(customer)).toBe(-2000);
  });

  it("simultaneous credit notes never credit more than the invoice", async () => {
    const customer = await shop.customer("pm_card_visa");
    const invoiceId = await shop.inStatus(customer, "paid");
    const calls = Array.from({ length: 5 }, () => credit({ invoiceId, amount: 1500, refund: true }));
    const statuses = (await Promise.all(calls)).map(({ status }) => status).sort();
    expect(statuses).toEqual([200, 200, 200, 422, 422]);
    expect(await shop.stripe.invoices.retrieve(invoiceId)).toMatchObject({
      post_payment_credit_notes_amount: 4500,
    });
  });
});

describe("given a call that cannot credit anything", () => {
  it.each([
    ["open", "what is left to pay"],
    ["uncollectible", "what is left to pay"],
    ["paid", "what of it has not been credited"],
  ])(
    "more than there is of a %s invoice is refused at the amount, which says how much there is",
    async (status, what) => {
      const invoiceId = await shop.inStatus(await shop.customer("pm_card_visa"), status);
      await credit({ invoiceId, amount: 1000 });
      const { body } = await credit({ invoiceId, amount: 4001 });
      expect(body).toMatchObject({
        status: 422,
        issues: [{ path: "amount", message: `must be at most 4000, ${what}` }],
      });
    },
  );

  it.each(["draft", "void"])("a %s invoice is refused with its status", async (status) => {
    const invoiceId = await shop.inStatus(await shop.customer(), status);
    const { body } = await credit({ invoiceId, amount: 1 });
    expect(body).toMatchObject({ status: 409, code: "CONFLICT", issues: [{ path: "invoiceId" }] });
    expect(body.detail).toContain(`because the invoice is ${status}`);
  });

  it.each<[object, number, string]>([
    [{ amount: 5 }, 422, "invoiceId"],
    [{ invoiceId: "in_1" }, 422, "amount"],
    [{ invoiceId: "in_1", amount: 0 }, 422, "amount"],
    [{ invoiceId: "in_1", amount: 0.5 }, 422, "amount"],
    [{ invoiceId: "in_1", amount: 5, reason: "kindness" }, 422, "reason"],
    [{ invoiceId: "in_1", amount: 5, refund: "yes" }, 422, "refund"],
    [{ invoiceId: "in_none", amount: 5 }, 404, "invoiceId"],
  ])("%p is refused at its field", async (inputs, expected, field) => {
    const { status, body } = await credit(inputs);
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });

  it("a principal that acts for another customer is refused, as if there was no such invoice", async () => {
    const invoiceId = await shop.open(await shop.customer());
    const authorizer = boundTo(await shop.customer());
    expect(await credit({ invoiceId, amount: 5 }, randomUUID(), authorizer)).toMatchObject({ status: 404 });
    expect(await notesOf(invoiceId)).toEqual([]);
  });
});
