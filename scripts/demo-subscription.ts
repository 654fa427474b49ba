/**
 * `npm run demo:subscription`: the life of a subscription on the local stack, whose clock is moved: a trial with a card saved on
 * the pay page, its end, a declined renewal, the recovery with a new card, an upgrade as quoted, and a cancellation at the end
 * of the period, with the customer's access at each moment. Everything goes through the API and the pay page; Stripe's
 * events come back through the webhook. Exit statuses as `npm run demo`.
 */
import type { Client } from "../client/index.ts";
import { StackClient } from "../local/stack-client.ts";
import { runMain } from "./command-line/run-command.ts";
import { playDemo } from "./demo/play-demo.ts";
import {
  accessBecomes,
  accessOf,
  apiOf,
  emulatorOf,
  intentOn,
  passDays,
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
}

/** A local stack with those who use it. */
interface Scene {
  /** As an application calls the API. */
  readonly api: Client;
  /** What is around the API: the payer and the clock. */
  readonly around: StackClient;
  /** The address of the Stripe emulator. */
  readonly stripe: string;
  readonly timeline: Timeline;
}

const runDemo = () =>
  playDemo("the life of a subscription, on a clock that moves", async (stack, timeline) => {
    const scene: Scene = {
      api: apiOf(stack),
      around: new StackClient(stack.urls),
      stripe: emulatorOf(stack),
      timeline,
    };
    const catalogue = await timeline.step("Stripe", "two plans: Basic $19.00, Pro $49.00 a month", () =>
      createCatalogue(scene.stripe),
    );
    const customer = await trial(scene, catalogue);
    await declinedRenewal(scene, customer);
    await recovery(scene, customer);
    await upgrade(scene, customer, catalogue);
    await cancellation(scene, customer);
    timeline.print();
  });

async function trial(scene: Scene, { basic }: Catalogue): Promise<Customer> {
  const { api, around, timeline } = scene;
  timeline.chapter(`A trial of ${TRIAL_DAYS} days, with a card saved on the pay page`);
  const { customerId } = await timeline.step("HTTP API", "customer ada@example.com", () =>
    api.call("stripe-create-customer", { email: "ada@example.com", metadata: { userId: "user-1" } }),
  );
  const { subscriptionId, payUrl } = await timeline.step(
    "HTTP API",
    "subscription to Basic created, on trial",
    () => api.call("stripe-create-subscription", { customerId, priceId: basic, trialDays: TRIAL_DAYS }),
  );
  const customer = { customerId, subscriptionId };
  const setupIntent = await timeline.step("pay page", "opened, to save a card", () => intentOn(payUrl));
  await timeline.step("Stripe", `saved ${GOOD_CARD}`, () => typeCard(around, setupIntent, GOOD_CARD));
  await access(scene, customer, "trialing");
  await later(scene, TRIAL_DAYS, "the trial ends, and the first month is paid");
  await access(scene, customer, "active");
  return customer;
}

async function declinedRenewal(scene: Scene, customer: Customer): Promise<void> {
  const { api, stripe, timeline } = scene;
  timeline.chapter("A renewal that the bank declines");
  const { customerId, subscriptionId } = customer;
  await timeline.step("Stripe", "the card on file is replaced by one that will be declined", async () => {
    const card = await saveFailingCard(stripe, customerId);
    await api.call("stripe-set-default-payment-method", { customerId, paymentMethodId: card });
    await useDefaultCard(stripe, subscriptionId);
  });
  await later(scene, 32, "the next month begins, and its payment is declined");
  await access(scene, customer, "grace");
}

async function recovery(scene: Scene, customer: Customer): Promise<void> {
  const { api, around, timeline } = scene;
  timeline.chapter("Recovery with a new card");
  const { customerId } = customer;
  const setup = await timeline.step("HTTP API", "a link for ada@example.com to save another card", () =>
    api.call("stripe-create-setup-intent", { customerId }),
  );
  const setupIntent = await timeline.step("pay page", "opened, to save a card", () => intentOn(setup.payUrl));
  await timeline.step("Stripe", `saved ${GOOD_CARD}`, () => typeCard(around, setupIntent, GOOD_CARD));
  await timeline.step("HTTP API", "it becomes the card of the next payments", async () => {
    for await (const { last4, paymentMethodId } of api.list("stripe-list-payment-methods", { customerId }))
      if (last4 === "4242")
        await api.call("stripe-set-default-payment-method", { customerId, paymentMethodId });
  });
  await later(scene, 3, "Stripe tries again, and the payment succeeds");
  await access(scene, customer, "active");
}

async function upgrade(scene: Scene, customer: Customer, { pro }: Catalogue): Promise<void> {
  const { api, timeline } = scene;
  timeline.chapter("An upgrade, as quoted");
  const { subscriptionId } = customer;
  const quoted = await timeline.step("HTTP API", "the upgrade to Pro is previewed", () =>
    api.call("stripe-preview-subscription-change", { subscriptionId, priceId: pro }),
  );
  const changed = await timeline.step("HTTP API", `${cents(quoted)} quoted; the change is made`, () =>
    api.call("stripe-change-subscription", { subscriptionId, quote: quoted.quote }),
  );
  await timeline.step("HTTP API", `${cents(changed)} charged, as quoted`, async () => {
    if (cents(changed) !== cents(quoted)) throw new Error(`It was charged ${cents(changed)}`);
  });
  await access(scene, customer, "active");
}

async function cancellation(scene: Scene, customer: Customer): Promise<void> {
  const { api, timeline } = scene;
  timeline.chapter("A cancellation at the end of the period");
  const { subscriptionId } = customer;
  await timeline.step("HTTP API", "canceled, for the end of the period", () =>
    api.call("stripe-cancel-subscription", { subscriptionId, when: "period-end" }),
  );
  await access(scene, customer, "active");
  await later(scene, 32, "the period ends");
  await access(scene, customer, "ended");
}

/** Waits until the customer's state gives this reason, as the application reads it. */
function access({ api, timeline }: Scene, { customerId }: Customer, reason: string): Promise<unknown> {
  return timeline.step("customer state", accessOf(reason), () => accessBecomes(api, customerId, reason));
}

function later({ around, timeline }: Scene, days: number, what: string): Promise<void> {
  return timeline.step("clock", `${days} days later: ${what}`, () => passDays(around, days));
}

const cents = ({ amountDue }: { readonly amountDue: number }) => `$${(amountDue / 100).toFixed(2)}`;

await runMain(demoSubscriptionCommand, runDemo);
