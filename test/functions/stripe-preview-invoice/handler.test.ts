import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler as create } from "../../../generated/handlers/stripe-create-invoice.ts";
import { handler } from "../../../generated/handlers/stripe-preview-invoice.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { caller, invoiceShop } from "../../steps/invoice-shop.ts";

given.capturedLog();
const shop = invoiceShop();
const post = caller(handler, "stripe-preview-invoice");
const preview = (body: object, authorizer?: Record<string, unknown>) => post(body, undefined, authorizer);
const createInvoice = caller(create, "stripe-create-invoice");

async function promotionCode(coupon: object): Promise<string> {
  const { id } = await shop.stripe.coupons.create(coupon);
  const code = `P${randomUUID().slice(0, 8).toUpperCase()}`;
  await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: id }, code });
  return code;
}

describe("given a customer and lines", () => {
  it("the preview is the invoice that would be created, and creates nothing", async () => {
    const customerId = await shop.customer("pm_card_visa");
    await shop.subscription({ customer: customerId });
    await shop.stripe.invoiceItems.create({ customer: customerId, amount: 777, currency: "usd" });
    const lines = [
      { description: "Hours", amount: 12_345, quantity: 2 },
      { description: "Deduction", amount: -90 },
    ];
    const before = (await shop.stripe.invoices.list({ customer: customerId })).data.length;
    const promotion = await promotionCode({ percent_off: 25 });
    const { status, body } = await preview({ customerId, lines, promotionCode: promotion });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{ subtotal: 24_600, discount: 6173, tax: 0, taxIncluded: 0, total: 18_427, currency: "usd" },
        lines: [
          { description: "Hours", amount: 24_690 },
          { description: "Deduction", amount: -90 },
        ],
      },
    });
    expect((await shop.stripe.invoices.list({ customer: customerId })).data).toHaveLength(before);
    const created = await createInvoice({ customerId, lines, promotionCode: promotion });
    expect(created.body.total).toBe(body.total);
  });

  it("it is so for any lines, discount and currency", async () => {
    const customerId = await shop.customer();
    const anyLines = fc.array(
      fc.record({
        description: fc.constant("Work"),
        amount: fc.integer({ min: 0, max: 100_000 }),
        quantity: fc.integer({ min: 1, max: 9 }),
      }),
      { minLength: 1, maxLength: 4 },
    );
    const currencies = fc.constantFrom("usd", "jpy", "czk");
    const discounts = fc.oneof(
      fc.constant(undefined),
      fc.integer({ min: 1, max: 10_000 }).map((steps) => ({ percent_off: steps / 100 })),
      fc.integer({ min: 1, max: 200_000 }),
    );
    await fc.assert(
      fc.asyncProperty(anyLines, currencies, discounts, async (lines, currency, discount) => {
        const coupon = typeof discount === "number" ? { amount_off: discount, currency } : discount;
        const inputs = {
          ...{ customerId, lines, currency },
          ...(coupon === undefined ? {} : { promotionCode: await promotionCode(coupon) }),
        };
        const { body } = await preview(inputs);
        const sum = lines.reduce((total, { amount, quantity }) => total + amount * quantity, 0);
        expect(body.subtotal).toBe(sum);
        expect(body.total).toBe(body.subtotal - body.discount + body.tax);
        expect((await createInvoice(inputs)).body).toMatchObject({ total: body.total, currency });
      }),
      { numRuns: tries({ sample: 5, whole: 100 }) },
    );
  });
});

describe("given a subscription", () => {
  it("its next invoice is previewed, with its discounts and taxes", async () => {
    const exclusive = await shop.stripe.taxRates.create({
      ...{ display_name: "VAT", percentage: 19, inclusive: false },
    });
    const coupon = await shop.stripe.coupons.create({ percent_off: 10, duration: "forever" });
    const { id } = await shop.subscription({
      default_tax_rates: [exclusive.id],
      discounts: [{ coupon: coupon.id }],
    });
    expect((await preview({ subscriptionId: id })).body).toMatchObject({
      ...{ subtotal: 2000, discount: 200, tax: 342, taxIncluded: 0, total: 2142, currency: "usd" },
      lines: [{ amount: 2000 }],
    });
  });

  it("taxes that the price includes are not added", async () => {
    const inclusive = await shop.stripe.taxRates.create({
      ...{ display_name: "VAT", percentage: 19, inclusive: true },
    });
    const { id } = await shop.subscription({ default_tax_rates: [inclusive.id] });
    expect((await preview({ subscriptionId: id })).body).toMatchObject({
      ...{ subtotal: 2000, discount: 0, tax: 0, taxIncluded: 319, total: 2000 },
    });
  });

  it("one that ends has no next invoice", async () => {
    const { id } = await shop.subscription();
    await shop.stripe.subscriptions.cancel(id);
    const { status, body } = await preview({ subscriptionId: id });
    expect([status, body.code, body.issues[0].path]).toEqual([409, "CONFLICT", "subscriptionId"]);
  });

  it("a principal that acts for one customer previews that customer's only", async () => {
    const own = await shop.subscription();
    const other = await shop.subscription();
    const authorizer = boundTo(String(own.customer), "checkout");
    const lines = [{ description: "Work", amount: 500 }];
    expect(await preview({ subscriptionId: own.id }, authorizer)).toMatchObject({ status: 200 });
    expect(await preview({ subscriptionId: other.id }, authorizer)).toMatchObject({ status: 404 });
    expect(await preview({ customerId: String(other.customer), lines }, authorizer)).toMatchObject({
      status: 403,
    });
  });
});

describe("given inputs that cannot be previewed", () => {
  const line = { description: "Work", amount: 500 };
  it.each<[object, number, string]>([
    [{}, 422, "subscriptionId"],
    [{ lines: [line] }, 422, "subscriptionId"],
    [{ customerId: "cus_1" }, 422, "lines"],
    [{ subscriptionId: "sub_1", customerId: "cus_1" }, 422, "customerId"],
    [{ subscriptionId: "sub_1", currency: "usd" }, 422, "currency"],
    [{ subscriptionId: "sub_none" }, 422, "subscriptionId"],
    [{ customerId: "cus_none", lines: [line] }, 422, "customerId"],
    [{ customerId: "cus_1", lines: [] }, 422, "lines"],
    [{ customerId: "cus_1", lines: [{ ...line, amount: 0.5 }] }, 422, "lines.0.amount"],
    [{ customerId: "cus_1", lines: [line], promotionCode: "" }, 422, "promotionCode"],
  ])("%p is refused at its field", async (inputs, expected, field) => {
    const { status, body } = await preview(inputs);
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });
});
