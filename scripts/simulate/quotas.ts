/** The quotas of AWS and Stripe and our own throttles, and what to ask for. docs/scale.md explains them. */
import { RESOURCES, type Resource, type Station } from "./workload.ts";

export interface Quota {
  /** A second; for executions and consumers, at a time. */
  readonly rate: number;
  /** How much can be used at once after a quiet time; by default one second's worth. */
  readonly burst?: number;
  readonly what: string;
  readonly unit: string;
  readonly ask: string;
}

export type Quotas = Readonly<Record<Resource, Quota>>;

/** Of the partition of one key: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const PARTITION_WRITES = 1000;
const consumers = (queue: string): Quota => ({
  rate: 2,
  what: `concurrent batches of the ${queue} queue`,
  unit: "at a time",
  ask: "nobody: raise EVENT_CONCURRENCY of the stage",
});

/** Of an account whose concurrent executions were raised to the usual 1,000, in us-east-1. */
export const QUOTAS: Quotas = {
  executions: {
    rate: 1000,
    what: "concurrent executions of the account",
    unit: "at a time",
    ask: "Service Quotas, Lambda: Concurrent executions (a new account may have 10)",
  },
  stripe: {
    rate: 100,
    what: "requests to Stripe in live mode",
    unit: "/s",
    ask: "Stripe's support, with the expected rate, weeks before (test mode has 25)",
  },
  mails: {
    rate: 14,
    what: "mails",
    unit: "/s",
    ask: "Service Quotas, SES: Sending rate, and Sending quota for a day",
  },
  runs: {
    rate: 300,
    burst: 1300,
    what: "new runs of Step Functions",
    unit: "/s",
    ask: "Service Quotas, Step Functions: StartExecution (150 outside of three regions)",
  },
  transitions: {
    rate: 5000,
    what: "state transitions of Step Functions",
    unit: "/s",
    ask: "Service Quotas, Step Functions: StateTransition (800 outside of three regions)",
  },
  "api-route": {
    rate: 200,
    burst: 400,
    what: "requests to one route of the API",
    unit: "/s",
    ask: "nobody: raise REQUESTS_PER_SECOND in resources/throttles.ts, up to API Gateway's 10,000 for all",
  },
  "page-route": {
    rate: 20,
    burst: 40,
    what: "requests to the pay page",
    unit: "/s",
    ask: "nobody: raise requestsPerSecond of functions/pay-page",
  },
  "webhook-route": {
    rate: 100,
    burst: 200,
    what: "requests to the webhook",
    unit: "/s",
    ask: "nobody: raise requestsPerSecond of functions/stripe-webhook",
  },
  "heads-partition": {
    rate: PARTITION_WRITES,
    what: "writes to one partition: the heads of the audit log's chains of a day",
    unit: "/s",
    ask: "nobody: spread the heads over several keys, as the entries are",
  },
  "runs-partition": {
    rate: PARTITION_WRITES,
    what: "writes to one partition: the index of a workflow's runs of one status",
    unit: "/s",
    ask: "nobody: add a shard to the index's key",
  },
  "payment-intent-consumers": consumers("payment-intent"),
  "customer-consumers": consumers("customer"),
};

export interface Breaking extends Quota {
  readonly resource: Resource;
  readonly perPayment: number;
  /** Payments a second that use the quota up. */
  readonly paymentsPerSecond: number;
}

/** Which quota is used up at which rate, the first one first. */
export function breakingPoints(stations: readonly Station[], quotas: Quotas): Breaking[] {
  return RESOURCES.flatMap((resource) => {
    const perPayment = usePerPayment(stations, resource);
    if (perPayment === 0) return [];
    return {
      ...quotas[resource],
      resource,
      perPayment,
      paymentsPerSecond: quotas[resource].rate / perPayment,
    };
  }).sort((one, other) => one.paymentsPerSecond - other.paymentsPerSecond);
}

/** What a payment uses of the quota, at all stations together. */
export function usePerPayment(stations: readonly Station[], resource: Resource): number {
  return stations.reduce(
    (sum, station) => sum + jobsPerPayment(stations, station) * (station.uses[resource] ?? 0),
    0,
  );
}

/** How many jobs a payment makes at the station. */
export function jobsPerPayment(stations: readonly Station[], { after, perJob }: Station): number {
  const before = stations.find(({ name }) => name === after);
  return before === undefined ? perJob : perJob * jobsPerPayment(stations, before);
}

/** The quotas with other rates for some of them. A burst stays as large, measured in seconds. */
export function withQuotas(rates: ReadonlyMap<Resource, number>): Quotas {
  const quotas: Record<Resource, Quota> = { ...QUOTAS };
  for (const [resource, rate] of rates) {
    const { burst, rate: usual } = QUOTAS[resource];
    quotas[resource] = {
      ...QUOTAS[resource],
      rate,
      ...(burst === undefined ? {} : { burst: (burst * rate) / usual }),
    };
  }
  return quotas;
}
