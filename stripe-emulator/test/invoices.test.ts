import { describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { APRIL_1, DAY, givenAShop, linesOf } from "./given-a-shop.ts";
import { errorOf } from "./running-emulator.ts";

/** A shop with a pending invoice item of twenty dollars. */
async function givenAPendingItem(card?: string) {
  const shop = await givenAShop(card);
  const { stripe, customer } = shop;
  const item = await stripe.invoiceItems.create({
    customer,
    amount: 2000,
    currency: "usd",
    description: "Work",
  });
  const draft = (given: Partial<Stripe.InvoiceCreateParams> = {}) =>
    stripe.invoices.create({ customer, pending_invoice_items_behavior: "include", ...given });
  return { ...shop, item, draft };
}

describe("given a draft", () => {
  it("it takes up the pending items, and is finalized, paid and numbered", async () => {
    const { stripe, draft, item, customer, fresh } = await givenAPendingItem("pm_card_visa");
    const invoice = await draft({ description: "April" });
    expect(invoice).toMatchObject({
      status: "draft",
      number: null,
      amount_due: 2000,
      auto_advance: false,
      billing_reason: "manual",
      description: "April",
    });
    expect(await stripe.invoiceItems.retrieve(item.id)).toMatchObject({ invoice: invoice.id });
    const open = await stripe.invoices.finalizeInvoice(invoice.id);
    expect(open).toMatchObject({
      status: "open",
      number: expect.stringMatching(/-0001$/),
      hosted_invoice_url: expect.stringContaining(invoice.id),
    });
    expect(await stripe.invoices.pay(invoice.id)).toMatchObject({ status: "paid", amount_paid: 2000 });
    expect(await fresh()).toEqual([
      "invoiceitem.created",
      "invoice.created",
      "invoice.finalized",
      "payment_intent.created",
      "charge.succeeded",
      "payment_intent.succeeded",
      "invoice.updated",
      "invoice.paid",
      "invoice.payment_succeeded",
      "invoice_payment.paid",
    ]);
    expect((await draft({ customer })).lines.data).toEqual([]);
  });

  it("its items can be changed, and its sums follow", async () => {
    const { stripe, draft, item, customer } = await givenAPendingItem();
    const { id } = await draft();
    const one = await stripe.prices.create({
      currency: "usd",
      unit_amount: 300,
      product_data: { name: "Part" },
    });
    await stripe.invoiceItems.create({ customer, invoice: id, pricing: { price: one.id }, quantity: 3 });
    await stripe.invoiceItems.update(item.id, { amount: 1500 });
    const half = await stripe.coupons.create({ percent_off: 50 });
    const changed = await stripe.invoices.update(id, { discounts: [{ coupon: half.id }], footer: "Thanks" });
    expect(linesOf(changed).map(([amount]) => amount)).toEqual([1500, 900]);
    expect(changed).toMatchObject({ subtotal: 2400, total: 1200, amount_due: 1200, footer: "Thanks" });
    await stripe.invoiceItems.del(item.id);
    expect(await stripe.invoices.retrieve(id)).toMatchObject({ subtotal: 900, total: 450 });
    const lines = await stripe.invoices.listLineItems(id);
    expect(lines.data).toMatchObject([{ amount: 900, parent: { type: "invoice_item_details" } }]);
    await stripe.invoices.finalizeInvoice(id);
    const [line] = lines.data;
    const late = stripe.invoiceItems.update(String(line?.parent?.invoice_item_details?.invoice_item), {
      amount: 1,
    });
    expect(await errorOf(late)).toMatchObject({ code: "invoice_not_editable" });
    expect(await errorOf(stripe.invoices.update(id, { discounts: "" }))).toMatchObject({
      param: "discounts",
    });
  });

  it("deleting it makes its items pending again", async () => {
    const { stripe, draft, item, fresh } = await givenAPendingItem();
    const { id } = await draft();
    await fresh();
    expect(await stripe.invoices.del(id)).toMatchObject({ deleted: true });
    expect(await fresh()).toEqual(["invoice.deleted"]);
    expect((await stripe.invoiceItems.list({ pending: true })).data).toMatchObject([{ id: item.id }]);
    const again = await draft();
    await stripe.invoices.finalizeInvoice(again.id);
    expect(await errorOf(stripe.invoices.del(again.id))).toMatchObject({ code: "invoice_not_editable" });
  });

  it("with auto_advance it finalizes itself after an hour and is collected", async () => {
    const { stripe, draft, control } = await givenAPendingItem("pm_card_visa");
    const { id, automatically_finalizes_at: finalizes } = await draft({ auto_advance: true });
    expect(finalizes).toBe(APRIL_1 + 3600);
    await control("clock", { advance: 3599 });
    expect((await stripe.invoices.retrieve(id)).status).toBe("draft");
    await control("clock", { advance: 1 });
    expect((await stripe.invoices.retrieve(id)).status).toBe("paid");
  });

  it("sending it needs an email, gives it a due date, and reports when that is over", async () => {
    const { stripe, draft, fresh, pass } = await givenAPendingItem();
    expect((await errorOf(draft({ collection_method: "send_invoice" }))).param).toBe("days_until_due");
    expect((await errorOf(draft({ days_until_due: 3 }))).param).toBe("days_until_due");
    const { id } = await draft({ collection_method: "send_invoice", days_until_due: 7 });
    await fresh();
    expect(await stripe.invoices.sendInvoice(id)).toMatchObject({
      status: "open",
      due_date: APRIL_1 + 7 * DAY,
    });
    expect(await fresh()).toEqual(["invoice.finalized", "payment_intent.created", "invoice.sent"]);
    await pass(8);
    expect(await fresh()).toEqual(["invoice.overdue"]);
    await pass(8);
    expect(await fresh()).toEqual([]);
  });

  it("it can be paid outside of Stripe", async () => {
    const { stripe, draft, fresh } = await givenAPendingItem();
    const { id } = await draft();
    await fresh();
    expect(await stripe.invoices.pay(id, { paid_out_of_band: true })).toMatchObject({
      status: "paid",
      amount_paid: 2000,
      amount_paid_off_stripe: 2000,
    });
    expect(await fresh()).toEqual([
      "invoice.finalized",
      "payment_intent.created",
      "payment_intent.canceled",
      "invoice.updated",
      "invoice.paid",
    ]);
  });

  it("a card that must authenticate is reported", async () => {
    const { stripe, draft, fresh } = await givenAPendingItem("pm_card_threeDSecure2Required");
    const { id } = await draft();
    await fresh();
    expect(await errorOf(stripe.invoices.pay(id))).toMatchObject({ type: "StripeCardError" });
    expect(await fresh()).toEqual(
      expect.arrayContaining(["invoice.payment_failed", "invoice.payment_action_required"]),
    );
  });
});

describe("given tax rates", () => {
  it("exclusive ones come on top of the net amount, inclusive ones are a part of it", async () => {
    const { stripe, draft, customer } = await givenAPendingItem();
    const vat = await stripe.taxRates.create({ display_name: "VAT", percentage: 19, inclusive: true });
    const local = await stripe.taxRates.create({ display_name: "Local", percentage: 8.25, inclusive: false });
    await stripe.invoiceItems.create({ customer, amount: 1000, currency: "usd", tax_rates: [vat.id] });
    const coupon = await stripe.coupons.create({ percent_off: 10 });
    const invoice = await draft({ default_tax_rates: [local.id], discounts: [{ coupon: coupon.id }] });
    expect(invoice.lines.data.map(({ taxes }) => (taxes ?? []).map(({ amount }) => amount))).toEqual([
      [149],
      [144],
    ]);
    expect(invoice).toMatchObject({
      subtotal: 3000,
      subtotal_excluding_tax: 2856,
      total: 2849,
      total_excluding_tax: 2556,
      total_taxes: [
        {
          amount: 149,
          tax_behavior: "exclusive",
          tax_rate_details: { tax_rate: local.id },
          taxable_amount: 1800,
        },
        {
          amount: 144,
          tax_behavior: "inclusive",
          tax_rate_details: { tax_rate: vat.id },
          taxable_amount: 756,
        },
      ],
    });
    await stripe.taxRates.update(vat.id, { active: false });
    const inactive = stripe.invoiceItems.create({
      customer,
      amount: 1,
      currency: "usd",
      tax_rates: [vat.id],
    });
    expect((await errorOf(inactive)).param).toBe("tax_rates[0]");
  });

  it("an exempt customer pays none", async () => {
    const { stripe, draft, customer } = await givenAPendingItem();
    await stripe.customers.update(customer, { tax_exempt: "exempt" });
    const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 19, inclusive: false });
    expect(await draft({ default_tax_rates: [rate.id] })).toMatchObject({
      total: 2000,
      total_taxes: [{ amount: 0, taxability_reason: "customer_exempt" }],
    });
  });
});

describe("given a balance of the customer", () => {
  it("a credit pays an invoice, and comes back when it is voided", async () => {
    const { stripe, draft, customer } = await givenAPendingItem();
    await stripe.customers.createBalanceTransaction(customer, { amount: -500, currency: "usd" });
    const { id } = await draft();
    expect(await stripe.invoices.finalizeInvoice(id)).toMatchObject({
      amount_due: 1500,
      starting_balance: -500,
      ending_balance: 0,
    });
    expect(await stripe.invoices.voidInvoice(id)).toMatchObject({ status: "void" });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -500 });
    const { data } = await stripe.customers.listBalanceTransactions(customer);
    expect(data.map(({ type, amount }) => [type, amount])).toEqual([
      ["unapplied_from_invoice", -500],
      ["applied_to_invoice", 500],
      ["adjustment", -500],
    ]);
  });

  it("a credit in another currency is kept for an invoice in that currency", async () => {
    const { stripe, draft, customer } = await givenAPendingItem();
    await stripe.customers.createBalanceTransaction(customer, { amount: -300, currency: "usd" });
    const { ending_balance } = await stripe.customers.createBalanceTransaction(customer, {
      amount: -500,
      currency: "jpy",
    });
    expect(ending_balance).toBe(-500);
    expect(await draft()).toMatchObject({ amount_due: 1700, starting_balance: -300 });
    await stripe.invoiceItems.create({ customer, amount: 600, currency: "jpy" });
    const { id } = await draft({ currency: "jpy" });
    expect(await stripe.invoices.finalizeInvoice(id)).toMatchObject({
      amount_due: 100,
      starting_balance: -500,
      ending_balance: 0,
    });
    expect(await stripe.customers.retrieve(customer)).toMatchObject({ balance: -300, currency: "usd" });
    await stripe.invoices.voidInvoice(id);
    const { data } = await stripe.customers.listBalanceTransactions(customer, { limit: 1 });
    expect(data).toMatchObject([{ amount: -500, currency: "jpy", ending_balance: -500 }]);
  });

  it("an amount that is too small to charge is added to the next invoice", async () => {
    const { stripe, customer } = await givenAShop("pm_card_visa");
    const bill = async (amount: number) => {
      await stripe.invoiceItems.create({ customer, amount, currency: "usd" });
      const { id } = await stripe.invoices.create({ customer, pending_invoice_items_behavior: "include" });
      return stripe.invoices.finalizeInvoice(id);
    };
    expect(await bill(20)).toMatchObject({ status: "paid", amount_due: 0, ending_balance: 20 });
    expect(await bill(100)).toMatchObject({ status: "open", amount_due: 120, ending_balance: 0 });
  });
});
