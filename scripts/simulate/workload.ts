/** What a payment does to the system: the stations that it passes, with the time and the quotas that each takes. */
import type { Counted } from "../cost/counted.ts";
import type { MeasuredTimes } from "./measured-times.ts";

/** The quotas that stations use up. */
export const RESOURCES = [
  "executions",
  "stripe",
  "mails",
  "runs",
  "transitions",
  "api-route",
  "page-route",
  "webhook-route",
  "heads-partition",
  "runs-partition",
  "payment-intent-consumers",
  "customer-consumers",
] as const;
export type Resource = (typeof RESOURCES)[number];

export interface Station {
  readonly name: string;
  /** The station before; the first one has none. */
  readonly after?: string;
  /** How many jobs each job of the station before makes here; of the first station, each payment. */
  readonly perJob: number;
  /** What a job uses of each quota. Of executions: the seconds that its functions run. */
  readonly uses: Readonly<Partial<Record<Resource, number>>>;
  /** Seconds after which a job that a quota refuses comes again; by default it waits in line. */
  readonly againAfter?: number;
  /** Seconds, on average, until a job that the station before has finished arrives here. */
  readonly delay?: number;
}

/** When Stripe sends an event again that was refused: https://docs.stripe.com/webhooks#retries */
const STRIPE_AGAIN_SECONDS = 3600;
/** How long payers take to open the mail and to pay, on average: an assumption. */
const PAYER_SECONDS = 300;
/** A consumer handles the messages of a batch at the same time, so a batch takes about as long as a message. */
const FULL_BATCH = 10;
/** Writes to the partition of a run's status: into it, and out of it. */
const RUN_INDEX_WRITES = 2;

type Times = Pick<MeasuredTimes, "functions" | "others" | "callToAwsMs" | "requestToStripeMs">;

/**
 * The stations of a payment by the workflow process-payment. `batch`: how many messages a consumer gets at a time; by default as many as
 * it can, as when its queue is long.
 */
export function stationsOf(counted: Counted, times: Times, batch = FULL_BATCH): readonly Station[] {
  /** The seconds that the functions run for a payment, and their requests to Stripe. */
  const workOf = (...names: readonly string[]) => {
    const each = names.map((name) => {
      const { invocations = 0, awsCalls = 0, stripeRequests = 0 } = counted.functions[name] ?? {};
      const own = invocations * (times.functions[name] ?? times.others);
      const calls = awsCalls * times.callToAwsMs + stripeRequests * times.requestToStripeMs;
      return { executions: (own + calls) / 1000, stripe: stripeRequests };
    });
    return {
      executions: each.reduce((sum, { executions }) => sum + executions, 0),
      stripe: each.reduce((sum, { stripe }) => sum + stripe, 0),
    };
  };
  const events = counted.functions["stripe-webhook"]?.invocations ?? 0;
  const webhook = workOf("stripe-webhook");
  const transitions = counted.stateTransitions / 3;
  const consumer = (queue: "payment-intent" | "customer"): Station => {
    const share = (counted.functions[`on-${queue}-event`]?.invocations ?? 0) / events;
    const { executions, stripe } = workOf(`on-${queue}-event`);
    const perEvent = executions / (share * events);
    return {
      name: `${queue} events`,
      after: "webhook",
      perJob: share,
      uses: {
        executions: perEvent / batch,
        stripe: stripe / (share * events),
        [`${queue}-consumers`]: perEvent / batch,
        "heads-partition": 1,
      },
    };
  };
  return [
    {
      name: "start",
      perJob: 1,
      uses: {
        ...workOf("authorizer", "start-workflow-run"),
        ...{ "api-route": 1, runs: 1, "heads-partition": 1, "runs-partition": RUN_INDEX_WRITES / 2 },
      },
    },
    {
      name: "customer",
      after: "start",
      perJob: 1,
      uses: { ...workOf("stripe-create-customer"), transitions, "heads-partition": 1 },
    },
    {
      name: "payment intent",
      after: "customer",
      perJob: 1,
      uses: { ...workOf("stripe-create-payment-intent"), transitions, "heads-partition": 1 },
    },
    {
      name: "mail",
      after: "payment intent",
      perJob: 1,
      uses: {
        ...workOf("send-email", "record-workflow-run"),
        ...{
          transitions,
          mails: counted.mails,
          "heads-partition": 1,
          "runs-partition": RUN_INDEX_WRITES / 2,
        },
      },
    },
    {
      name: "pay page",
      after: "mail",
      perJob: 1,
      uses: { ...workOf("pay-page"), "page-route": 1 },
      delay: PAYER_SECONDS,
    },
    {
      name: "webhook",
      after: "pay page",
      perJob: events,
      uses: { executions: webhook.executions / events, "webhook-route": 1 },
      againAfter: STRIPE_AGAIN_SECONDS,
    },
    consumer("payment-intent"),
    consumer("customer"),
  ];
}
