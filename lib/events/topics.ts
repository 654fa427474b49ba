/** The one table that routes Stripe's event types to queues; each topic has a queue and a consumer Lambda. */

export type Topic = "payment-intent" | "subscription";

const TOPIC_OF_TYPE: ReadonlyMap<string, Topic> = new Map([
  ["payment_intent.succeeded", "payment-intent"],
  ["payment_intent.payment_failed", "payment-intent"],
  ["customer.subscription.created", "subscription"],
  ["customer.subscription.updated", "subscription"],
  ["customer.subscription.deleted", "subscription"],
]);

/** The topic of an event type; undefined when no consumer is there for it. */
export function topicOf(eventType: string): Topic | undefined {
  return TOPIC_OF_TYPE.get(eventType);
}

/** Name of the environment variable that holds the topic's queue URL. */
export const QUEUE_URL_VARIABLE: Readonly<Record<Topic, string>> = {
  "payment-intent": "PAYMENT_INTENT_EVENTS_QUEUE_URL",
  subscription: "SUBSCRIPTION_EVENTS_QUEUE_URL",
};
