/** Somebody who sends events that are not Stripe's, or not for this stage. Nothing of them may ever be applied. */
import { createHmac } from "node:crypto";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { WEBHOOK_SECRET } from "../world/environment-variables.ts";
import type { World } from "../world/world.ts";
import { httpEvent } from "./api.ts";
import type { History } from "./history.ts";

const TIMEOUT_MS = 10_000;
const TOO_OLD_SECONDS = 400;

export function intrude(world: World, history: History): void {
  const { schedule } = world;
  const attacks = [unsigned, outdated, ofLiveMode, ofAnotherAccount, intoTheQueue];
  for (const [place, attack] of attacks.entries()) {
    if (!schedule.chance(0.25)) continue;
    const id = `evt_intruder${place}`;
    history.foreignEvents.push(id);
    schedule.later(`intruder: ${attack.name}`, schedule.below(20_000), () => attack(world, id));
  }
}

function eventOf({ schedule }: World, id: string, more: object = {}): string {
  const object = {
    id: `pi_${id}`,
    object: "payment_intent",
    status: "succeeded",
    amount: 1,
    currency: "usd",
  };
  return JSON.stringify({
    ...{ id, object: "event", api_version: STRIPE_API_VERSION, type: "payment_intent.succeeded" },
    ...{ created: Math.floor(schedule.now / 1000), livemode: false, data: { object } },
    ...more,
  });
}

function post(world: World, body: string, timestamp: number, secret: string): void {
  const signature = createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
  const headers = {
    "content-type": "application/json",
    "stripe-signature": `t=${timestamp},v1=${signature}`,
  };
  void world.lambda.invoke("stripe-webhook", httpEvent("/api/webhooks/stripe", headers, body), TIMEOUT_MS);
}

const nowSeconds = ({ schedule }: World) => Math.floor(schedule.now / 1000);

const unsigned = (world: World, id: string) =>
  post(world, eventOf(world, id), nowSeconds(world), "whsec_guessed");

/** A copy of a request that Stripe has signed long ago. */
const outdated = (world: World, id: string) =>
  post(world, eventOf(world, id), nowSeconds(world) - TOO_OLD_SECONDS, WEBHOOK_SECRET);

const ofLiveMode = (world: World, id: string) =>
  post(world, eventOf(world, id, { livemode: true }), nowSeconds(world), WEBHOOK_SECRET);

const ofAnotherAccount = (world: World, id: string) =>
  post(world, eventOf(world, id, { account: "acct_other" }), nowSeconds(world), WEBHOOK_SECRET);

/** Past the webhook, by somebody who may send to the queue. */
const intoTheQueue = (world: World, id: string) =>
  void world.queues.run("SendMessage", {
    QueueUrl: "https://sqs.invalid/000000000000/payment-intent",
    MessageBody: eventOf(world, id),
  });
