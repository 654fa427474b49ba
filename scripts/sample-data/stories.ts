/**
 * What each customer does, through the API of the stack and the payer's browser. A story yields the day until which it has
 * nothing to do; the month has 30 days.
 */
import type { Client } from "../../client/index.ts";
import type { StackClient } from "../../local/stack-client.ts";
import { intentOn, typeCard } from "../demo/product-calls.ts";
import { GOOD_CARD, saveCard } from "../demo-saas/company.ts";
import type { Person, Story } from "./plan.ts";
import type { Plans } from "./plans.ts";

/** Where the stories happen. */
export interface SmallSaas {
  readonly api: Client;
  readonly around: StackClient;
  readonly plans: Plans;
}

type Told = AsyncGenerator<number, void>;
type Teller = (saas: SmallSaas, person: Person) => Told;

/** It can be saved, and its payments are declined. */
const FAILING_CARD = "4000000000000341";
const DECLINED_CARDS = ["4000000000009995", "4000000000000069"];
const DISPUTED_CARD = "4000000000000259";
/** Longer than Stripe allows, which only Stripe knows: the run starts, and fails. */
const NAME_TOO_LONG = "Analytical Engines, ".repeat(20);
const TRIAL_DAYS = 7;
const FIRST_DAY = 0;
/** Trials have ended, and payments were tried. Each further day on which somebody acts makes the month take seconds longer. */
const MIDDLE = 14;
export const LAST_DAY = 30;

export const TELLERS: Readonly<Record<Story, Teller>> = {
  async *subscribes(saas, person) {
    yield FIRST_DAY;
    const customerId = await signUp(saas, person);
    const paymentMethodId = await saveCard(saas, customerId);
    const inputs = {
      customerId,
      priceId: saas.plans.basic,
      paymentMethodId,
      customerEmail: person.email,
    };
    await saas.api.start("start-subscription", inputs);
  },
  async *buys(saas, person) {
    yield FIRST_DAY;
    const { paymentIntentId } = await order(saas, person);
    await typeCard(saas.around, paymentIntentId, GOOD_CARD);
  },
  async *recovers(saas, person) {
    const customerId = await startTrial(saas, person, FAILING_CARD);
    yield MIDDLE;
    await saveCard(saas, customerId);
  },
  async *"is refunded"(saas, person) {
    const { paymentIntentId } = await order(saas, person);
    await typeCard(saas.around, paymentIntentId, GOOD_CARD);
    yield MIDDLE;
    const refund = { paymentIntentId, reason: "requested_by_customer", reference: person.orderId } as const;
    await saas.api.start("refund-payment", {
      ...refund,
      amount: Math.floor(person.amount / 2),
      customerEmail: person.email,
    });
  },
  async *upgrades(saas, person) {
    const subscriptionId = await subscribe(saas, person);
    yield MIDDLE;
    const wanted = { subscriptionId, priceId: saas.plans.pro };
    const { quote } = await saas.api.call("stripe-preview-subscription-change", wanted);
    await saas.api.call("stripe-change-subscription", { subscriptionId, quote });
  },
  async *"is declined"(saas, person) {
    yield MIDDLE;
    const { paymentIntentId } = await order(saas, person);
    for (const card of DECLINED_CARDS) await saas.around.pay(paymentIntentId, card);
  },
  async *"is lost"(saas, person) {
    yield FIRST_DAY;
    await startTrial(saas, person, FAILING_CARD);
  },
  async *"pays by link"(saas, person) {
    yield MIDDLE;
    await startPayment(saas, person);
    await payFromMail(saas, person);
  },
  async *disputes(saas, person) {
    yield MIDDLE;
    const { paymentIntentId } = await order(saas, person);
    await typeCard(saas.around, paymentIntentId, DISPUTED_CARD);
  },
  async *"tries and stays"(saas, person) {
    yield FIRST_DAY;
    await startTrial(saas, person, GOOD_CARD);
  },
  async *cancels(saas, person) {
    const subscriptionId = await subscribe(saas, person);
    yield MIDDLE;
    await saas.api.call("stripe-cancel-subscription", { subscriptionId, when: "period-end" });
  },
  async *"leaves a run waiting"(saas, person) {
    yield LAST_DAY;
    await startPayment(saas, person);
  },
  async *"has a run that fails"(saas, person) {
    yield MIDDLE;
    await saas.api.start("process-payment", {
      customerEmail: person.email,
      customerName: NAME_TOO_LONG,
      amount: person.amount,
    });
  },
  async *"tries and leaves"(saas, person) {
    yield FIRST_DAY;
    await startTrial(saas, person, undefined);
  },
};

async function signUp({ api }: SmallSaas, { name, email, userId }: Person): Promise<string> {
  return (await api.call("stripe-create-customer", { name, email, metadata: { userId } })).customerId;
}

async function order(saas: SmallSaas, person: Person) {
  const customerId = await signUp(saas, person);
  const { amount, orderId, userId } = person;
  const metadata = { orderId, userId };
  return saas.api.call("stripe-create-payment-intent", { customerId, amount, metadata });
}

async function subscribe(saas: SmallSaas, person: Person): Promise<string> {
  const customerId = await signUp(saas, person);
  const paymentMethodId = await saveCard(saas, customerId);
  const inputs = { customerId, priceId: saas.plans.basic, paymentMethodId };
  return (await saas.api.call("stripe-create-subscription", inputs)).subscriptionId;
}

async function startTrial(saas: SmallSaas, person: Person, card: string | undefined): Promise<string> {
  const customerId = await signUp(saas, person);
  if (card !== undefined) await saveCard(saas, customerId, card);
  const inputs = { customerId, priceId: saas.plans.basic, trialDays: TRIAL_DAYS };
  await saas.api.call("stripe-create-subscription", inputs);
  return customerId;
}

function startPayment({ api }: SmallSaas, { name, email, amount, orderId, userId }: Person) {
  const metadata = { orderId, userId };
  return api.start("process-payment-and-receipt", {
    customerEmail: email,
    customerName: name,
    amount,
    currency: "usd",
    description: "A year of support",
    metadata,
  });
}

/** Opens the link in the mail, and pays there. */
async function payFromMail({ around }: SmallSaas, { email }: Person): Promise<void> {
  const { text } = await around.mailTo(email);
  const [link] = /https?:\/\/\S+\/pay\S*/.exec(text) ?? [];
  await typeCard(around, await intentOn(link), GOOD_CARD);
}
