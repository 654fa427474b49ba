/**
 * Metrics in CloudWatch's embedded metric format: they are part of a log line and need no extra call.
 * Source:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
import { optionalEnv } from "./env.ts";

export const METRICS_NAMESPACE = "contractspec-stripe";

/**
 * Which metrics are reported, as the setting METRICS says. `stage`: those of the whole stage, which the alarms watch; their
 * number is fixed. `all`: also those by capability, event type and reason, which CloudWatch bills one by one.
 */
export const METRICS_SETTINGS = ["stage", "all"] as const;

const UNITS = {
  Calls: "Count",
  Denials: "Count",
  Failures: "Count",
  Alarms: "Count",
  SignatureRejections: "Count",
  /** Events that are kept, but change nothing else. */
  EventsIgnored: "Count",
  /** Calls with an API key of ours that is revoked or has expired. */
  KeysRefused: "Count",
  /** Audit entries that a reader asked for and that are not as they were written. */
  AuditUnverified: "Count",
  /** Calls whose identity the authorizer did not write for them. */
  ContextRejections: "Count",
  /** Queued messages that no function of this stage has sent. */
  MessageRejections: "Count",
  /** Events that the reconciler found at Stripe but not in the inbox. */
  EventsMissing: "Count",
  /** Days of the audit log that should be in the archive and are not. */
  AuditDaysNotArchived: "Count",
  /** Since the end of the reconciler's last complete pass. */
  ReconcilerLagSeconds: "Seconds",
  /** Objects whose recorded state differs from Stripe's. */
  DriftFound: "Count",
  DurationMs: "Milliseconds",
  LagMs: "Milliseconds",
  /** Mails that did not reach their recipient. */
  MailsUndelivered: "Count",
  /** Usage of customers that Stripe does not charge for. */
  UsageRefused: "Count",
  PaymentFailures: "Count",
  PaymentsFailed: "Count",
  PaymentsRecovered: "Count",
};
export type MetricName = keyof typeof UNITS;

export const METRIC_NAMES: readonly string[] = Object.keys(UNITS);

export interface Metrics {
  /** Names of text fields of the same log line; every combination of their values is a separate metric. */
  readonly dimensions: readonly string[];
  readonly values: Readonly<Partial<Record<MetricName, number>>>;
}

/** For a line that a person must act on, which names the cause in `alarm`. */
export const ONE_ALARM: readonly Metrics[] = [{ dimensions: ["stage"], values: { Alarms: 1 } }];

const isOfStage = ({ dimensions }: Metrics) => dimensions.length === 1 && dimensions[0] === "stage";

/** The fields to add to the log line; none if it has no metrics that are reported. */
export function embeddedMetrics(all: readonly Metrics[]): Record<string, unknown> {
  const metrics = optionalEnv("METRICS") === "all" ? all : all.filter(isOfStage);
  if (metrics.length === 0) return {};
  return {
    _aws: {
      Timestamp: Date.now(),
      CloudWatchMetrics: metrics.map(({ dimensions, values }) => ({
        Namespace: METRICS_NAMESPACE,
        Dimensions: [dimensions],
        Metrics: metricNames(values).map((name) => ({ Name: name, Unit: UNITS[name] })),
      })),
    },
    ...Object.assign({}, ...metrics.map(({ values }) => values)),
  };
}

function metricNames(values: Metrics["values"]): MetricName[] {
  const isMetric = (name: string): name is MetricName => Object.hasOwn(UNITS, name);
  return Object.keys(values).filter(isMetric);
}
