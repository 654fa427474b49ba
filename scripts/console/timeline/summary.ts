/** What the journal has, counted: by kind, outcome, principal and time. Pure. */
import { ENTRY_KINDS, type Entry, type EntryKind, OUTCOMES, type Outcome } from "../journal/entry.ts";
import { type EntryFilter, isOfKinds } from "../journal/journal.ts";

export interface Bucket {
  /** Unix milliseconds; the end does not belong to it. */
  readonly from: number;
  readonly to: number;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
}

export interface Counts {
  /** Each as if its own filter were not set, so that a reader sees what another choice would show. */
  readonly kinds: Readonly<Partial<Record<EntryKind, number>>>;
  readonly outcomes: Readonly<Partial<Record<Outcome, number>>>;
  /** Those with the most entries first. */
  readonly principals: readonly { readonly name: string; readonly count: number }[];
  /** Schedules that found nothing to do. */
  readonly routine: number;
  /** What the filter lets through. */
  readonly total: number;
  /** One after another, oldest first; none if there are no entries. */
  readonly buckets: readonly Bucket[];
}

const MOST_BUCKETS = 48;
const MOST_PRINCIPALS = 50;
const [SECOND, MINUTE, HOUR, DAY] = [1_000, 60_000, 3_600_000, 86_400_000];
/** Lengths that a reader can add up. */
const LENGTHS = [
  ...[1, 2, 5, 10, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 30].map((count) => count * MINUTE),
  ...[1, 2, 6, 12].map((count) => count * HOUR),
  ...[1, 7, 28].map((count) => count * DAY),
];

/** `entries`: everything that has the filter's id and is in its time, oldest first, with what is routine. */
export function countsOf(entries: readonly Entry[], filter: EntryFilter): Counts {
  const kinds = new Tally<EntryKind>();
  const outcomes = new Tally<Outcome>();
  const principals = new Tally<string>();
  const shown: Entry[] = [];
  let routine = 0;
  for (const entry of entries) {
    const isOfKind = filter.kinds === undefined || isOfKinds(entry, filter.kinds);
    const isOfOutcome = filter.outcomes === undefined || filter.outcomes.includes(entry.outcome);
    const isOfPrincipal = filter.principal === undefined || entry.principal === filter.principal;
    if (entry.routine === true && isOfKind && isOfOutcome && isOfPrincipal) routine += 1;
    if (entry.routine === true && filter.routine !== true) continue;
    if (isOfOutcome && isOfPrincipal) {
      kinds.add(entry.kind);
      if (entry.alarm !== undefined && entry.kind !== "alarm") kinds.add("alarm");
    }
    if (isOfKind && isOfPrincipal) outcomes.add(entry.outcome);
    if (isOfKind && isOfOutcome && entry.principal !== undefined) principals.add(entry.principal);
    if (isOfKind && isOfOutcome && isOfPrincipal) shown.push(entry);
  }
  return {
    kinds: kinds.of(ENTRY_KINDS),
    outcomes: outcomes.of(OUTCOMES),
    principals: principals.most(MOST_PRINCIPALS),
    routine,
    total: shown.length,
    buckets: bucketsOf(shown, filter),
  };
}

/** Equal parts of the filter's time, or of the time from the oldest entry to the newest. `entries`: oldest first. */
function bucketsOf(entries: readonly Entry[], { from, to }: EntryFilter): Bucket[] {
  const [oldest, newest] = [entries[0], entries.at(-1)];
  if (newest === undefined || oldest === undefined) return [];
  const begin = from ?? oldest.at;
  const end = Math.max(begin + 1, to ?? newest.at + 1);
  const length = lengthFor(end - begin);
  const first = Math.floor(begin / length);
  const counts = Array.from({ length: Math.ceil(end / length) - first }, () => new Tally<Outcome>());
  for (const { at, outcome } of entries) counts[Math.floor(at / length) - first]?.add(outcome);
  return counts.map((tally, index) => ({
    from: (first + index) * length,
    to: (first + index + 1) * length,
    counts: tally.of(OUTCOMES),
  }));
}

function lengthFor(duration: number): number {
  const least = duration / (MOST_BUCKETS - 1);
  return LENGTHS.find((length) => length >= least) ?? Math.ceil(least / DAY) * DAY;
}

/** Counts in place: this runs once for each entry of the journal. */
class Tally<Name extends string> {
  readonly #counts = new Map<Name, { count: number }>();

  add(name: Name): void {
    const known = this.#counts.get(name);
    if (known === undefined) this.#counts.set(name, { count: 1 });
    else known.count += 1;
  }

  /** Those that were counted, in this order. */
  of(names: readonly Name[]): Partial<Record<Name, number>> {
    const counts: Partial<Record<Name, number>> = {};
    for (const name of names) {
      const counted = this.#counts.get(name);
      if (counted !== undefined) counts[name] = counted.count;
    }
    return counts;
  }

  most(limit: number): { name: Name; count: number }[] {
    return [...this.#counts]
      .map(([name, { count }]) => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, limit);
  }
}
