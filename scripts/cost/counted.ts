/** What was counted while one thing happened once, as scripts/cost/counted-calls.json keeps it. */

export interface CountedFunction {
  readonly invocations: number;
  /** Of all invocations together, to any service of AWS. */
  readonly awsCalls: number;
  readonly stripeRequests: number;
  /** Of our own lines, without Lambda's. */
  readonly logBytes: number;
  readonly logLines: number;
}

export interface CountedTable {
  readonly reads: number;
  readonly readUnits: number;
  readonly writes: number;
  readonly writeUnits: number;
  /** What is stored afterwards and was not before, as billed: with copies in indexes, and 100 bytes for each. */
  readonly storedBytes: number;
}

/** What of it moves to the archive of the audit log: entries and heads. */
export interface CountedArchive {
  /** As billed in the table before. */
  readonly tableBytes: number;
  /** As JSON. */
  readonly textBytes: number;
  /** Compressed, in the archive. */
  readonly fileBytes: number;
}

export interface Counted {
  /** Through API Gateway. */
  readonly requests: number;
  readonly functions: Readonly<Record<string, CountedFunction>>;
  readonly tables: Readonly<Record<string, CountedTable>>;
  readonly archived: CountedArchive;
  readonly queueRequests: number;
  readonly notifications: number;
  readonly mails: number;
  readonly stateTransitions: number;
  /** Metrics of our own that were reported, without the stage: `Calls{capabilityId=send-email}`. */
  readonly metrics: readonly string[];
  /** Stripe's events that arrived, by their type. */
  readonly events: Readonly<Record<string, number>>;
}

export const SCENARIOS = {
  "process-payment": "a payment by the workflow process-payment, with a new customer and a mail with a link",
  payment: "a payment by a call, of a customer who exists",
  renewal: "a subscription's renewal",
  refund: "a refund",
} as const;
export type Scenario = keyof typeof SCENARIOS;

/** The whole file. */
export type CountedCalls = Readonly<Record<Scenario, Counted>>;

export const SCENARIO_NAMES = [
  "process-payment",
  "payment",
  "renewal",
  "refund",
] as const satisfies readonly Scenario[];
