import { textIn } from "../../demo/product-calls.ts";
import type { Incident } from "../incident.ts";
import { AMOUNT_CENTS, payAll, recordedAsPaid } from "../payments.ts";

/** How often a message that cannot be applied is delivered, and after which time again: lib/events/redelivery.ts. */
const DELIVERIES = 5;
const AGAIN_AFTER_SECONDS = 121;
/** On a busy machine, the clock can move before a delivery has begun. */
const AT_MOST_STEPS = 4 * DELIVERIES;
const DECLINED_CARD = "4000000000000002";

export const poisonEvent: Incident = {
  name: "poison-event",
  title: "A release asks Stripe for something that it refuses, and an event cannot be applied",
  alarm: "PaymentIntentEventsDeadLetterAlarm",
  query:
    'filter event = "webhook.applied" and outcome = "failed" | stats count(*) as tries by eventType, code | sort tries desc | limit 5',
  shows: /payment_intent/,
  happen: async (scene) => {
    // Events of the same second do not say which is newer: the consumer asks Stripe.
    await scene.control("POST", "faults", [
      { kind: "same_second", times: 20 },
      {
        kind: "status",
        status: 400,
        times: 100_000,
        match: { method: "GET", path: "/v1/payment_intents/*" },
      },
    ]);
    const made = await scene.call("stripe-create-payment-intent", { amount: AMOUNT_CENTS });
    const intents = [textIn(made.body, "paymentIntentId")];
    for (const intent of intents) await scene.client.pay(intent, DECLINED_CARD);
    await payAll(scene, intents);
    await scene.passTimeUntil("queue.message-set-aside", AGAIN_AFTER_SECONDS, AT_MOST_STEPS);
    return {
      what: `a payment of ${AMOUNT_CENTS / 100} USD is paid, and its event was given up after ${DELIVERIES} tries`,
      find: async () => {
        const dead = await scene.command("events list --dead", { shows: /payment_intent\.\w+ +pi_/ });
        const [eventId = ""] = /evt_\w+/.exec(dead) ?? [];
        await scene.command(`events show ${eventId}`, {
          shows: /waits in payment-intent-events-dead-letter/,
        });
      },
      repair: async () => {
        await scene.control("DELETE", "faults");
        scene.done("the previous release is deployed again");
        await scene.command("events redrive", { shows: /moved/ }, "repaired");
      },
      prove: async () => {
        const proof = await recordedAsPaid(scene, intents);
        await scene.command("events list --dead", {}, "proof");
        return [proof];
      },
    };
  },
};
