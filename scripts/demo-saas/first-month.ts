/** Sign-ups, usage within its cap, an upgrade, and invoices that are due. */

import { formatMoney } from "../../lib/money/format-money.ts";
import { numberOf } from "../../lib/untrusted.ts";
import { intentOn, invoke, type Outputs, textIn, typeCard } from "../demo/product-calls.ts";
import { access, type Company, GOOD_CARD, later, METER, saveCard, signUp } from "./company.ts";

/** A card whose payments succeed, and are disputed by the payer's bank. */
const DISPUTED_CARD = "4000000000000259";
const CALLS = 1250;
/** More than the policies let a customer use in a month. */
const CALLS_BY_MISTAKE = 1_000_000_000;

export interface Customers {
  readonly ada: { readonly customerId: string; readonly subscriptionId: string };
  readonly alan: { readonly customerId: string; readonly subscriptionId: string };
  readonly edith: { readonly customerId: string };
  readonly grace: { readonly customerId: string; readonly subscriptionId: string };
  /** Of two payments, which are disputed. */
  readonly katherine: { readonly payments: readonly string[] };
  /** Of an invoice of $1,000.00. */
  readonly margaret: { readonly invoiceId: string };
}

export async function firstMonth(company: Company): Promise<Customers> {
  const { timeline } = company;
  timeline.chapter("The first month");
  const alan = await timeline.step("pay page", "alan buys Basic for $19.00", () => buyOnPayPage(company));
  const grace = await timeline.step("HTTP API", "grace saves a card, and buys Basic for $19.00", () =>
    buyWithSavedCard(company),
  );
  const katherine = await timeline.step("pay page", "katherine pays $99.00 and $60.00 for courses", () =>
    buyCourses(company),
  );
  const margaret = await timeline.step(
    "HTTP API",
    "margaret gets an invoice of $1,200.00 for 10 days, and $200.00 are credited",
    () => sendInvoice(company, "margaret", { amount: 120_000, daysUntilDue: 10, credit: 20_000 }),
  );
  await timeline.step("HTTP API", "mary gets an invoice of $480.00 for 60 days", () =>
    sendInvoice(company, "mary", { amount: 48_000, daysUntilDue: 60 }),
  );
  const edith = await timeline.step("HTTP API", "edith subscribes to the API, at $0.02 a call", () =>
    subscribeToApi(company),
  );
  await useApi(company, edith.customerId);
  const dorothy = await timeline.step("HTTP API", "dorothy tries Basic for 14 days, without a card", () =>
    startTrial(company, "dorothy", false),
  );
  const ada = await timeline.step("HTTP API", "ada tries Basic for 14 days, with a card on file", () =>
    startTrial(company, "ada", true),
  );
  await later(company, 14, "the trials end, and ada's is paid; margaret's invoice is overdue");
  await access(company, dorothy.customerId, "ended");
  await access(company, ada.customerId, "active");
  await upgrade(company, ada.subscriptionId);
  return { ada, alan, edith, grace, katherine, margaret };
}

/** Records usage: what was used, and a mistake that the policies refuse. */
export async function useApi({ client, timeline }: Company, customerId: string): Promise<void> {
  const record = (quantity: number, identifier: string) =>
    client.invoke("stripe-record-usage", { customerId, meter: METER, quantity, identifier }, identifier);
  await timeline.step("HTTP API", `edith uses ${CALLS.toLocaleString("en-US")} calls`, () =>
    invoke(client, "stripe-record-usage", { customerId, meter: METER, quantity: CALLS }),
  );
  await timeline.step(
    "policies",
    `${CALLS_BY_MISTAKE.toLocaleString("en-US")} calls by mistake are refused: beyond the cap of a month`,
    async () => {
      const { status, body } = await record(CALLS_BY_MISTAKE, `mistake-${customerId}`);
      if (body.code !== "RATE_LIMITED")
        throw new Error(`It responded with ${status}: ${JSON.stringify(body)}`);
    },
  );
}

async function buyOnPayPage(company: Company) {
  const { client, catalogue } = company;
  const customerId = await signUp(company, "alan");
  const created = await invoke(client, "stripe-create-subscription", {
    customerId,
    priceId: catalogue.basic,
  });
  await typeCard(client, await intentOn(textIn(created, "payUrl")), GOOD_CARD);
  return { customerId, subscriptionId: textIn(created, "subscriptionId") };
}

async function buyWithSavedCard(company: Company) {
  const { client, catalogue } = company;
  const customerId = await signUp(company, "grace");
  const paymentMethodId = await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.basic, paymentMethodId };
  const created = await invoke(client, "stripe-create-subscription", inputs);
  return { customerId, subscriptionId: textIn(created, "subscriptionId") };
}

async function buyCourses(company: Company) {
  const customerId = await signUp(company, "katherine");
  const payments: string[] = [];
  for (const amount of [9900, 6000]) {
    const created = await invoke(company.client, "stripe-create-payment-intent", { customerId, amount });
    const payment = textIn(created, "paymentIntentId");
    await typeCard(company.client, payment, DISPUTED_CARD);
    payments.push(payment);
  }
  return { payments };
}

interface InvoiceOrder {
  /** In cents. */
  readonly amount: number;
  readonly daysUntilDue: number;
  readonly credit?: number;
}

async function sendInvoice(company: Company, name: string, { amount, daysUntilDue, credit }: InvoiceOrder) {
  const { client } = company;
  const customerId = await signUp(company, name);
  const lines = [{ description: "Training on site", amount }];
  const created = await invoke(client, "stripe-create-invoice", { customerId, lines, daysUntilDue });
  const invoiceId = textIn(created, "invoiceId");
  await invoke(client, "stripe-finalize-invoice", { invoiceId });
  if (credit !== undefined) {
    const note = { invoiceId, amount: credit, reason: "order_change" };
    await invoke(client, "stripe-create-credit-note", note);
  }
  await invoke(client, "stripe-send-invoice", { invoiceId });
  return { invoiceId };
}

async function subscribeToApi(company: Company) {
  const { client, catalogue } = company;
  const customerId = await signUp(company, "edith");
  const paymentMethodId = await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.calls, paymentMethodId };
  await invoke(client, "stripe-create-subscription", inputs);
  return { customerId };
}

async function startTrial(company: Company, name: string, hasCard: boolean) {
  const { client, catalogue } = company;
  const customerId = await signUp(company, name);
  if (hasCard) await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.basic, trialDays: 14 };
  const created = await invoke(client, "stripe-create-subscription", inputs);
  return { customerId, subscriptionId: textIn(created, "subscriptionId") };
}

async function upgrade({ client, timeline, catalogue }: Company, subscriptionId: string): Promise<void> {
  const wanted = { subscriptionId, priceId: catalogue.pro };
  const quoted = await timeline.step("HTTP API", "ada asks what Pro costs from today on", () =>
    invoke(client, "stripe-preview-subscription-change", wanted),
  );
  await timeline.step(
    "HTTP API",
    `ada changes to Pro, and is charged ${amountDue(quoted)} as quoted`,
    async () => {
      const quote = textIn(quoted, "quote");
      const changed = await invoke(client, "stripe-change-subscription", { subscriptionId, quote });
      if (amountDue(changed) !== amountDue(quoted)) throw new Error(`It was charged ${amountDue(changed)}`);
    },
  );
}

const amountDue = (body: Outputs) =>
  formatMoney({ amount: numberOf(body.amountDue) ?? 0, currency: textIn(body, "currency") });
