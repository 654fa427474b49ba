/** Whom failures have affected: rows of the log, by customer. Pure. */
import { present } from "../../lib/present.ts";
import { SUBJECT_FIELDS, type SubjectIds } from "../../lib/subject-ids.ts";
import type { Row } from "../../local/logs/query.ts";

/** Equal failures of the same customer, payment and so on. */
export interface Failure {
  readonly ids: SubjectIds;
  readonly eventId?: string;
  /** The problem's code, or what failed. */
  readonly code: string;
  readonly count: number;
  readonly first: Date;
  readonly last: Date;
  /** Whether what failed was done later. False if the log cannot show it. */
  readonly isRecovered: boolean;
}

/** What failures have affected. */
export interface Affected {
  readonly customerId?: string;
  readonly failures: number;
  /** How many of them by code. */
  readonly codes: Readonly<Record<string, number>>;
  readonly payments: readonly string[];
  readonly subscriptions: readonly string[];
  readonly invoices: readonly string[];
  readonly runs: readonly string[];
  readonly events: readonly string[];
  readonly first: Date;
  readonly last: Date;
  /** True if everything that failed was done later. */
  readonly isRecovered: boolean;
}

/** Invocations that were cut off before their code could write a line. */
export interface CutOff {
  readonly functionName: string;
  readonly count: number;
}

export function readFailure(row: Row): Failure {
  const ids: SubjectIds = Object.fromEntries(
    SUBJECT_FIELDS.flatMap((field) => (row[field] === undefined ? [] : [[field, row[field]]])),
  );
  return {
    ids,
    ...present({ eventId: row.eventId }),
    code: row.code ?? row.alarm ?? row.event ?? "unknown",
    count: Number(row.failures ?? 1),
    first: timeOf(row.first),
    last: timeOf(row.last),
    isRecovered: false,
  };
}

/** Unix milliseconds, or a time in UTC as CloudWatch writes it. */
function timeOf(text = "0"): Date {
  return new Date(/^[\d.e+]+$/i.test(text) ? Number(text) : Date.parse(`${text.replace(" ", "T")}Z`));
}

/** By customer; failures without one by what they are about. Those with the latest failure come first. */
export function groupByCustomer(failures: readonly Failure[]): {
  readonly known: readonly Affected[];
  readonly unknown: readonly Affected[];
} {
  const named = failures.filter(({ ids }) => ids.customerId !== undefined);
  const others = failures.filter(({ ids }) => ids.customerId === undefined);
  const keyOf = ({ ids, eventId, code }: Failure) =>
    JSON.stringify([ids, Object.keys(ids).length === 0 ? code : eventId]);
  return {
    known: affectedBy(Map.groupBy(named, ({ ids }) => ids.customerId ?? "")),
    unknown: affectedBy(Map.groupBy(others, keyOf)),
  };
}

function affectedBy(groups: ReadonlyMap<string, readonly Failure[]>): readonly Affected[] {
  return [...groups.values()].map(affected).sort((a, b) => b.last.getTime() - a.last.getTime());
}

function affected(failures: readonly Failure[]): Affected {
  const codes: Record<string, number> = {};
  for (const { code, count } of failures) codes[code] = (codes[code] ?? 0) + count;
  const all = (of: (failure: Failure) => string | undefined) => [
    ...new Set(failures.flatMap((failure) => of(failure) ?? [])),
  ];
  const times = (of: (failure: Failure) => Date) => failures.map((failure) => of(failure).getTime());
  return {
    ...present({ customerId: failures[0]?.ids.customerId }),
    failures: failures.reduce((sum, { count }) => sum + count, 0),
    codes,
    payments: all(({ ids }) => ids.paymentId),
    subscriptions: all(({ ids }) => ids.subscriptionId),
    invoices: all(({ ids }) => ids.invoiceId),
    runs: all(({ ids }) => ids.runId),
    events: all(({ eventId }) => eventId),
    first: new Date(Math.min(...times(({ first }) => first))),
    last: new Date(Math.max(...times(({ last }) => last))),
    isRecovered: failures.every(({ isRecovered }) => isRecovered),
  };
}
