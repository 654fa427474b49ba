/** Mails that events make due, through the consumers. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { handler as onChargeEvent } from "../../../functions/on-charge-event/handler.ts";
import { handler as onInvoiceEvent } from "../../../functions/on-invoice-event/handler.ts";
import { handler as onPaymentIntentEvent } from "../../../functions/on-payment-intent-event/handler.ts";
import { handler as onSubscriptionEvent } from "../../../functions/on-subscription-event/handler.ts";
import { mails } from "../../../generated/mails.ts";
import { AUTOMATIC_MAILS, automaticMailsMistake } from "../../../lib/automatic-mails/automatic-mails.ts";
import { mailExpiringCard } from "../../../lib/automatic-mails/mail-expiring-card.ts";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { queueOf } from "../../../lib/events/event-queues.ts";
import { stripeReader } from "../../../lib/events/resolve-event.ts";
import type { ExpiringCard } from "../../../lib/expiring-cards/expiring-card.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { failingMailbox } from "../../steps/failing-mailbox.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type EmulatedEvent, emulatorClient } from "../../steps/stripe-emulator-client.ts";

const HANDLERS = {
  "payment-intent": onPaymentIntentEvent,
  invoice: onInvoiceEvent,
  subscription: onSubscriptionEvent,
  charge: onChargeEvent,
};

/** The effect does not use it. */
const EXPIRING: ExpiringCard["notification"] = {
  ...{
    version: 1,
    id: "evt_expiring_1",
    type: "payment_method.expiring",
    occurredAt: "2026-11-27T00:00:00.000Z",
  },
  ...{ livemode: false, object: { type: "payment_method", id: "pm_1", status: "attached" }, application: {} },
};

given.localAws();
const log = given.capturedLog();
let stripe: StripeEmulator;
let emulator: ReturnType<typeof emulatorClient>;
let mailbox: Awaited<ReturnType<typeof failingMailbox>>;
let seen = 0;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  emulator = emulatorClient(stripe.url);
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    PUBLIC_URL: "https://pay.example.com",
  });
  mailbox = await failingMailbox();
});
beforeEach(() => {
  process.env.AUTOMATIC_MAILS = AUTOMATIC_MAILS.join(", ");
});
afterEach(async () => {
  process.env.AUTOMATIC_MAILS = "";
  await fresh();
  await mailbox.clear();
});
afterAll(async () => {
  await mailbox.close();
  await stripe.close();
});

/** The events since the last call. */
async function fresh(): Promise<EmulatedEvent[]> {
  const events = await emulator.eventsSince(seen);
  seen += events.length;
  return events;
}

async function deliver(event: EmulatedEvent): Promise<boolean> {
  const queue = queueOf(event.type);
  if (queue === "unrouted" || queue === "customer" || queue === "usage") return true;
  const record = sqsRecord(queue, JSON.stringify(event));
  const { batchItemFailures } = await HANDLERS[queue]({ Records: [record] }, given.lambdaContext(20_000));
  return batchItemFailures.length === 0;
}

/** Delivers what is new, each event twice, and returns the subjects of the mails to the customer. */
async function subjects(): Promise<string[]> {
  for (const event of await fresh()) for (const _copy of [1, 2]) expect(await deliver(event)).toBe(true);
  const sent = await mailbox.mails();
  return sent.map(({ subject }) => subject.replaceAll(/[\u00a0\u202f]/g, " ")).sort();
}

const results = () =>
  log.lines().flatMap(({ event, result }) => (event === "automatic-mail" ? [result] : []));

async function customer(fields: Readonly<Record<string, string>> = {}) {
  const { id } = await emulator.api("customers", {
    email: "ada@example.com",
    "preferred_locales[0]": "de",
    ...fields,
  });
  const method = await emulator.api("payment_methods/pm_card_visa/attach", { customer: id });
  await emulator.api(`customers/${id}`, { "invoice_settings[default_payment_method]": method.id });
  return { customer: id, method: method.id };
}

async function payment(fields: Readonly<Record<string, string>> = {}, who = customer()) {
  const { customer: id, method } = await who;
  return emulator.api("payment_intents", {
    ...{ amount: "4200", currency: "eur", customer: id, payment_method: method, confirm: "true" },
    ...{
      "automatic_payment_methods[enabled]": "true",
      "automatic_payment_methods[allow_redirects]": "never",
    },
    ...fields,
  });
}

async function subscription(fields: Readonly<Record<string, string>> = {}) {
  const { customer: id } = await customer();
  const product = await emulator.api("products", { name: "Team plan" });
  const price = await emulator.api("prices", {
    ...{ product: product.id, unit_amount: "1500", currency: "eur", "recurring[interval]": "month" },
  });
  return emulator.api("subscriptions", { customer: id, "items[0][price]": price.id, ...fields });
}

describe("given events that payers are mailed about", () => {
  it("a payment and its refund: one mail each, however often the events arrive, in the customer's language", async () => {
    const { id } = await payment();
    await emulator.api("refunds", { payment_intent: id, amount: "1000" });
    expect(await subjects()).toEqual([
      "Beleg für Ihre Zahlung über 42,00 €",
      "Ihre Rückerstattung über 10,00 €",
    ]);
    expect(await subjects()).toHaveLength(2);
  });

  it("a subscription: its start, the receipt of its invoice, a change, a cancellation, and its end", async () => {
    const { id, items } = await subscription();
    expect(await subjects()).toEqual([
      "Beleg für Ihre Zahlung über 15,00 €",
      "Ihr Abonnement Team plan hat begonnen",
    ]);
    await mailbox.clear();
    const [item] = JSON.parse(JSON.stringify(items)).data;
    await emulator.api(`subscriptions/${id}`, {
      ...{ "items[0][id]": item.id, "items[0][quantity]": "3", proration_behavior: "none" },
    });
    expect(await subjects()).toEqual(["Ihr Abonnement Team plan × 3 wurde geändert"]);
    await mailbox.clear();
    await emulator.api(`subscriptions/${id}`, { cancel_at_period_end: "true" });
    expect((await subjects()).join()).toMatch(/^Ihr Abonnement Team plan endet am \d+\. \p{L}+ \d{4}$/u);
    await mailbox.clear();
    await fetch(`${stripe.url}/v1/subscriptions/${id}`, {
      method: "DELETE",
      headers: { authorization: "Bearer sk_test_local" },
    });
    expect(await subjects()).toEqual(["Ihr Abonnement Team plan ist beendet"]);
  });

  it("a trial shorter than three days: its start and its end, and no receipt for nothing", async () => {
    await subscription({ trial_period_days: "2" });
    const sent = await subjects();
    expect(sent).toContain("Ihr Abonnement Team plan hat begonnen");
    expect(sent.join()).not.toMatch(/Beleg/);
    expect(
      sent.filter((subject) => subject.startsWith("Ihre Testphase von Team plan endet am")),
    ).toHaveLength(1);
  });

  it("an invoice that is sent to the payer, and its receipt once it is paid", async () => {
    const { customer: id } = await customer();
    const invoice = await emulator.api("invoices", {
      ...{ customer: id, collection_method: "send_invoice", days_until_due: "14", currency: "eur" },
    });
    await emulator.api("invoiceitems", {
      customer: id,
      amount: "9900",
      currency: "eur",
      invoice: invoice.id,
    });
    const { number } = await emulator.api(`invoices/${invoice.id}/finalize`, {});
    expect(await subjects()).toEqual([`Ihre Rechnung ${number} über 99,00 €`]);
    await mailbox.clear();
    await emulator.api(`invoices/${invoice.id}/pay`, {});
    expect(await subjects()).toEqual(["Beleg für Ihre Zahlung über 99,00 €"]);
  });

  it("a card that expires, once for its month", async () => {
    const { method } = await customer();
    const context = {
      ...{ requestId: "run", deadline: Date.now() + 60_000, now: () => new Date() },
      read: stripeReader({
        deadline: Date.now() + 60_000,
        now: () => new Date(),
        noteVendorRequest: () => {},
      }),
    };
    const card = {
      ...{
        paymentMethodId: String(method),
        customerId: "cus_1",
        expMonth: 12,
        expYear: 2026,
        subscriptionIds: [],
      },
      notification: EXPIRING,
    };
    const effect = mailExpiringCard(mails);
    await effect(card, context);
    await effect(card, context);
    expect(await subjects()).toEqual(["Ihre Karte mit der Endung 4242 läuft bald ab"]);
  });
});

describe("given mails that would be too many", () => {
  it.each(["", "none", "invoice, card-expiring"])("AUTOMATIC_MAILS=%j sends no receipt", async (value) => {
    process.env.AUTOMATIC_MAILS = value;
    await payment();
    expect(await subjects()).toEqual([]);
    expect(results()).toEqual([]);
  });

  it("Stripe's own receipt goes to the receipt address, so ours is not sent", async () => {
    await payment({ receipt_email: "eve@example.com" });
    expect(await subjects()).toEqual([]);
    expect(results()).toContain("other-mail");
  });

  it("a payer whose address the application did not give gets none", async () => {
    await payment({}, customer({ email: "" }));
    expect(await subjects()).toEqual([]);
    expect(results()).toContain("unaddressed");
  });

  it("an event that arrives days later sends none", async () => {
    const { id } = await payment();
    const succeeded = (await fresh()).find(({ type }) => type === "payment_intent.succeeded");
    if (succeeded === undefined) throw new Error(`${id} did not succeed`);
    const late = { ...succeeded, created: succeeded.created - 4 * 24 * 60 * 60 };
    expect(await deliver(late)).toBe(true);
    expect(await mailbox.mails()).toEqual([]);
    expect(results()).toEqual(["late"]);
  });
});

describe("given SES in trouble", () => {
  const succeeded = async () => {
    await payment();
    const event = (await fresh()).find(({ type }) => type === "payment_intent.succeeded");
    if (event === undefined) throw new Error("The payment did not succeed");
    return event;
  };

  it.each(["throttled", "down"] as const)(
    "%s: the event fails, and its next delivery sends the mail",
    async (fault) => {
      const event = await succeeded();
      mailbox.fail(fault);
      expect(await deliver(event)).toBe(false);
      expect(await mailbox.mails()).toEqual([]);
      expect(await deliver(event)).toBe(true);
      expect(await mailbox.mails()).toHaveLength(1);
    },
  );

  it.each(["lost", "broken", "refused"] as const)("%s: the mail is not sent again", async (fault) => {
    const event = await succeeded();
    mailbox.fail(fault);
    for (const _time of [1, 2, 3]) expect(await deliver(event)).toBe(true);
    expect((await mailbox.mails()).length).toBe(fault === "lost" ? 1 : 0);
    expect(log.text()).not.toMatch(/ada@/);
  });

  it("a sender that died after its claim is not replaced", async () => {
    const event = await succeeded();
    const { object } = JSON.parse(JSON.stringify(event)).data;
    const table = process.env.SENT_MAILS_TABLE ?? "";
    await putItem(table, {
      mail: `receipt:${object.id}`,
      state: "sending",
      owner: "dead",
      at: 1,
      version: 1,
    });
    expect(await deliver(event)).toBe(true);
    expect(await mailbox.mails()).toEqual([]);
    expect(await getItem(table, { mail: `receipt:${object.id}` })).toMatchObject({ owner: "dead" });
  });

  it("what is stored of a mail has ids and no address", async () => {
    const event = await succeeded();
    await deliver(event);
    const { object } = JSON.parse(JSON.stringify(event)).data;
    const item = await getItem(process.env.SENT_MAILS_TABLE ?? "", { mail: `receipt:${object.id}` });
    expect(item).toMatchObject({ state: "sent", expiresAt: expect.any(Number) });
    expect(JSON.stringify(item)).not.toMatch(/@/);
  });
});

describe("given the setting AUTOMATIC_MAILS", () => {
  it.each([
    ["none", undefined],
    ["receipt", undefined],
    ["receipt, refund,trial-ending", undefined],
    ["reciept", 'did you mean "receipt"?'],
    ["receipt,payment-link", "payment-link"],
  ])("%j has the mistake %j", (value, mistake) => {
    const found = automaticMailsMistake(value);
    if (mistake === undefined) expect(found).toBeUndefined();
    else expect(found).toContain(mistake);
  });
});
