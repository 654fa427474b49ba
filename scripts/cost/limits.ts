/** Which quota is used up first. Reads limits.yml. */
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { fieldOf, fieldsOf, listOf, numberOf } from "../../lib/untrusted.ts";
import { type BillOptions, durationMs } from "./bill.ts";
import type { Counted } from "./counted.ts";

/** What a payment uses of each quota. */
const USES = {
  "lambda-seconds": ({ functions }, { assumptions, memoryOf }) =>
    Object.entries(functions).reduce(
      (sum, [name, counted]) => sum + durationMs(counted, assumptions, memoryOf(name)) / 1000,
      0,
    ),
  mails: ({ mails }) => mails,
  "stripe-requests": ({ functions }) =>
    Object.values(functions).reduce((sum, { stripeRequests }) => sum + stripeRequests, 0),
  webhooks: ({ functions }) => functions["stripe-webhook"]?.invocations ?? 0,
  // A payment calls each route once.
  "requests-of-a-route": ({ functions }) => (functions.authorizer === undefined ? 0 : 1),
  runs: ({ functions }) => functions["start-workflow-run"]?.invocations ?? 0,
  "state-transitions": ({ stateTransitions }) => stateTransitions,
  "audit-writes": ({ tables }) => tables.auditLog?.writeUnits ?? 0,
} as const satisfies Readonly<Record<string, (counted: Counted, options: BillOptions) => number>>;

export interface Limit {
  readonly name: string;
  readonly quota: number;
  readonly unit: string;
  /** How much of the quota one payment uses. */
  readonly used: number;
  /** Payments a second at which the quota is used up. */
  readonly perSecond: number;
  readonly source: string;
  readonly ask: string;
}

const FILE = "scripts/cost/limits.yml";

/** The quotas that such payments use, the first to be used up first. */
export function limitsFor(counted: Counted, options: BillOptions): Limit[] {
  return listOf(fieldOf(parse(readFileSync(FILE, "utf8")), "limits"))
    .map((declared) => limitOf(fieldsOf(declared), counted, options))
    .filter(({ used }) => used > 0)
    .sort((a, b) => a.perSecond - b.perSecond);
}

function limitOf(declared: Readonly<Record<string, unknown>>, counted: Counted, options: BillOptions): Limit {
  const { name, of, unit, source, ask } = declared;
  const quota = numberOf(declared.quota);
  const use = Object.entries(USES).find(([known]) => known === of)?.[1];
  if (quota === undefined || use === undefined) {
    throw new Error(
      `${FILE}: ${name} must have a quota, and "of" must be one of ${Object.keys(USES).join(", ")}`,
    );
  }
  const used = use(counted, options);
  return {
    name: String(name),
    quota,
    unit: String(unit),
    used,
    perSecond: quota / used,
    source: String(source),
    ask: String(ask),
  };
}
