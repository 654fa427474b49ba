/** Ways to receive Stripe's events, and what a team can rely on with each. */

export interface Contender {
  /** The module that exports `handler`, relative to the project. */
  readonly entry: string;
  readonly what: string;
  readonly guarantees: string;
}

export const FLOOR = "bare";

export const CONTENDERS: Readonly<Record<string, Contender>> = {
  [FLOOR]: {
    entry: "scripts/bench/webhook/bare.ts",
    what: "the floor: own HMAC, SendMessage",
    guarantees:
      "stored before the 200; anyone who can send to the queue is believed; client secrets in the queue",
  },
  ours: {
    entry: "functions/stripe-webhook/handler.ts",
    what: "functions/stripe-webhook",
    guarantees:
      "stored before the 200; only our webhook is believed; no client secret in the queue; any size; one log line with metrics; consumers apply once",
  },
  "all-in-one": {
    entry: "scripts/bench/webhook/all-in-one.ts",
    what: "the usual Lambda: constructEvent, two writes to DynamoDB",
    guarantees:
      "lost if it stops between its two writes; an outage of a table is left to Stripe's retries; events out of order",
  },
  express: {
    entry: "scripts/bench/webhook/express-sample.ts",
    what: "Express as in Stripe's samples, without a store",
    guarantees: "lost when the process ends; each copy is applied again; events out of order",
  },
};
