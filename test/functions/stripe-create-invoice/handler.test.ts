import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../generated/handlers/stripe-create-invoice.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { caller, invoiceShop } from "../../steps/invoice-shop.ts";

given.capturedLog();
const shop = invoiceShop();
const create = caller(handler, "stripe-create-invoice");

const line = (amount = 5000, quantity?: number, description = "Work") => ({
  description,
  amount,
  ...(quantity === undefined ? {} : { quantity }),
});

/** Everything that Stripe would ever invoice the customer for: invoices with their lines, and items that wait for one. */
async function atStripe(customer: string) {
  const invoices = (await shop.stripe.invoices.list({ customer, limit: 100 })).data;
  const pending = (await shop.stripe.invoiceItems.list({ customer, pending: true })).data;
  return { invoices, pending };
}

describe("given a customer", () => {
  it("an invoice is a draft with all of its lines, in their order, which Stripe neither advances nor sends", async () => {
    const customerId = await shop.customer("pm_card_visa");
    const { status, body } = await create({
      customerId,
      currency: "eur",
      lines: [line(12_345, 3, "Hours"), line(-5, 1, "Deduction"), line(0, 2, "Free")],
      daysUntilDue: 14,
      metadata: { orderId: "1042" },
    });
    expect({ status, body }).toEqual({
      status: 200,
      body: { invoiceId: expect.stringMatching(/^in_/), status: "draft", total: 37_030, currency: "eur" },
    });
    const invoice = await shop.stripe.invoices.retrieve(body.invoiceId);
    expect(invoice).toMatchObject({
      ...{ customer: customerId, metadata: { orderId: "1042" }, auto_advance: false },
      ...{ collection_method: "send_invoice", due_date: invoice.created + 14 * 86_400 },
    });
    expect(
      invoice.lines.data.map(({ description, quantity, amount }) => [description, quantity, amount]),
    ).toEqual([
      ["Hours", 3, 37_035],
      ["Deduction", 1, -5],
      ["Free", 2, 0],
    ]);
  });

  it("what waits for another invoice of the customer is not drawn in, and stays as it is", async () => {
    const customerId = await shop.customer();
    const item = await shop.stripe.invoiceItems.create({
      customer: customerId,
      amount: 777,
      currency: "usd",
    });
    expect((await create({ customerId, lines: [line()] })).body.total).toBe(5000);
    expect((await atStripe(customerId)).pending.map(({ id }) => id)).toEqual([item.id]);
  });

  it("a promotion code applies, otherwise the discount of the customer", async () => {
    const coupon = await shop.stripe.coupons.create({ percent_off: 33.3 });
    const text = `SALE${randomUUID().slice(0, 8).toUpperCase()}`;
    await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: text });
    const customerId = await shop.customer();
    // Each line is rounded: 999 - 333 (332.667), 5 - 2 (1.665).
    const lines = [line(999), line(5)];
    expect((await create({ customerId, lines, promotionCode: text })).body.total).toBe(669);
    expect((await create({ customerId, lines })).body.total).toBe(1004);
    const { body } = await create({ customerId, lines, promotionCode: "NONE" });
    expect(body.issues).toEqual([
      { path: "promotionCode", message: "is not an active code that this customer can use" },
    ]);
  });

  it("a discount in another currency is refused at the code, and leaves nothing behind", async () => {
    const coupon = await shop.stripe.coupons.create({ amount_off: 100, currency: "eur" });
    const text = `EUR${randomUUID().slice(0, 8).toUpperCase()}`;
    await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: text });
    const customerId = await shop.customer();
    const { status, body } = await create({ customerId, lines: [line()], promotionCode: text });
    expect([status, body.issues[0].path]).toEqual([422, "promotionCode"]);
    expect(await atStripe(customerId)).toEqual({ invoices: [], pending: [] });
  });

  it("deductions that exceed what a discount leaves are refused, and leave nothing behind", async () => {
    const coupon = await shop.stripe.coupons.create({ percent_off: 100 });
    const text = `ALL${randomUUID().slice(0, 8).toUpperCase()}`;
    await shop.stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: text });
    const customerId = await shop.customer();
    const lines = [line(1000), line(-500)];
    const { status, body } = await create({ customerId, lines, promotionCode: text });
    expect([status, body.issues[0].path]).toEqual([422, "lines"]);
    expect(await atStripe(customerId)).toEqual({ invoices: [], pending: [] });
  });

  it("in every currency, the total is the sum of the lines to the unit", async () => {
    const customerId = await shop.customer();
    const policed = "usd eur gbp chf cad aud nzd sgd jpy sek nok dkk pln czk hkd mxn brl".split(" ");
    for (const currency of policed) {
      const { body } = await create({ customerId, currency, lines: [line(333, 7), line(1)] });
      expect(body).toMatchObject({ total: 2332, currency });
    }
  });
});

describe("given a call that is repeated", () => {
  it("with its key, it returns the same invoice; with another one, it creates another", async () => {
    const customerId = await shop.customer();
    const key = randomUUID();
    const first = await create({ customerId, lines: [line()] }, key);
    expect((await create({ customerId, lines: [line()] }, key)).body).toEqual(first.body);
    expect((await atStripe(customerId)).invoices).toHaveLength(1);
    await create({ customerId, lines: [line()] });
    expect((await atStripe(customerId)).invoices).toHaveLength(2);
  });

  it("after any failures in between, there is one invoice with each line once", async () => {
    const fault = fc.record({
      kind: fc.constantFrom("status", "reset_after_commit", "truncate"),
      path: fc.constantFrom("/v1/invoices", "/v1/invoiceitems", "/v1/invoices/in_*"),
      times: fc.integer({ min: 1, max: 4 }),
      after: fc.integer({ min: 0, max: 4 }),
    });
    const amounts = fc.array(fc.integer({ min: 0, max: 10_000 }), { minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.array(fault, { minLength: 1, maxLength: 3 }), amounts, async (faults, prices) => {
        const customerId = await shop.customer();
        const inputs = { customerId, lines: prices.map((amount) => line(amount)) };
        const key = randomUUID();
        await shop.control(
          "POST",
          "faults",
          faults.map(({ path, ...fields }) => ({
            ...fields,
            match: { path },
            ...(fields.kind === "status" ? { status: 503 } : {}),
          })),
        );
        let response = await create(inputs, key);
        for (let tries = 0; response.status !== 200 && tries < 30; tries += 1) {
          expect(response.body).toMatchObject({ retryable: true });
          response = await create(inputs, key);
        }
        await shop.control("DELETE", "faults");
        expect(response.status).toBe(200);
        const { invoices, pending } = await atStripe(customerId);
        expect(pending).toEqual([]);
        expect(invoices.map(({ id }) => id)).toEqual([response.body.invoiceId]);
        expect(invoices[0]?.lines.data.map(({ amount }) => amount).sort((a, b) => a - b)).toEqual(
          [...prices].sort((a, b) => a - b),
        );
      }),
      { numRuns: tries({ sample: 4, whole: 60 }) },
    );
  });

  it("a line that Stripe refuses is named, its draft is gone, and the key can be used again", async () => {
    const customerId = await shop.customer();
    const inputs = { customerId, lines: [line(100), line(200), line(300)] };
    const key = randomUUID();
    const refusal = { type: "invalid_request_error", param: "unit_amount_decimal", message: "No." };
    const fault = {
      kind: "status",
      status: 400,
      body: { error: refusal },
      match: { path: "/v1/invoiceitems" },
    };
    await shop.control("POST", "faults", { ...fault, after: 2 });
    const { status, body } = await create(inputs, key);
    expect([status, body.issues[0].path]).toEqual([422, "lines.2.amount"]);
    expect(await atStripe(customerId)).toEqual({ invoices: [], pending: [] });
    const { body: again } = await create(inputs, key);
    expect(again).toMatchObject({ status: "draft", total: 600 });
    const corrected = { customerId, lines: [line(100), line(200)] };
    await shop.control("POST", "faults", { ...fault, after: 1 });
    const other = randomUUID();
    expect((await create(inputs, other)).status).toBe(422);
    expect((await create(corrected, other)).body).toMatchObject({ total: 300 });
    expect((await atStripe(customerId)).invoices.map(({ total }) => total).sort()).toEqual([300, 600]);
  });
});

describe("given a principal that acts for one customer", () => {
  it("it invoices that customer only", async () => {
    const [own, other] = [await shop.customer(), await shop.customer()];
    const authorizer = boundTo(own);
    expect((await create({ customerId: other, lines: [line()] }, randomUUID(), authorizer)).status).toBe(403);
    expect((await create({ customerId: own, lines: [line()] }, randomUUID(), authorizer)).status).toBe(200);
  });
});

describe("given inputs that cannot be an invoice", () => {
  it.each<[string, object, string]>([
    ["no lines", { lines: [] }, "lines"],
    ["too many lines", { lines: Array.from({ length: 51 }, () => line(1)) }, "lines"],
    ["a blank description", { lines: [line(1), line(1, 1, " ")] }, "lines.1.description"],
    ["half a cent", { lines: [line(0.5)] }, "lines.0.amount"],
    ["no units", { lines: [line(5, 0)] }, "lines.0.quantity"],
    ["an amount beyond the currency", { lines: [line(100_000_000)] }, "lines.0.amount"],
    ["a line beyond the currency", { lines: [line(1_000_000, 100)] }, "lines.0.quantity"],
    ["a sum beyond the currency", { lines: Array.from({ length: 51 - 1 }, () => line(2_000_000)) }, "lines"],
    ["more deducted than invoiced", { lines: [line(5), line(-6)] }, "lines"],
    ["two currencies", { lines: [{ ...line(), currency: "eur" }] }, "lines.0.currency"],
    ["a currency in capitals", { currency: "USD", lines: [line()] }, "currency"],
    ["no currency", { currency: "zzz", lines: [line()] }, "currency"],
    ["a field that lines do not have", { lines: [{ ...line(), price: 5 }] }, "lines.0.price"],
    ["a time before now", { lines: [line()], daysUntilDue: -1 }, "daysUntilDue"],
    ["a blank code", { lines: [line()], promotionCode: " " }, "promotionCode"],
    ["nested metadata", { lines: [line()], metadata: { a: { b: 1 } } }, "metadata.a"],
    [
      "metadata of ours",
      { lines: [line()], metadata: { contractspec_call: "1" } },
      "metadata.contractspec_call",
    ],
    ["a customer that does not exist", { customerId: "cus_none", lines: [line()] }, "customerId"],
  ])("%s is refused at its field", async (_what, inputs, field) => {
    const { status, body } = await create({ customerId: "cus_1", ...inputs });
    expect([status, body.issues[0].path]).toEqual([422, field]);
  });
});
