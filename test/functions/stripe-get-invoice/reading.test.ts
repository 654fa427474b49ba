import { describe, expect, it } from "@jest/globals";
import { handler as get } from "../../../generated/handlers/stripe-get-invoice.ts";
import { handler as list } from "../../../generated/handlers/stripe-list-invoices.ts";
import { scanTable } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { invoiceShop } from "../../steps/invoice-shop.ts";
import * as when from "../../steps/when.ts";

given.capturedLog();
const shop = invoiceShop();

type Query = Readonly<Record<string, string>>;
const reading =
  (handler: typeof get, capability: string) => (query: Query, authorizer?: Record<string, unknown>) =>
    when.callsForJson(handler, {
      ...{ method: "GET", path: `/api/capabilities/${capability}`, query, authorizer },
    });
const getInvoice = reading(get, "stripe-get-invoice");
const listInvoices = reading(list, "stripe-list-invoices");
const idsIn = ({ items }: { items: { invoiceId: string }[] }) => items.map(({ invoiceId }) => invoiceId);

describe("given an invoice at Stripe", () => {
  it("a draft has neither a number nor addresses", async () => {
    const invoiceId = await shop.draft(await shop.customer(), { currency: "jpy", amount: 333 });
    const { status, body } = await getInvoice({ invoiceId });
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        ...{ invoiceId, status: "draft", total: 333, amountDue: 333, amountPaid: 0, currency: "jpy" },
        ...{ dueAt: expect.stringMatching(/Z$/), createdAt: expect.stringMatching(/Z$/) },
      },
    });
    expect(Date.parse(body.dueAt) - Date.parse(body.createdAt)).toBe(30 * 86_400_000);
  });

  it("a finalized one has everything, also after it is paid", async () => {
    const invoiceId = await shop.open(await shop.customer("pm_card_visa"));
    const { body: open } = await getInvoice({ invoiceId });
    expect(open).toMatchObject({
      ...{ status: "open", number: expect.stringMatching(/-0001$/), amountDue: 5000, amountPaid: 0 },
      ...{ hostedUrl: expect.stringMatching(/^http/), pdfUrl: expect.stringMatching(/^http/) },
      paymentIntentId: expect.stringMatching(/^pi_/),
    });
    await shop.stripe.invoices.pay(invoiceId);
    expect((await getInvoice({ invoiceId })).body).toEqual({ ...open, status: "paid", amountPaid: 5000 });
  });

  it("of one that was paid out of band, the payment that nobody made is not shown as paid", async () => {
    const invoiceId = await shop.open(await shop.customer());
    await shop.stripe.invoices.pay(invoiceId, { paid_out_of_band: true });
    expect((await getInvoice({ invoiceId })).body).toMatchObject({
      ...{ status: "paid", amountDue: 5000, amountPaid: 5000 },
    });
  });

  it("the customer's credit and credit notes reduce what is due, not the total", async () => {
    const customer = await shop.customer();
    await shop.stripe.customers.createBalanceTransaction(customer, { amount: -2000, currency: "usd" });
    const invoiceId = await shop.open(customer);
    expect((await getInvoice({ invoiceId })).body).toMatchObject({ total: 5000, amountDue: 3000 });
    await shop.stripe.creditNotes.create({ invoice: invoiceId, amount: 500 });
    expect((await getInvoice({ invoiceId })).body).toMatchObject({ total: 5000, amountDue: 2500 });
  });

  it("one of a subscription names it", async () => {
    const { id, latest_invoice: invoice } = await shop.subscription();
    expect((await getInvoice({ invoiceId: String(invoice) })).body).toMatchObject({ subscriptionId: id });
  });

  it("a principal that acts for one customer reads that customer's invoices only", async () => {
    const [own, other] = [await shop.customer(), await shop.customer()];
    const authorizer = boundTo(own, "checkout");
    expect(await getInvoice({ invoiceId: await shop.draft(own) }, authorizer)).toMatchObject({ status: 200 });
    const missing = { status: 404, body: { issues: [{ path: "invoiceId" }] } };
    expect(await getInvoice({ invoiceId: await shop.draft(other) }, authorizer)).toMatchObject(missing);
    expect(await getInvoice({ invoiceId: "in_none" }, authorizer)).toMatchObject(missing);
  });
});

describe("given a customer with invoices", () => {
  it("they are listed page by page, the newest first, and by their status; reading leaves no trace", async () => {
    const customerId = await shop.customer("pm_card_visa");
    const ids: string[] = [];
    for (const status of ["draft", "open", "paid", "void"])
      ids.unshift(await shop.inStatus(customerId, status));
    const first = await listInvoices({ customerId, limit: "3" });
    expect(idsIn(first.body)).toEqual(ids.slice(0, 3));
    const second = await listInvoices({ customerId, limit: "3", after: first.body.next });
    expect(idsIn(second.body)).toEqual(ids.slice(3));
    expect(second.body).not.toHaveProperty("next");
    expect(idsIn((await listInvoices({ customerId, status: "paid" })).body)).toEqual([ids[1]]);
    const { body } = await getInvoice({ invoiceId: ids[1] ?? "" });
    expect(first.body.items[1]).toEqual(body);
    expect(await scanTable("IdempotencyKeysTable")).toEqual([]);
  });

  it("a principal that acts for another customer sees none of them, also with its own id and a foreign page", async () => {
    const [own, other] = [await shop.customer(), await shop.customer()];
    const foreign = await shop.draft(other);
    const authorizer = boundTo(own, "checkout");
    expect(await listInvoices({ customerId: other }, authorizer)).toMatchObject({ status: 403 });
    expect(await listInvoices({ customerId: own }, authorizer)).toMatchObject({ body: { items: [] } });
    expect(await listInvoices({ customerId: own, after: foreign }, authorizer)).toMatchObject({
      ...{ status: 422, body: { issues: [{ path: "after" }] } },
    });
  });
});

describe("given inputs that cannot be used", () => {
  it.each<[typeof getInvoice, Query, number, string]>([
    [getInvoice, {}, 422, "invoiceId"],
    [getInvoice, { invoiceId: "upcoming" }, 422, "invoiceId"],
    [getInvoice, { invoiceId: "in_1/lines" }, 422, "invoiceId"],
    [getInvoice, { invoiceId: "in_none" }, 404, "invoiceId"],
    [listInvoices, {}, 422, "customerId"],
    [listInvoices, { customerId: "cus_1", limit: "0" }, 422, "limit"],
    [listInvoices, { customerId: "cus_1", limit: "101" }, 422, "limit"],
    [listInvoices, { customerId: "cus_1", status: "overdue" }, 422, "status"],
    [listInvoices, { customerId: "cus_1", after: "in_none" }, 404, "after"],
  ])("%p with %p is refused at its field", async (call, query, expected, field) => {
    const { status, body } = await call(query);
    expect([status, body.issues[0].path]).toEqual([expected, field]);
  });
});
