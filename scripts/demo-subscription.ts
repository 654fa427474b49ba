/**
 * `npm run demo:subscription`: the life of a subscription on the local stack, whose clock is moved: a trial with a card saved on
 * the pay page, its end, a declined renewal, the recovery with a new card, an upgrade as quoted, and a cancellation at the end
 * of the period, with the customer's access at each moment. Everything goes through the API and the pay page; Stripe's
 * events come back through the webhook. Exit statuses as `npm run demo`.
 */
import { fieldOf, listOf, numberOf, textOf } from "../lib/untrusted.ts";
import { type StackClient, stackClient } from "../local/stack-client.ts";
import { runMain } from "./command-line/run-command.ts";
import { playDemo } from "./demo/play-demo.ts";
import {
  accessBecomes,
  accessOf,
  ask,
  emulatorOf,
  intentOn,
  invoke,
  type Outputs,
  passDays,
  textIn,
  typeCard,
} from "./demo/product-calls.ts";
import {
  type Catalogue,
  createCatalogue,
  saveFailingCard,
  useDefaultCard,
} from "./demo-subscription/catalogue.ts";
import { demoSubscriptionCommand } from "./demo-subscription/command.ts";
import type { Timeline } from "./timeline.ts";

const GOOD_CARD = "4242424242424242";
const TRIAL_DAYS = 14;

interface Customer {
  readonly customerId: string;
  readonly subscriptionId: string;
  /** Where the payer does what is to be done. */
  readonly payUrl: string;
}

const runDemo = () =>
  playDemo("the life of a subscription, on a clock that moves", async (stack, timeline) => {
    const client = stackClient(stack.urls);
    const stripe = emulatorOf(stack);
    const catalogue = await timeline.step("Stripe", "two plans: Basic $19.00, Pro $49.00 a month", () =>
      createCatalogue(stripe),
    );
    const customer = await trial(client, timeline, catalogue);
    await declinedRenewal(stripe, client, timeline, customer);
    await recovery(client, timeline, customer);
    await upgrade(client, timeline, customer, catalogue);
    await cancellation(client, timeline, customer);
    timeline.print();
  });

async function trial(client: StackClient, timeline: Timeline, { basic }: Catalogue): Promise<Customer> {
  timeline.chapter(`A trial of ${TRIAL_DAYS} days, with a card saved on the pay page`);
  const customerId = await timeline.step("HTTP API", "customer ada@example.com", async () =>
    textIn(
      await invoke(client, "stripe-create-customer", {
        email: "ada@example.com",
        metadata: { userId: "user-1" },
      }),
      "customerId",
    ),
  );
  const created = await timeline.step("HTTP API", "subscription to Basic created, on trial", () =>
    invoke(client, "stripe-create-subscription", { customerId, priceId: basic, trialDays: TRIAL_DAYS }),
  );
  const customer = {
    customerId,
    subscriptionId: textIn(created, "subscriptionId"),
    payUrl: textIn(created, "payUrl"),
  };
  const setupIntent = await timeline.step("pay page", "opened, to save a card", () =>
    intentOn(customer.payUrl),
  );
  await timeline.step("Stripe", `saved ${GOOD_CARD}`, () => typeCard(client, setupIntent, GOOD_CARD));
  await access(client, timeline, customer, "trialing");
  await later(client, timeline, TRIAL_DAYS, "the trial ends, and the first month is paid");
  await access(client, timeline, customer, "active");
  return customer;
}

async function declinedRenewal(
  stripe: string,
  client: StackClient,
  timeline: Timeline,
  customer: Customer,
): Promise<void> {
  timeline.chapter("A renewal that the bank declines");
  const { customerId, subscriptionId } = customer;
  await timeline.step("Stripe", "the card on file is replaced by one that will be declined", async () => {
    const card = await saveFailingCard(stripe, customerId);
    await invoke(client, "stripe-set-default-payment-method", { customerId, paymentMethodId: card });
    await useDefaultCard(stripe, subscriptionId);
  });
  await later(client, timeline, 32, "the next month begins, and its payment is declined");
  await access(client, timeline, customer, "grace");
}

async function recovery(client: StackClient, timeline: Timeline, customer: Customer): Promise<void> {
  timeline.chapter("Recovery with a new card");
  const { customerId } = customer;
  const setup = await timeline.step("HTTP API", "a link for ada@example.com to save another card", () =>
    invoke(client, "stripe-create-setup-intent", { customerId }),
  );
  const setupIntent = await timeline.step("pay page", "opened, to save a card", () =>
    intentOn(textIn(setup, "payUrl")),
  );
  await timeline.step("Stripe", `saved ${GOOD_CARD}`, () => typeCard(client, setupIntent, GOOD_CARD));
  await timeline.step("HTTP API", "it becomes the card of the next payments", async () => {
    const { items } = await ask(client, "stripe-list-payment-methods", { customerId });
    const saved = listOf(items).find((item) => fieldOf(item, "last4") === "4242");
    await invoke(client, "stripe-set-default-payment-method", {
      customerId,
      paymentMethodId: textOf(fieldOf(saved, "paymentMethodId")),
    });
  });
  await later(client, timeline, 3, "Stripe tries again, and the payment succeeds");
  await access(client, timeline, customer, "active");
}

async function upgrade(
  client: StackClient,
  timeline: Timeline,
  customer: Customer,
  { pro }: Catalogue,
): Promise<void> {
  timeline.chapter("An upgrade, as quoted");
  const { subscriptionId } = customer;
  const quoted = await timeline.step("HTTP API", "the upgrade to Pro is previewed", () =>
    invoke(client, "stripe-preview-subscription-change", { subscriptionId, priceId: pro }),
  );
  const changed = await timeline.step("HTTP API", `${cents(quoted)} quoted; the change is made`, () =>
    invoke(client, "stripe-change-subscription", { subscriptionId, quote: textIn(quoted, "quote") }),
  );
  await timeline.step("HTTP API", `${cents(changed)} charged, as quoted`, async () => {
    if (cents(changed) !== cents(quoted)) throw new Error(`It was charged ${cents(changed)}`);
  });
  await access(client, timeline, customer, "active");
}

async function cancellation(client: StackClient, timeline: Timeline, customer: Customer): Promise<void> {
  timeline.chapter("A cancellation at the end of the period");
  const { subscriptionId } = customer;
  await timeline.step("HTTP API", "canceled, for the end of the period", () =>
    invoke(client, "stripe-cancel-subscription", { subscriptionId, when: "period-end" }),
  );
  await access(client, timeline, customer, "active");
  await later(client, timeline, 32, "the period ends");
  await access(client, timeline, customer, "ended");
}

/** Waits until the customer's state gives this reason, as the application reads it. */
function access(
  client: StackClient,
  timeline: Timeline,
  { customerId }: Customer,
  reason: string,
): Promise<unknown> {
  return timeline.step("customer state", accessOf(reason), () => accessBecomes(client, customerId, reason));
}

function later(client: StackClient, timeline: Timeline, days: number, what: string): Promise<void> {
  return timeline.step("clock", `${days} days later: ${what}`, () => passDays(client, days));
}

const cents = (body: Outputs) => `$${((numberOf(body.amountDue) ?? 0) / 100).toFixed(2)}`;

await runMain(demoSubscriptionCommand, runDemo);
