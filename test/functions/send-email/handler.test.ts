import { randomUUID } from "node:crypto";
import { SESClient, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { emailTemplates } from "../../../generated/email-templates.ts";
import { handler } from "../../../generated/handlers/send-email.ts";
import { mails as mailTexts } from "../../../generated/mails.ts";
import { openPayToken } from "../../../lib/pay-link/pay-token.ts";
import { signedOutput } from "../../../lib/workflow/run-data.ts";
import { readMailSamples } from "../../../local/mail-samples.ts";
import { loadProject } from "../../../scripts/generate/load-project.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { mailReports, simulated } from "../../steps/mail-reports.ts";
import { runData, taskOf } from "../../steps/signed-run.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import * as when from "../../steps/when.ts";

const { workflows } = loadProject();

/** Of a payment intent of 42 dollars. */
let CLIENT_SECRET: string;
let stripe: StripeEmulator;

interface Mail {
  readonly messageId: string;
  readonly from: string;
  readonly destination: { readonly to: string[] };
  readonly subject: string;
  readonly body: { readonly html: string; readonly text: string };
}

const aws = given.localAws();
const log = given.capturedLog();

beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  CLIENT_SECRET = (await givenIntent(4200, "usd")).clientSecret;
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    PUBLIC_URL: "https://pay.example.com",
    EMAIL_FROM: "payments@example.com",
    ADMIN_EMAIL: "",
  });
  const ses = new SESClient({});
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: "payments@example.com" }));
  ses.destroy();
});
afterAll(() => stripe.close());
beforeEach(async () => {
  await fetch(`${aws.endpoints.ses}/clear-store`, { method: "POST" });
  process.env.ADMIN_EMAIL = "";
  process.env.EMAIL_FROM = "payments@example.com";
});

async function send(body: object, key: string = randomUUID()) {
  const headers = { "idempotency-key": key };
  const call = { path: "/api/capabilities/send-email", headers, body };
  const response = await when.callsForJson(handler, call);
  return { status: response.status, body: response.body };
}

async function mails(): Promise<Mail[]> {
  const store: { emails: Mail[] } = JSON.parse(await (await fetch(`${aws.endpoints.ses}/store`)).text());
  return store.emails;
}

async function onlyMail(): Promise<Mail> {
  const [mail, ...others] = await mails();
  if (mail === undefined || others.length > 0) throw new Error("Not exactly one mail was sent");
  return mail;
}

const paymentLink = {
  to: "ada@example.com",
  template: "payment-link",
  get data() {
    return { clientSecret: CLIENT_SECRET, amount: 4200 };
  },
};

/** A payment intent at Stripe. */
async function givenIntent(amount: number, currency: string): Promise<{ id: string; clientSecret: string }> {
  const intent = await emulatorClient(stripe.url).api("payment_intents", {
    amount: String(amount),
    currency,
  });
  return { id: intent.id, clientSecret: String(intent.client_secret) };
}

describe("given a payment link to send", () => {
  it("SES gets the mail, with the amount and the link to our pay page in both HTML and text", async () => {
    const answer = await send(paymentLink);
    const mail = await onlyMail();
    expect(answer).toEqual({ status: 200, body: { messageId: mail.messageId } });
    expect(mail).toMatchObject({
      from: "payments@example.com",
      destination: { to: ["ada@example.com"] },
      subject: "Your payment of $42.00",
    });
    const link = /https:\/\/pay\.example\.com\/pay\/(\S+)/.exec(mail.body.text);
    expect(openPayToken(link?.[1] ?? "", ["app-secret-of-the-tests"], new Date())).toMatchObject({
      ok: true,
      objectId: CLIENT_SECRET.split("_secret_")[0],
    });
    const shown = mail.body.html.replaceAll("&#x2F;", "/");
    expect(shown).toContain(`<a href="${link?.[0]}"`);
    expect(shown).toContain("Pay $42.00</a>");
  });

  it("the mail does not contain the client secret", async () => {
    await send(paymentLink);
    expect(JSON.stringify(await onlyMail())).not.toContain("secret");
  });

  it("every tag is filled, and the mail loads nothing from elsewhere", async () => {
    await send(paymentLink);
    const { subject, body } = await onlyMail();
    expect(subject + body.html + body.text).not.toMatch(/\{\{|\}\}|undefined|\[object/);
    expect(body.html).not.toMatch(/<img|<link|<script|url\(|@import/);
  });

  it("repeating the call sends no second mail", async () => {
    const key = randomUUID();
    const first = await send(paymentLink, key);
    expect(await send(paymentLink, key)).toEqual(first);
    expect(await mails()).toHaveLength(1);
  });
});

describe("given a recipient whose address takes no mail", () => {
  it("SES's report names the mail, its template and its payment, and is logged and counted without the address", async () => {
    const reports = await mailReports();
    const to = simulated("bounce", randomUUID().slice(0, 8));
    const { body } = await send({ ...paymentLink, to });
    log.clear();
    expect(await reports.deliverAll()).toHaveLength(1);
    const [line] = log.lines().filter(({ event }) => event === "mail.undelivered");
    expect(line).toMatchObject({
      ...{ level: "info", outcome: "succeeded", result: "bounced", reason: "General", status: "5.1.1" },
      ...{ messageId: body.messageId, template: "payment-link", MailsUndelivered: 1 },
      paymentId: CLIENT_SECRET.split("_secret_")[0],
    });
    expect(log.text()).not.toMatch(/simulator|secret_/);
  });
});

describe("given a payment at Stripe", () => {
  it.each([
    [500, "jpy", "¥500"],
    [5120, "kwd", "KWD 5.120"],
    [150_000_000, "jpy", "¥150,000,000"],
    [4200, "eur", "€42.00"],
  ])("%d %s: its mails show %s, also when the call names no currency", async (amount, currency, shown) => {
    const { id, clientSecret } = await givenIntent(amount, currency);
    const about = { paymentId: id, attempts: 3, reason: "attempts", mode: "test" };
    for (const [template, data] of [
      ["payment-link", { clientSecret }],
      ["payment-failed", { paymentIntentId: id }],
      ["payment-failed-admin", about],
    ] as const) {
      expect(await send({ to: "ada@example.com", template, data: { ...data, amount } })).toMatchObject({
        status: 200,
      });
    }
    const sent = await mails();
    expect(sent).toHaveLength(3);
    for (const { subject, body } of sent) {
      for (const text of [subject, body.text, body.html])
        expect(text.replaceAll(/\s/g, " ")).toContain(shown);
    }
  });

  it.each([
    ["the dollars of a yen amount", { amount: 500, currency: "usd" }, "data.currency", 'must be "jpy"'],
    ["another amount", { amount: 5 }, "data.amount", "must be 500"],
    ["an amount in another unit", { amount: 50_000 }, "data.amount", "in the smallest unit of jpy"],
    ["a fraction", { amount: 500.5 }, "data.amount", "must be 500"],
    ["a currency in capitals", { amount: 500, currency: "JPY" }, "data.currency", 'must be "jpy"'],
  ])("a payment link with %s is refused, and no mail is sent", async (_what, money, path, message) => {
    const { clientSecret } = await givenIntent(500, "jpy");
    const { status, body } = await send({ ...paymentLink, data: { clientSecret, ...money } });
    expect(status).toBe(422);
    expect(body.issues).toEqual([{ path, message: expect.stringContaining(message) }]);
    expect(JSON.stringify(body)).not.toContain(clientSecret);
    expect(await mails()).toEqual([]);
  });

  it("whatever amount and currency a call names, a mail shows those of the payment or is not sent", async () => {
    const { clientSecret } = await givenIntent(500, "jpy");
    const money = fc.record(
      {
        amount: fc.oneof(fc.constant(500), fc.nat(1_000_000)),
        currency: fc.constantFrom("jpy", "usd", "kwd"),
      },
      { requiredKeys: ["amount"] },
    );
    await fc.assert(
      fc.asyncProperty(money, async ({ amount, currency }) => {
        const data = { clientSecret, amount, ...(currency === undefined ? {} : { currency }) };
        const { status } = await send({ ...paymentLink, data });
        const isRight = amount === 500 && (currency ?? "jpy") === "jpy";
        expect({ amount, currency, status }).toEqual({ amount, currency, status: isRight ? 200 : 422 });
      }),
      { numRuns: tries({ sample: 3, whole: 30 }), examples: [[{ amount: 500 }]] },
    );
    expect(new Set((await mails()).map(({ subject }) => subject))).toEqual(new Set(["Your payment of ¥500"]));
  });

  it("a client secret of its own making does not open another payment", async () => {
    const { id } = await givenIntent(4200, "usd");
    const { status, body } = await send({
      ...paymentLink,
      data: { clientSecret: `${id}_secret_guessed`, amount: 4200 },
    });
    expect({ status, issues: body.issues }).toMatchObject({
      status: 422,
      issues: [{ path: "data.clientSecret" }],
    });
  });

  it("while Stripe is down, no mail is sent", async () => {
    const { control } = emulatorClient(stripe.url);
    await control("POST", "faults", { kind: "status", status: 503, times: 2 });
    expect((await send(paymentLink)).status).toBeGreaterThanOrEqual(500);
    expect(await mails()).toEqual([]);
  });
});

describe("given an object at Stripe", () => {
  const api = (path: string, form: Record<string, string>) => emulatorClient(stripe.url).api(path, form);
  const card = "pm_card_visa";

  /** A customer who reads German, with a card. */
  async function givenCustomer() {
    const customer = await api("customers", {
      email: "ada@example.com",
      "preferred_locales[0]": "de-AT",
    });
    const method = await api(`payment_methods/${card}/attach`, { customer: customer.id });
    await api(`customers/${customer.id}`, { "invoice_settings[default_payment_method]": String(method.id) });
    return { customer: customer.id, method: String(method.id) };
  }

  async function givenPayment() {
    const { customer, method } = await givenCustomer();
    return api("payment_intents", {
      ...{ amount: "4200", currency: "eur", customer, description: "Ten lessons" },
      ...{ payment_method: method, confirm: "true", off_session: "true" },
      ...{
        "automatic_payment_methods[enabled]": "true",
        "automatic_payment_methods[allow_redirects]": "never",
      },
    });
  }

  async function givenSubscription(more: Record<string, string>) {
    const { customer } = await givenCustomer();
    const product = await api("products", { name: "Team plan" });
    const price = await api("prices", {
      ...{ product: product.id, unit_amount: "1500", currency: "eur", "recurring[interval]": "month" },
    });
    return api("subscriptions", {
      ...{ customer, "items[0][price]": price.id, "items[0][quantity]": "3", ...more },
    });
  }

  async function mailAbout(template: string, data: object): Promise<Mail> {
    expect(await send({ to: "ada@example.com", template, data })).toMatchObject({ status: 200 });
    return onlyMail();
  }
  const plain = (text: string) => text.replaceAll(/[\u00a0\u202f]/g, " ");

  it("a receipt needs nothing but the payment's id, and is in the customer's language", async () => {
    const { id } = await givenPayment();
    const { subject, body } = await mailAbout("receipt", { paymentIntentId: id });
    expect(plain(subject)).toBe("Beleg für Ihre Zahlung über € 42,00");
    expect(body.text).toContain("Für: Ten lessons");
    expect(body.text).toContain("Karte: Visa mit der Endung 4242");
  });

  it("the language of the call comes before the customer's", async () => {
    const { id } = await givenPayment();
    const mail = {
      to: "ada@example.com",
      template: "receipt",
      data: { paymentIntentId: id },
      language: "fr",
    };
    expect(await send(mail)).toMatchObject({ status: 200 });
    expect((await onlyMail()).subject).toMatch(/^Reçu de votre paiement/);
  });

  it("a refund's mail shows its amount and the card", async () => {
    const { id } = await givenPayment();
    const refund = await api("refunds", { payment_intent: id, amount: "1000" });
    const { subject, body } = await mailAbout("refund", { refundId: refund.id });
    expect(plain(subject)).toBe("Ihre Rückerstattung über € 10,00");
    expect(body.text).toContain("Visa mit der Endung 4242");
  });

  it("an invoice's mail shows its lines, and its receipt is sent once it is paid", async () => {
    const { customer } = await givenCustomer();
    const invoice = await api("invoices", {
      ...{ customer, collection_method: "send_invoice", days_until_due: "14", currency: "eur" },
    });
    await api("invoiceitems", {
      customer,
      amount: "9900",
      currency: "eur",
      description: "Advice",
      invoice: invoice.id,
    });
    const { id, number } = await api(`invoices/${invoice.id}/finalize`, {});
    const { subject, body } = await mailAbout("invoice", { invoiceId: id });
    expect(plain(subject)).toBe(`Ihre Rechnung ${number} über € 99,00`);
    expect(plain(body.text)).toContain("Advice: € 99,00");
    expect(body.text).toContain("Bitte zahlen Sie bis zum");
    const early = await send({ to: "ada@example.com", template: "receipt", data: { invoiceId: id } });
    expect(early.body.issues).toEqual([
      { path: "data.invoiceId", message: "does not belong to a paid invoice of this Stripe account" },
    ]);
    await api(`invoices/${id}/pay`, {});
    await fetch(`${aws.endpoints.ses}/clear-store`, { method: "POST" });
    const receipt = await mailAbout("receipt", { invoiceId: id });
    expect(plain(receipt.body.text)).toContain("Gesamtbetrag: € 99,00");
  });

  it("a subscription's mails show its plan, price and dates", async () => {
    const { id } = await givenSubscription({ trial_period_days: "10" });
    const started = await mailAbout("subscription-started", { subscriptionId: id });
    expect(started.subject).toBe("Ihr Abonnement Team plan × 3 hat begonnen");
    expect(plain(started.body.text)).toContain("Preis: € 45,00 pro Monat");
    expect(started.body.text).toContain("Ihre kostenlose Testphase hat begonnen.");
    await fetch(`${aws.endpoints.ses}/clear-store`, { method: "POST" });
    const ending = await mailAbout("trial-ending", { subscriptionId: id });
    expect(ending.body.text).toContain("Danach beginnt automatisch Ihr bezahltes Abonnement.");
    const early = await send({
      to: "a@example.com",
      template: "subscription-canceled",
      data: { subscriptionId: id },
    });
    expect(early.body.issues).toEqual([
      { path: "data.subscriptionId", message: expect.stringContaining("a subscription that ends") },
    ]);
    await api(`subscriptions/${id}`, { cancel_at_period_end: "true" });
    await fetch(`${aws.endpoints.ses}/clear-store`, { method: "POST" });
    const canceled = await mailAbout("subscription-canceled", { subscriptionId: id });
    expect(canceled.subject).toMatch(/^Ihr Abonnement Team plan endet am /);
  });

  it("a card's mail names it and its last month", async () => {
    const { method } = await givenCustomer();
    const { subject, body } = await mailAbout("card-expiring", { paymentMethodId: method });
    expect(subject).toBe("Ihre Karte mit der Endung 4242 läuft bald ab");
    expect(body.text).toMatch(/Gültig bis: \p{L}+ 20\d\d/u);
  });

  it("another amount or currency than the object's is refused, and so is a payment that nobody has paid", async () => {
    const { id } = await givenPayment();
    const wrong = await send({
      ...{ to: "ada@example.com", template: "receipt" },
      data: { paymentIntentId: id, amount: 42, currency: "usd" },
    });
    expect({ status: wrong.status, issues: wrong.body.issues }).toEqual({
      status: 422,
      issues: [
        { path: "data.amount", message: "must be 4200, as at Stripe" },
        { path: "data.currency", message: 'must be "eur", as at Stripe' },
      ],
    });
    const open = await givenIntent(4200, "usd");
    for (const paymentIntentId of [open.id, "pi_nobody"]) {
      const { body } = await send({ to: "ada@example.com", template: "receipt", data: { paymentIntentId } });
      expect(body.issues).toEqual([
        {
          path: "data.paymentIntentId",
          message: "does not belong to a paid payment intent of this Stripe account",
        },
      ]);
    }
    expect(await mails()).toEqual([]);
  });
});

describe("given a subject and bodies of the caller's own", () => {
  const own = { to: "ada@example.com", subject: "Grüße & <b>more</b>", textBody: "Hello & <b>bye</b>" };

  it("SES gets them as they are, from the business", async () => {
    process.env.BUSINESS_NAME = "Ada's Shop";
    const htmlBody = "<p>Hello &amp; {{bye}}</p>";
    const answer = await send({ ...own, htmlBody });
    process.env.BUSINESS_NAME = "";
    const mail = await onlyMail();
    expect(answer).toEqual({ status: 200, body: { messageId: mail.messageId } });
    expect(mail).toMatchObject({
      ...{ from: `"Ada's Shop" <payments@example.com>`, subject: own.subject },
      body: { html: htmlBody, text: own.textBody },
    });
  });

  it("HTML can be left out", async () => {
    expect(await send(own)).toMatchObject({ status: 200 });
    const { body } = await onlyMail();
    expect(body.text).toBe(own.textBody);
    expect(body.html ?? "").toBe("");
  });

  it.each<[string, object, readonly string[]]>([
    ["a template too", { template: "payment-error" }, ["subject", "textBody"]],
    ["data of a template", { data: { error: "no" } }, ["data"]],
    ["a language", { language: "de" }, ["language"]],
    ["no subject", { subject: undefined }, ["subject"]],
    ["no text", { textBody: undefined, htmlBody: "<p>Hi</p>" }, ["textBody"]],
    ["nothing to send", { subject: undefined, textBody: undefined }, ["template"]],
    ["a header in the subject", { subject: "Hi\r\nBcc: eve@example.com" }, ["subject"]],
    ["a line break in the subject", { subject: "Hi\nthere" }, ["subject"]],
    ["a line separator in the subject", { subject: "Hi\u2028there" }, ["subject"]],
    ["a blank subject", { subject: "  " }, ["subject"]],
    ["a subject that is too long", { subject: "x".repeat(251) }, ["subject"]],
  ])("a mail with %s is refused at its field, and not sent", async (_what, change, paths) => {
    const { status, body } = await send({ ...own, ...change });
    expect({ status, code: body.code }).toEqual({ status: 422, code: "VALIDATION_FAILED" });
    expect(body.issues.map(({ path }: { path: string }) => path)).toEqual(paths);
    expect(JSON.stringify(body)).not.toContain("Bcc");
    expect(await mails()).toEqual([]);
  });
});

describe("given an error to report", () => {
  const report = (to: string) => ({
    to,
    template: "payment-error",
    data: { error: `Card <b>declined</b> & "refused"` },
  });

  it("the error is escaped in HTML and plain in text", async () => {
    await send(report("ops@example.com"));
    const { body } = await onlyMail();
    expect(body.text).toContain(`Card <b>declined</b> & "refused"`);
    expect(body.html).not.toContain("<b>");
    expect(body.html).toContain("Card &lt;b&gt;declined&lt;&#x2F;b&gt; &amp; &quot;refused&quot;");
  });

  it.each([
    ["admin@example.com", "boss@example.org", "boss@example.org"],
    ["admin@example.com", "", "admin@example.com"],
    ["ops@example.com", "boss@example.org", "ops@example.com"],
    ["the-admin@example.com", "boss@example.org", "the-admin@example.com"],
  ])("a mail to %s with ADMIN_EMAIL=%j goes to %s", async (to, adminEmail, delivered) => {
    process.env.ADMIN_EMAIL = adminEmail;
    await send(report(to));
    expect((await onlyMail()).destination.to).toEqual([delivered]);
  });
});

describe("given an address with an internationalized domain", () => {
  it("SES gets the domain in punycode, in the recipient and in the sender", async () => {
    const ses = new SESClient({});
    await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: "pay@xn--exmple-cua.de" }));
    ses.destroy();
    process.env.EMAIL_FROM = "pay@exämple.de";
    expect(await send({ ...paymentLink, to: "ada@exämple.de" })).toMatchObject({ status: 200 });
    expect(await onlyMail()).toMatchObject({
      from: "pay@xn--exmple-cua.de",
      destination: { to: ["ada@xn--exmple-cua.de"] },
    });
  });
});

describe("given a run that has failed", () => {
  /** Runs the step notify-error of process-payment, after these outputs of earlier steps, as Step Functions does. */
  async function notify(input: Record<string, unknown>, outputs: Record<string, unknown>): Promise<Mail> {
    process.env.ADMIN_EMAIL = "boss@example.org";
    const runId = `run-${randomUUID()}`;
    const steps = workflows.find(({ workflowId }) => workflowId === "process-payment")?.steps ?? [];
    const data = runData({
      runId,
      principal: { id: "root", roles: ["admin"] },
      plan: Object.fromEntries(
        steps.map(({ id, capability, inputs }) => [id, { capability, inputs, after: [] }]),
      ),
      input,
      head: { workflowId: "process-payment" },
    });
    const event = taskOf(runId, "notify-error", "send-email", {
      ...data,
      steps: Object.fromEntries(
        Object.entries(outputs).map(([step, output]) => [
          step,
          signedOutput(runId, step, output, ["app-secret-of-the-tests"]),
        ]),
      ),
      error: { Error: "VALIDATION_FAILED", Cause: JSON.stringify({ errorMessage: "no" }) },
    });
    await handler(event, given.lambdaContext());
    const mail = await onlyMail();
    expect(mail.destination.to).toEqual(["boss@example.org"]);
    for (const text of [mail.body.text, mail.body.html.replaceAll("&#x2F;", "/")]) {
      expect(text).toContain(runId);
      expect(text).toContain(`GET /api/workflows/process-payment/runs/${runId}`);
      expect(text).not.toMatch(/\{\{|undefined|\[object/);
    }
    return mail;
  }
  const input = { customerEmail: "ada@example.com", customerName: "Ada", amount: 10 };

  it("before it had a customer: the mail names the run, the address and the amount as it was given", async () => {
    const { body } = await notify(input, {});
    expect(body.text).toContain("Customer: ada@example.com");
    expect(body.text).toContain("Amount: 10, in the smallest unit of the currency");
  });

  it("after it had a payment: the mail names the customer's id and the amount at Stripe", async () => {
    const { id } = await givenIntent(4200, "usd");
    const { body } = await notify(input, {
      "create-customer": { customerId: "cus_1" },
      "create-payment-intent": { paymentIntentId: id },
    });
    expect(body.text).toContain("Customer: cus_1");
    expect(body.text).toContain("Amount: $42.00");
    expect(body.html).toContain("$42.00");
  });

  it("while Stripe is down, the mail is sent all the same", async () => {
    await emulatorClient(stripe.url).control("POST", "faults", { kind: "status", status: 503, times: 2 });
    const steps = { "create-payment-intent": { paymentIntentId: "pi_1" } };
    expect((await notify(input, steps)).body.text).toContain("Amount: 10, in the smallest unit");
  });
});

describe("given the name of the business and the address for questions", () => {
  /** Of the mails that name no object at Stripe. */
  const samples = Object.keys(emailTemplates)
    .filter((template) => !template.startsWith("payment-"))
    .map((template) => [template, readMailSamples().find((sample) => sample.template === template)?.data]);
  const everyMail = (): unknown[][] => [
    ["payment-link", { clientSecret: CLIENT_SECRET, amount: 4200 }],
    ["payment-failed", { paymentIntentId: CLIENT_SECRET.split("_secret_")[0], amount: 4200 }],
    [
      "payment-failed-admin",
      {
        paymentId: CLIENT_SECRET.split("_secret_")[0],
        amount: 4200,
        attempts: 3,
        reason: "code",
        mode: "test",
      },
    ],
    ["payment-error", { error: "no" }],
    ...samples,
  ];

  it("every mail shows them, as text, and none shows them if they are not set", async () => {
    expect(
      everyMail()
        .map(([template]) => template)
        .sort(),
    ).toEqual(Object.keys(emailTemplates).sort());
    for (const isSet of [true, false]) {
      process.env.BUSINESS_NAME = isSet ? "Nuts & <Bolts>" : "";
      process.env.SUPPORT_EMAIL = isSet ? "help@example.com" : "";
      await fetch(`${aws.endpoints.ses}/clear-store`, { method: "POST" });
      for (const [template, data] of everyMail()) await send({ to: "ada@example.com", template, data });
      const sent = await mails();
      expect(sent).toHaveLength(everyMail().length);
      for (const { body } of sent) {
        expect(body.text.includes("Nuts & <Bolts>\nQuestions? Write to help@example.com.")).toBe(isSet);
        expect(/<strong>Nuts &amp; &lt;Bolts&gt;<\/strong>.*<\/body>/s.test(body.html)).toBe(isSet);
        expect(body.html.includes("mailto:help@example.com")).toBe(isSet);
      }
    }
  });
});

describe("given a call that cannot be carried out", () => {
  it.each<[string, object, string, string]>([
    [
      "an unknown template",
      { template: "welcome" },
      "template",
      `must be one of ${Object.keys(mailTexts.bodies).join(", ")}`,
    ],
    ["a property of every object as template", { template: "toString" }, "template", "must be one of"],
    ["no address", { to: "ada" }, "to", "email"],
    ["two dots in a row", { to: "a..b@example.com" }, "to", "two in a row"],
    ["hyphens around the domain", { to: "a@-example-.com" }, "to", "a hyphen"],
    ["two addresses", { to: "ada@example.com,eve@example.com" }, "to", "email"],
    ["a line break in the address", { to: "ada@example.com\nBcc: eve@example.com" }, "to", "email"],
    ["no data", { data: undefined }, "data.clientSecret", "required"],
    ["a missing amount", { data: { clientSecret: "pi_1_secret_2" } }, "data.amount", "required"],
    [
      "an amount as text",
      { data: { clientSecret: "pi_1_secret_2", amount: "42" } },
      "data.amount",
      "must be a number",
    ],
    [
      "a field that the template does not have",
      { data: { clientSecret: "pi_1_secret_2", amount: 4200, cc: "x" } },
      "data.cc",
      "",
    ],
    [
      "text that is not a client secret",
      { data: { clientSecret: "pi_1", amount: 4200 } },
      "data.clientSecret",
      "must be the client secret of a payment intent",
    ],
    [
      "the client secret of a payment that Stripe does not have",
      { data: { clientSecret: "pi_1_secret_2", amount: 4200 } },
      "data.clientSecret",
      "does not belong to a payment intent of this Stripe account",
    ],
    [
      "a failed payment that Stripe does not have",
      { template: "payment-failed", data: { paymentIntentId: "pi_1", amount: 4200, currency: "usd" } },
      "data.paymentIntentId",
      "does not belong to a payment intent",
    ],
    [
      "an amount without a currency and without a payment",
      { template: "payment-failed", data: { amount: 500 } },
      "data.currency",
      "is required in a mail that does not name a payment",
    ],
  ])("%s gets a 422 that names the field, and no mail is sent", async (_what, change, path, message) => {
    const { status, body } = await send({ ...paymentLink, ...change });
    expect({ status, code: body.code }).toEqual({ status: 422, code: "VALIDATION_FAILED" });
    expect(body.issues).toContainEqual({ path, message: expect.stringContaining(message) });
    expect(JSON.stringify(body)).not.toContain(CLIENT_SECRET);
    expect(await mails()).toEqual([]);
  });

  it("a sender that SES does not know is our fault, which can be corrected: 503, not a refusal of the call", async () => {
    process.env.EMAIL_FROM = "stranger@example.net";
    expect(await send(paymentLink)).toMatchObject({
      status: 503,
      body: { code: "SERVICE_UNAVAILABLE", retryable: true },
    });
  });
});
