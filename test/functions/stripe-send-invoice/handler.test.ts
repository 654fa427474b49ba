import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { handler as create } from "../../../generated/handlers/stripe-create-invoice.ts";
import { handler } from "../../../generated/handlers/stripe-send-invoice.ts";
import { sampleOf } from "../../steps/effort.ts";
import { failingMailbox, type SentMail } from "../../steps/failing-mailbox.ts";
import * as given from "../../steps/given.ts";
import { boundTo } from "../../steps/given-a-subscriber.ts";
import { caller, invoiceShop } from "../../steps/invoice-shop.ts";
import { type Kill, type MortalServices, mortalServices } from "../../steps/mortal-services.ts";
import { movableClock } from "../../steps/movable-clock.ts";

const log = given.capturedLog();
const shop = invoiceShop();
const send = caller(handler, "stripe-send-invoice");
const createInvoice = caller(create, "stripe-create-invoice");
let mailbox: Awaited<ReturnType<typeof failingMailbox>>;
let services: MortalServices;
let clock: ReturnType<typeof movableClock>;

beforeAll(async () => {
  services = await mortalServices(["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_SES", "STRIPE_API_BASE"]);
  mailbox = await failingMailbox();
  clock = movableClock();
  process.env.BUSINESS_NAME = "";
});
afterAll(async () => {
  jest.useRealTimers();
  await services.close();
  await mailbox.close();
});
beforeEach(() => mailbox.clear());

/** Read past the front that can be dead. */
async function mails(): Promise<SentMail[]> {
  const response = await fetch(`${shop.aws.endpoints.ses}/store`);
  return JSON.parse(await response.text()).emails;
}

const emailOf = async (customer: string) => Object(await shop.stripe.customers.retrieve(customer)).email;

describe("given a draft", () => {
  it("it is finalized and mailed by us, once for each key; Stripe mails nothing", async () => {
    const customerId = await shop.customer();
    const { body: draft } = await createInvoice({
      customerId,
      lines: [
        { description: "Hours <b>", amount: 12_345, quantity: 2 },
        { description: "Travel", amount: 500 },
      ],
      daysUntilDue: 14,
    });
    const key = randomUUID();
    const { status, body } = await send({ invoiceId: draft.invoiceId }, key);
    expect({ status, body }).toEqual({
      status: 200,
      body: { invoiceId: draft.invoiceId, status: "open", messageId: expect.any(String) },
    });
    expect((await send({ invoiceId: draft.invoiceId }, key)).body).toEqual(body);
    const [mail, ...others] = await mails();
    expect(others).toEqual([]);
    const invoice = await shop.stripe.invoices.retrieve(draft.invoiceId);
    expect(mail).toMatchObject({
      destination: { to: [await emailOf(customerId)] },
      subject: `Your invoice ${invoice.number} for $251.90`,
    });
    const due = new Intl.DateTimeFormat("en-US", { dateStyle: "long", timeZone: "UTC" });
    const text = mail?.body.text ?? "";
    expect(text).toContain(`Please pay by ${due.format((invoice.due_date ?? 0) * 1000)}.`);
    expect(text).toMatch(/Hours <b> × 2.*\$246\.90\n.*Travel.*\$5\.00\n/);
    expect(text).toContain(String(invoice.hosted_invoice_url));
    expect(mail?.body.html).toContain("Hours &lt;b&gt; × 2");
    expect(mail?.body.html.replaceAll("&#x2F;", "/")).toContain(`href="${invoice.hosted_invoice_url}"`);
    const { events } = await shop.control("GET", "events");
    expect(JSON.stringify(events)).not.toContain("invoice.sent");
    expect(JSON.stringify(log.lines())).not.toContain(await emailOf(customerId));
  });

  it("one with nothing to pay is paid at once, and the mail is a receipt", async () => {
    const invoiceId = await shop.draft(await shop.customer(), { amount: 0 });
    expect((await send({ invoiceId })).body).toMatchObject({ status: "paid" });
    const [mail] = await mails();
    expect(mail?.subject).toMatch(/^Receipt/);
    expect(mail?.body.text).not.toMatch(/pay by|pay invoice/);
  });

  it("without an address of its customer, it stays a draft", async () => {
    const { id } = await shop.stripe.customers.create();
    const invoiceId = await shop.draft(id);
    const { body } = await send({ invoiceId });
    expect(body).toMatchObject({ status: 409, issues: [{ path: "invoiceId" }] });
    expect(body.detail).toContain("without an email address");
    expect((await shop.stripe.invoices.retrieve(invoiceId)).status).toBe("draft");
  });

  it("the mail is in the customer's language", async () => {
    const customer = await shop.customer();
    await shop.stripe.customers.update(customer, { preferred_locales: ["de-AT"] });
    await send({ invoiceId: await shop.draft(customer, { currency: "eur" }) });
    expect((await mails())[0]?.subject).toMatch(/Rechnung .*50,00/);
  });

  it("of more lines than Stripe shows at once, the mail has all", async () => {
    const customer = await shop.customer();
    const invoiceId = await shop.draft(customer, { amount: 1 });
    for (let line = 2; line <= 12; line += 1)
      await shop.stripe.invoiceItems.create({
        customer,
        invoice: invoiceId,
        amount: line,
        description: `No ${line}`,
      });
    await send({ invoiceId });
    const [mail] = await mails();
    expect(mail?.body.text.match(/No \d+/g)).toHaveLength(11);
    expect(mail?.subject).toContain("$0.78");
  });
});

describe("given a finalized invoice", () => {
  it.each([
    ["open", "invoice"],
    ["uncollectible", "invoice"],
    ["paid", "Receipt"],
  ])(
    "an %s one is mailed again with a new key, to the customer's address of today",
    async (status, subject) => {
      const customer = await shop.customer("pm_card_visa");
      const invoiceId = await shop.open(customer, { currency: "jpy" });
      if (status === "paid") await shop.stripe.invoices.pay(invoiceId);
      if (status === "uncollectible") await shop.stripe.invoices.markUncollectible(invoiceId);
      await shop.stripe.customers.update(customer, { email: "new@example.com" });
      await send({ invoiceId });
      expect((await send({ invoiceId })).body).toMatchObject({ invoiceId, status });
      const found = await mails();
      expect(found.map(({ destination }) => destination.to)).toEqual([
        ["new@example.com"],
        ["new@example.com"],
      ]);
      expect(found[0]?.subject).toContain(subject);
      expect(found[0]?.subject).toContain("¥5,000");
    },
  );

  it("a void one is refused", async () => {
    const invoiceId = await shop.inStatus(await shop.customer(), "void");
    const { body } = await send({ invoiceId });
    expect(body).toMatchObject({ status: 409, code: "CONFLICT", issues: [{ path: "invoiceId" }] });
    expect(await mails()).toEqual([]);
  });

  it("a principal that acts for another customer is refused, as if there was no such invoice", async () => {
    const invoiceId = await shop.open(await shop.customer());
    const authorizer = boundTo(await shop.customer());
    expect(await send({ invoiceId }, randomUUID(), authorizer)).toMatchObject({ status: 404 });
    expect((await send({ invoiceId: "in_none" })).status).toBe(404);
    expect((await send({})).body.issues[0].path).toBe("invoiceId");
    expect(await mails()).toEqual([]);
  });
});

describe("given a mail that SES may not have sent", () => {
  it.each(["throttled", "down"] as const)("if SES is %s, the key sends it later", async (fault) => {
    const invoiceId = await shop.draft(await shop.customer());
    const key = randomUUID();
    mailbox.fail(fault);
    expect((await send({ invoiceId }, key)).body).toMatchObject({ retryable: true });
    expect(await mails()).toEqual([]);
    expect((await send({ invoiceId }, key)).body).toMatchObject({ status: "open" });
    expect(await mails()).toHaveLength(1);
  });

  it.each([
    ["lost", 1],
    ["broken", 0],
  ] as const)("if the response is %s, the key never sends it again, and says so", async (fault, sent) => {
    const invoiceId = await shop.draft(await shop.customer());
    const key = randomUUID();
    mailbox.fail(fault);
    expect((await send({ invoiceId }, key)).body).toMatchObject({ code: "BAD_GATEWAY" });
    const { body } = await send({ invoiceId }, key);
    expect(body).toMatchObject({ code: "CONFLICT", retryable: false });
    expect(body.detail).toContain("may have sent the mail");
    expect(await mails()).toHaveLength(sent);
    expect((await send({ invoiceId })).body).toMatchObject({ status: "open" });
    expect(await mails()).toHaveLength(sent + 1);
  });
});

describe("given a call that is killed at any place", () => {
  it("the repeated call ends, there is at most one mail, and exactly one if the call says so", async () => {
    /** Repeats the call until a life ends with a response; the lease of a killed life ends in between. */
    async function survive(kills: readonly Kill[]) {
      const invoiceId = await shop.draft(await shop.customer());
      await mailbox.clear();
      const key = randomUUID();
      services.begin(kills);
      for (let life = 0; life < 5; life += 1) {
        const { status, body } = await send({ invoiceId }, key);
        const died = services.isDead;
        services.revive();
        clock.advance(30_000);
        if (died || body.retryable === true) continue;
        services.spare();
        const sent = (await mails()).length;
        if (status === 200) expect([sent, body.status]).toEqual([1, "open"]);
        else expect([sent <= 1, body.code]).toEqual([true, "CONFLICT"]);
        return;
      }
      throw new Error(`Not done: ${JSON.stringify(kills)}`);
    }
    await survive([]);
    const calls = services.reached.length;
    const places = Array.from({ length: calls }, (_, call) => call).flatMap((call): Kill[] => [
      { call, when: "before" },
      { call, when: "after" },
    ]);
    for (const kill of sampleOf(places, { every: 3 })) await survive([kill]);
    expect(calls).toBeGreaterThan(8);
  });
});
