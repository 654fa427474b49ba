/** What is counted: each scenario first does what has to exist before, and returns what is counted. */
import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import { createPayToken } from "../../../lib/pay-link/pay-token.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";
import type { Scenario } from "../../../scripts/cost/counted.ts";
import type { emulatorClient } from "../../steps/stripe-emulator-client.ts";
import type { CountedWorkflows } from "./counted-workflows.ts";
import type { Tally } from "./tally.ts";
import type { Traffic } from "./traffic.ts";

const MONTH_SECONDS = 32 * 24 * 60 * 60;
const CARD = "pm_card_visa";
const PAYMENT = { amount: 4200, currency: "usd" };

/** An application, its payers and Stripe, at one time. */
export interface PlayedShop {
  readonly traffic: Traffic;
  readonly workflows: CountedWorkflows;
  /** The one that counts at the moment. */
  readonly tally: () => Tally;
  readonly stripe: Stripe;
  readonly emulator: ReturnType<typeof emulatorClient>;
  /** Unix milliseconds, of the clock that stands still. */
  readonly now: () => number;
  /** Moves this process's clock; Stripe's has one of its own. */
  readonly pass: (seconds: number) => void;
}

type Act = () => Promise<unknown>;

export const SCENARIOS: Readonly<Record<Scenario, (shop: PlayedShop) => Promise<Act>>> = {
  "process-payment": async (shop) => () => processPayment(shop),
  payment: async (shop) => {
    const customerId = await createCustomer(shop);
    return () => pay(shop, customerId);
  },
  renewal: async (shop) => {
    await subscribe(shop, await createCustomer(shop));
    return async () => {
      shop.pass(MONTH_SECONDS);
      await shop.emulator.control("POST", "clock", { advance: MONTH_SECONDS });
    };
  },
  refund: async (shop) => {
    const paymentIntentId = await pay(shop, await createCustomer(shop));
    return () => shop.traffic.callFor("stripe-refund-payment", { paymentIntentId });
  },
};

async function createCustomer({ traffic }: PlayedShop): Promise<string> {
  const email = `${randomUUID().slice(0, 8)}@example.com`;
  return String((await traffic.callFor("stripe-create-customer", { email, name: "Ada" })).customerId);
}

async function pay({ traffic, emulator }: PlayedShop, customerId: string): Promise<string> {
  const created = await traffic.callFor("stripe-create-payment-intent", { ...PAYMENT, customerId });
  const paymentIntentId = String(created.paymentIntentId);
  await emulator.pay(paymentIntentId, CARD);
  return paymentIntentId;
}

/** A monthly subscription whose first invoice is paid. */
async function subscribe({ traffic, stripe, emulator }: PlayedShop, customerId: string): Promise<void> {
  const { id } = await stripe.paymentMethods.attach(CARD, { customer: customerId });
  await stripe.customers.update(customerId, { invoice_settings: { default_payment_method: id } });
  const product = await stripe.products.create({ name: "Plan" });
  const price = await stripe.prices.create({
    product: product.id,
    currency: "usd",
    unit_amount: 2000,
    recurring: { interval: "month" },
  });
  await traffic.callFor("stripe-create-subscription", { customerId, priceId: price.id });
  const { data } = await stripe.paymentIntents.list({ customer: customerId });
  await emulator.pay(String(data[0]?.id), CARD);
}

/** The application starts a run; the payer opens the page that the mail leads to, pays, and comes back to it. */
async function processPayment({ traffic, workflows, tally, emulator, now }: PlayedShop): Promise<void> {
  const path = { workflowId: "process-payment" };
  const started = await traffic.request("start-workflow-run", {
    pathParameters: path,
    body: { customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 },
  });
  const runId = String(fieldsOf(JSON.parse(started)).runId);
  await workflows.ended(runId);
  const read = { method: "GET", pathParameters: { ...path, runId } };
  const run = JSON.parse(await traffic.request("get-workflow-run", read));
  if (run.status !== "completed") throw new Error(`The run ended otherwise: ${JSON.stringify(run)}`);
  tally().stateTransitions += await workflows.statesEntered(path.workflowId, runId);
  const paymentIntentId = String(run.output["create-payment-intent"].paymentIntentId);
  const token = createPayToken({ objectId: paymentIntentId, expiresAt: now() / 1000 + 60 }, [
    "app-secret-of-the-tests",
  ]);
  const visit = (pathParameters: Record<string, string>) =>
    traffic.request("pay-page", { method: "GET", pathParameters, open: true, authorizer: null });
  await visit({ token });
  await visit({ asset: "pay.css" });
  await visit({ asset: "pay.js" });
  await emulator.pay(paymentIntentId, CARD);
  await visit({ token });
}
