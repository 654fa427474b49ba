import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { givenAShop } from "./given-a-shop.ts";
import { errorOf } from "./running-emulator.ts";

/** A finalized invoice of twenty dollars with ten per cent off and a tax of eight per cent. */
async function givenAnInvoice({ paid }: { paid: boolean }) {
  const shop = await givenAShop("pm_card_visa");
  const { stripe, customer } = shop;
  await stripe.invoiceItems.create({ customer, amount: 2000, currency: "usd", description: "Work" });
  const coupon = await stripe.coupons.create({ percent_off: 10 });
  const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 8, inclusive: false });
  const draft = await stripe.invoices.create({
    customer,
    pending_invoice_items_behavior: "include",
    discounts: [{ coupon: coupon.id }],
    default_tax_rates: [rate.id],
  });
  const invoice = await (paid ? stripe.invoices.pay(draft.id) : stripe.invoices.finalizeInvoice(draft.id));
  await shop.fresh();
  const line = String(invoice.lines.data[0]?.id);
  return { ...shop, invoice: invoice.id, line };
}

describe("given an open invoice", () => {
  it("a credit note reduces what is due, until it is voided", async () => {
    const { stripe, invoice, line, fresh } = await givenAnInvoice({ paid: false });
    const lines = [{ type: "invoice_line_item", invoice_line_item: line, amount: 1000 } as const];
    const preview = await stripe.creditNotes.preview({ invoice, lines });
    const note = await stripe.creditNotes.create({ invoice, lines, reason: "order_change" });
    expect(note).toMatchObject({
      status: "issued",
      type: "pre_payment",
      number: expect.stringMatching(/-0001-CN-01$/),
      subtotal: 1000,
      discount_amount: 100,
      total_excluding_tax: 900,
      total: 972,
      pre_payment_amount: 972,
    });
    expect(preview).toMatchObject({ total: note.total, subtotal: note.subtotal });
    expect(await fresh()).toEqual(["credit_note.created", "invoice.updated"]);
    const before = await stripe.invoices.retrieve(invoice, {
      expand: ["payments.data.payment.payment_intent"],
    });
    expect(before).toMatchObject({
      amount_due: 972,
      amount_remaining: 972,
      pre_payment_credit_notes_amount: 972,
      payments: { data: [{ payment: { payment_intent: { amount: 972 } } }] },
    });
    expect((await stripe.creditNotes.update(note.id, { memo: "Sorry" })).memo).toBe("Sorry");
    expect(await stripe.creditNotes.voidCreditNote(note.id)).toMatchObject({ status: "void" });
    expect(await fresh()).toEqual(["credit_note.updated", "credit_note.voided", "invoice.updated"]);
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      amount_due: 1944,
      pre_payment_credit_notes_amount: 0,
    });
    expect((await stripe.creditNotes.listLineItems(note.id)).data).toMatchObject([
      { invoice_line_item: line },
    ]);
  });

  it("one for everything pays it, and one for more is refused", async () => {
    const { stripe, invoice, fresh } = await givenAnInvoice({ paid: false });
    expect((await errorOf(stripe.creditNotes.create({ invoice, amount: 1945 }))).param).toBe("amount");
    await stripe.creditNotes.create({ invoice, amount: 1944 });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      amount_due: 0,
      amount_paid: 0,
    });
    expect(await fresh()).toEqual([
      "credit_note.created",
      "payment_intent.canceled",
      "invoice.updated",
      "invoice.paid",
    ]);
  });
});

describe("given a paid invoice", () => {
  it("a credit note refunds, credits the balance, or says that it was paid back elsewhere", async () => {
    const { stripe, invoice, customer, fresh } = await givenAnInvoice({ paid: true });
    const create = (given: Partial<Stripe.CreditNoteCreateParams>) =>
      stripe.creditNotes.create({ invoice, ...given });
    expect((await errorOf(create({ amount: 500 }))).param).toBe("credit_amount");
    const note = await create({
      amount: 1000,
      refund_amount: 600,
      credit_amount: 300,
      out_of_band_amount: 100,
    });
    expect(note).toMatchObject({
      type: "post_payment",
      post_payment_amount: 1000,
      refunds: [{ amount_refunded: 600 }],
    });
    expect(await fresh()).toEqual(
      expect.arrayContaining([
        "refund.created",
        "charge.refunded",
        "customer.updated",
        "credit_note.created",
      ]),
    );
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -300 });
    expect(await stripe.invoices.retrieve(invoice)).toMatchObject({
      status: "paid",
      post_payment_credit_notes_amount: 1000,
    });
    expect((await errorOf(create({ amount: 945, credit_amount: 945 }))).param).toBe("amount");
    expect(await errorOf(stripe.creditNotes.voidCreditNote(note.id))).toMatchObject({ statusCode: 400 });
    const [transaction] = (await stripe.customers.listBalanceTransactions(customer)).data;
    expect(transaction).toMatchObject({
      id: note.customer_balance_transaction,
      type: "credit_note",
      credit_note: note.id,
    });
  });
});
