/** Finds whom failures have affected, in a log. */
import type { Row } from "../../local/logs/query.ts";
import type { LogSource, TimeRange } from "../logs/log-source.ts";
import {
  type Affected,
  type CutOff,
  type Failure,
  groupByCustomer,
  readFailure,
} from "./affected-customers.ts";
import {
  appliedQuery,
  CUT_OFF_QUERY,
  completedQuery,
  customersQuery,
  failuresQuery,
  LINKS,
  type Link,
} from "./queries.ts";

/** A query can have 10,000 characters, and an id of an event or a run has up to 40. */
const IDS_IN_A_QUERY = 150;
/** A run that fails now can have found its customer long before. */
const EARLIER_MS = 24 * 60 * 60 * 1000;

export interface Found {
  /** Those with the latest failure first. */
  readonly customers: readonly Affected[];
  /** The failures whose customer no line names. */
  readonly unknown: readonly Affected[];
  readonly cutOff: readonly CutOff[];
}

export async function findAffected(
  log: LogSource,
  range: TimeRange,
  codes: readonly string[],
): Promise<Found> {
  const [rows, cutOffRows] = await Promise.all([
    log(failuresQuery(codes), range),
    codes.length === 0 ? log(CUT_OFF_QUERY, range) : [],
  ]);
  const failures = rows.map(readFailure);
  const [customers, recoveries] = await Promise.all([
    customersOf(failures, log, { from: new Date(range.from.getTime() - EARLIER_MS), to: range.to }),
    recoveriesOf(failures, log, range),
  ]);
  const complete = failures.map((failure) => ({
    ...failure,
    ids: { ...customers(failure), ...failure.ids },
    isRecovered: recoveries(failure),
  }));
  const { known, unknown } = groupByCustomer(complete);
  return { customers: known, unknown, cutOff: cutOffRows.map(cutOffOf) };
}

/** The customer of a failure without one, if the lines about its run, or its payment, name exactly one. */
async function customersOf(
  failures: readonly Failure[],
  log: LogSource,
  range: TimeRange,
): Promise<(failure: Failure) => { customerId?: string }> {
  const found = new Map<string, Set<string>>();
  const without = failures.filter(({ ids }) => ids.customerId === undefined);
  for (const link of LINKS) {
    const rows = await inParts(idsOf(without, link), (ids) => log(customersQuery(link, ids), range));
    for (const { customerId = "", [link]: id = "" } of rows)
      found.set(id, (found.get(id) ?? new Set()).add(customerId));
  }
  return (failure) => {
    const all = LINKS.map((link) => found.get(idOf(failure, link) ?? "")).find(
      (customers) => customers !== undefined,
    );
    const [customerId] = all ?? [];
    return customerId === undefined || all?.size !== 1 ? {} : { customerId };
  };
}

/** Whether the event was applied after the failure, or the run has completed. */
async function recoveriesOf(
  failures: readonly Failure[],
  log: LogSource,
  range: TimeRange,
): Promise<(failure: Failure) => boolean> {
  const applied = await inParts(idsOf(failures, "eventId"), (ids) => log(appliedQuery(ids), range));
  const completed = await inParts(idsOf(failures, "runId"), (ids) => log(completedQuery(ids), range));
  const done = new Set([...applied, ...completed].flatMap(({ eventId, runId }) => eventId ?? runId ?? []));
  // An event is applied once, and a run completes once: what is done was done after each failure.
  return ({ eventId, ids }) => done.has(eventId ?? "") || done.has(ids.runId ?? "");
}

const idOf = ({ ids, eventId }: Failure, link: Link) => (link === "eventId" ? eventId : ids[link]);
const idsOf = (failures: readonly Failure[], link: Link) =>
  failures.flatMap((failure) => idOf(failure, link) ?? []);

async function inParts(
  ids: readonly string[],
  ask: (part: readonly string[]) => Promise<readonly Row[]>,
): Promise<readonly Row[]> {
  const all = [...new Set(ids)];
  const rows: Row[] = [];
  for (let first = 0; first < all.length; first += IDS_IN_A_QUERY)
    rows.push(...(await ask(all.slice(first, first + IDS_IN_A_QUERY))));
  return rows;
}

function cutOffOf({ "@log": group = "", failures = "0" }: Row): CutOff {
  // CloudWatch writes the account before the name of the group.
  return { functionName: group.replace(/^\d*:?\/aws\/lambda\//, ""), count: Number(failures) };
}
