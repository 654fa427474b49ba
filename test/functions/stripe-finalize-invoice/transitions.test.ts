import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { handler as finalizeHandler } from "../../../generated/handlers/stripe-finalize-invoice.ts";
import { handler as markHandler } from "../../../generated/handlers/stripe-mark-invoice-uncollectible.ts";
import { handler as voidHandler } from "../../../generated/handlers/stripe-void-invoice.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { caller, invoiceShop } from "../../steps/invoice-shop.ts";

given.capturedLog();
const shop = invoiceShop();
const finalize = caller(finalizeHandler, "stripe-finalize-invoice");
const voidInvoice = caller(voidHandler, "stripe-void-invoice");
const mark = caller(markHandler, "stripe-mark-invoice-uncollectible");

describe("given a draft", () => {
  it("it is finalized once, and the card of its customer is not charged", async () => {
    const invoiceId = await shop.draft(await shop.customer("pm_card_visa"));
    const key = randomUUID();
    const { status, body } = await finalize({ invoiceId }, key);
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{ invoiceId, number: expect.stringMatching(/-0001$/), status: "open" },
        ...{ hostedUrl: expect.stringMatching(/^http/), pdfUrl: expect.stringMatching(/^http/) },
      },
    });
    expect((await finalize({ invoiceId }, key)).body).toEqual(body);
    expect(await shop.stripe.invoices.retrieve(invoiceId)).toMatchObject({ status: "open", amount_paid: 0 });
  });

  it.each([
    ["with nothing to pay", 0, 0],
    ["that the customer's credit pays", 5000, -5000],
    ["below the smallest charge, which goes to the next invoice", 20, 0],
  ])("one %s is paid at once", async (_what, amount, credit) => {
    const customer = await shop.customer();
    if (credit !== 0)
      await shop.stripe.customers.createBalanceTransaction(customer, { amount: credit, currency: "usd" });
    const { body } = await finalize({ invoiceId: await shop.draft(customer, { amount }) });
    expect(body).toMatchObject({ status: "paid", number: expect.any(String) });
    const { balance } = Object(await shop.stripe.customers.retrieve(customer));
    expect(balance).toBe(amount === 20 ? 20 : 0);
  });

  it("a response of Stripe's that is lost is repeated with the key", async () => {
    const invoiceId = await shop.draft(await shop.customer());
    const key = randomUUID();
    const match = { method: "POST", path: "/v1/invoices/in_*" };
    await shop.control("POST", "faults", { kind: "reset_after_commit", times: 2, match });
    expect((await finalize({ invoiceId }, key)).body).toMatchObject({ code: "BAD_GATEWAY", retryable: true });
    expect((await finalize({ invoiceId }, key)).body).toMatchObject({ status: "open" });
  });
});

describe("given an open invoice", () => {
  it("a void one cannot be paid, and gives the credit that it used back", async () => {
    const customer = await shop.customer();
    await shop.stripe.customers.createBalanceTransaction(customer, { amount: -2000, currency: "usd" });
    const invoiceId = await shop.open(customer);
    const { status, body } = await voidInvoice({ invoiceId });
    expect({ status, body }).toEqual({ status: 200, body: { invoiceId, status: "void" } });
    expect(Object(await shop.stripe.customers.retrieve(customer)).balance).toBe(-2000);
  });

  it("one that is marked as uncollectible can still be paid or voided", async () => {
    const invoiceId = await shop.open(await shop.customer("pm_card_visa"));
    expect((await mark({ invoiceId })).body).toEqual({ invoiceId, status: "uncollectible" });
    expect(await shop.stripe.invoices.pay(invoiceId)).toMatchObject({ status: "paid" });
    const other = await shop.inStatus(await shop.customer(), "uncollectible");
    expect((await voidInvoice({ invoiceId: other })).body).toMatchObject({ status: "void" });
  });
});

describe("given an invoice whose status does not allow the action", () => {
  it.each([
    ["finalize", finalize, "open", "it can be sent, paid, voided"],
    ["finalize", finalize, "paid", "stripe-create-credit-note"],
    ["finalize", finalize, "void", "create another invoice"],
    ["finalize", finalize, "uncollectible", "paid, voided or credited"],
    ["void", voidInvoice, "draft", "finalize it"],
    ["void", voidInvoice, "paid", "stripe-create-credit-note"],
    ["void", voidInvoice, "void", "create another invoice"],
    ["mark", mark, "draft", "finalize it"],
    ["mark", mark, "paid", "stripe-create-credit-note"],
    ["mark", mark, "void", "create another invoice"],
    ["mark", mark, "uncollectible", "paid, voided or credited"],
  ])(
    "%s (%p) of a %s invoice is refused with its status, and what is possible",
    async (_name, act, status, advice) => {
      const invoiceId = await shop.inStatus(await shop.customer("pm_card_visa"), status);
      const { body } = await act({ invoiceId });
      expect(body).toMatchObject({ status: 409, code: "CONFLICT", issues: [{ path: "invoiceId" }] });
      expect(body.detail).toContain(`because the invoice is ${status}: `);
      expect(body.detail).toContain(advice);
      expect((await shop.stripe.invoices.retrieve(invoiceId)).status).toBe(status);
    },
  );
});

describe.each([
  ["stripe-finalize-invoice", finalize, "draft"],
  ["stripe-void-invoice", voidInvoice, "open"],
  ["stripe-mark-invoice-uncollectible", mark, "open"],
])("given a call of %s", (_name, act, status) => {
  it("for an invoice that does not exist, or is another customer's, it is refused alike", async () => {
    expect(await act({ invoiceId: "in_none" })).toMatchObject({
      ...{ status: 404, body: { issues: [{ path: "invoiceId" }] } },
    });
    const own = await shop.customer();
    const authorizer = boundTo(own);
    const foreign = await shop.inStatus(await shop.customer(), status);
    expect(await act({ invoiceId: foreign }, randomUUID(), authorizer)).toMatchObject({ status: 404 });
    expect((await shop.stripe.invoices.retrieve(foreign)).status).toBe(status);
    const invoiceId = await shop.inStatus(own, status);
    expect(await act({ invoiceId }, randomUUID(), authorizer)).toMatchObject({ status: 200 });
  });

  it("while Stripe is down, it can be repeated", async () => {
    const invoiceId = await shop.inStatus(await shop.customer(), status);
    const key = randomUUID();
    await shop.control("POST", "faults", { kind: "status", status: 503, times: 100 });
    expect((await act({ invoiceId }, key)).body).toMatchObject({ retryable: true });
    await shop.control("DELETE", "faults");
    expect((await act({ invoiceId }, key)).status).toBe(200);
  });
});
