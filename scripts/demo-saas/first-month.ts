/** Sign-ups, usage within its cap, an upgrade, and invoices that are due. */

import { ApiError } from "../../client/index.ts";
import { formatMoney } from "../../lib/money/format-money.ts";
import { intentOn, typeCard } from "../demo/product-calls.ts";
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
export async function useApi({ api, timeline }: Company, customerId: string): Promise<void> {
  await timeline.step("HTTP API", `edith uses ${CALLS.toLocaleString("en-US")} calls`, () =>
    api.call("stripe-record-usage", { customerId, meter: METER, quantity: CALLS }),
  );
  await timeline.step(
    "policies",
    `${CALLS_BY_MISTAKE.toLocaleString("en-US")} calls by mistake are refused: beyond the cap of a month`,
    async () => {
      const usage = { customerId, meter: METER, quantity: CALLS_BY_MISTAKE };
      const refused = await api.call("stripe-record-usage", usage).then(
        () => new Error("It was recorded"),
        (thrown: unknown) => thrown,
      );
      if (!(refused instanceof ApiError) || refused.code !== "RATE_LIMITED") throw refused;
    },
  );
}

async function buyOnPayPage(company: Company) {
  const { api, around, catalogue } = company;
  const customerId = await signUp(company, "alan");
  const inputs = { customerId, priceId: catalogue.basic };
  const { subscriptionId, payUrl } = await api.call("stripe-create-subscription", inputs);
  await typeCard(around, await intentOn(payUrl), GOOD_CARD);
  return { customerId, subscriptionId };
}

async function buyWithSavedCard(company: Company) {
  const { api, catalogue } = company;
  const customerId = await signUp(company, "grace");
  const paymentMethodId = await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.basic, paymentMethodId };
  const { subscriptionId } = await api.call("stripe-create-subscription", inputs);
  return { customerId, subscriptionId };
}

async function buyCourses(company: Company) {
  const { api, around } = company;
  const customerId = await signUp(company, "katherine");
  const payments: string[] = [];
  for (const amount of [9900, 6000]) {
    const { paymentIntentId } = await api.call("stripe-create-payment-intent", { customerId, amount });
    await typeCard(around, paymentIntentId, DISPUTED_CARD);
    payments.push(paymentIntentId);
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
  const { api } = company;
  const customerId = await signUp(company, name);
  const lines = [{ description: "Training on site", amount }];
  const { invoiceId } = await api.call("stripe-create-invoice", { customerId, lines, daysUntilDue });
  await api.call("stripe-finalize-invoice", { invoiceId });
  if (credit !== undefined) {
    const note = { invoiceId, amount: credit, reason: "order_change" } as const;
    await api.call("stripe-create-credit-note", note);
  }
  await api.call("stripe-send-invoice", { invoiceId });
  return { invoiceId };
}

async function subscribeToApi(company: Company) {
  const { api, catalogue } = company;
  const customerId = await signUp(company, "edith");
  const paymentMethodId = await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.calls, paymentMethodId };
  await api.call("stripe-create-subscription", inputs);
  return { customerId };
}

async function startTrial(company: Company, name: string, hasCard: boolean) {
  const { api, catalogue } = company;
  const customerId = await signUp(company, name);
  if (hasCard) await saveCard(company, customerId);
  const inputs = { customerId, priceId: catalogue.basic, trialDays: 14 };
  const { subscriptionId } = await api.call("stripe-create-subscription", inputs);
  return { customerId, subscriptionId };
}

async function upgrade({ api, timeline, catalogue }: Company, subscriptionId: string): Promise<void> {
  const wanted = { subscriptionId, priceId: catalogue.pro };
  const quoted = await timeline.step("HTTP API", "ada asks what Pro costs from today on", () =>
    api.call("stripe-preview-subscription-change", wanted),
  );
  await timeline.step(
    "HTTP API",
    `ada changes to Pro, and is charged ${amountDue(quoted)} as quoted`,
    async () => {
      const { quote } = quoted;
      const changed = await api.call("stripe-change-subscription", { subscriptionId, quote });
      if (amountDue(changed) !== amountDue(quoted)) throw new Error(`It was charged ${amountDue(changed)}`);
    },
  );
}

const amountDue = ({
  amountDue: amount,
  currency,
}: {
  readonly amountDue: number;
  readonly currency: string;
}) => formatMoney({ amount, currency });
