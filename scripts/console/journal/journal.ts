/**
 * Everything that the console has read, newest first, with an index by id. In memory: the log, the tables and Stripe keep it.
 */
import { randomUUID } from "node:crypto";
import type { Entry, EntryKind, Outcome } from "./entry.ts";
import { inOrder, isBefore, merge, type Place, placesBefore } from "./order.ts";

export type { Place } from "./order.ts";

export interface EntryFilter {
  /** `alarm` stands for everything that raises an alarm. */
  readonly kinds?: readonly EntryKind[];
  readonly outcomes?: readonly Outcome[];
  readonly principal?: string;
  /** Only what has this id. */
  readonly id?: string;
  /** Unix milliseconds; the first and the one after the last. */
  readonly from?: number;
  readonly to?: number;
  /** Whether schedules that found nothing to do are shown, too. */
  readonly routine?: boolean;
}

export interface PageFilter extends EntryFilter {
  /** Where the previous page ended. */
  readonly before?: Place;
  readonly limit: number;
}

export interface EntryPage {
  readonly entries: readonly Entry[];
  readonly next?: Place;
}

/** What arrived after a mark, in the order of arrival, and the mark of the last of it. */
export interface Arrivals {
  readonly entries: readonly Entry[];
  readonly mark: string;
}

type Listener = (entries: readonly Entry[]) => void;

export interface JournalOptions {
  /** The oldest entries make room for newer ones. */
  readonly most?: number;
  /** A reader that was away for more arrivals than that reads the page again. */
  readonly mostArrivals?: number;
}

export class Journal {
  /** Oldest first, so that what is new is appended. */
  #entries: Entry[] = [];
  readonly #byEntryId = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry[]>();
  readonly #listeners = new Set<Listener>();
  readonly #most: number;
  readonly #mostArrivals: number;
  /** The latest entries in the order in which they came. */
  #arrivals: Entry[] = [];
  #arrived = 0;
  /** Marks of another journal, such as that of the console before its restart, mean nothing here. */
  readonly #name = randomUUID().slice(0, 8);
  #forgottenUntil: Place | undefined;
  #isReading = false;
  /** Why the log cannot be read now; undefined if it can. */
  trouble: string | undefined;

  constructor({ most = 200_000, mostArrivals = 10_000 }: JournalOptions = {}) {
    this.#most = most;
    this.#mostArrivals = mostArrivals;
  }

  get size(): number {
    return this.#entries.length;
  }

  /** Whether a log is being read for the first time: what is added then is not news. */
  get isReading(): boolean {
    return this.#isReading;
  }

  set isReading(isReading: boolean) {
    const hasEnded = this.#isReading && !isReading;
    this.#isReading = isReading;
    if (!hasEnded) return;
    // Whoever has a mark of before reads the page again.
    this.#arrivals = [];
    this.#arrived += 1;
    for (const listener of this.#listeners) listener([]);
  }

  /** Adds entries in any order. One that is there already is left as it is. */
  add(entries: readonly Entry[]): void {
    const fresh: Entry[] = [];
    for (const entry of entries) {
      const isForgotten = this.#forgottenUntil !== undefined && !isBefore(this.#forgottenUntil, entry);
      if (isForgotten || this.#byEntryId.has(entry.id)) continue;
      this.#byEntryId.set(entry.id, entry);
      fresh.push(entry);
    }
    if (fresh.length === 0) return;
    const sorted = fresh.toSorted(inOrder);
    this.#entries = merge(this.#entries, sorted);
    for (const entry of sorted) for (const id of entry.ids) this.#index(id, entry);
    this.#forgetOldest();
    if (this.#isReading) return;
    this.#arrived += fresh.length;
    this.#arrivals.push(...fresh);
    if (this.#arrivals.length > 2 * this.#mostArrivals)
      this.#arrivals = this.#arrivals.slice(-this.#mostArrivals);
    for (const listener of this.#listeners) listener(fresh);
  }

  /** Where a reader of the whole journal is now: `since` returns what comes later. */
  get mark(): string {
    return `${this.#name}-${this.#arrived}`;
  }

  /** What has arrived since the mark was read; undefined if that is not known any more. */
  since(mark: string): Arrivals | undefined {
    const [, name, count] = /^(\w+)-(\d{1,15})$/.exec(mark) ?? [];
    const missed = this.#arrived - Number(count);
    if (name !== this.#name || missed < 0 || missed > this.#arrivals.length) return undefined;
    return { entries: missed === 0 ? [] : this.#arrivals.slice(-missed), mark: this.mark };
  }

  /** Forgets everything. */
  clear(): void {
    this.#entries = [];
    this.#byEntryId.clear();
    this.#byId.clear();
  }

  /** Everything with this id, oldest first. */
  about(id: string): readonly Entry[] {
    return this.#byId.get(id) ?? [];
  }

  /** Everything that has the filter's id and is in its time, whatever else the filter says, oldest first. */
  within({ id, from, to }: Pick<EntryFilter, "id" | "from" | "to">): readonly Entry[] {
    const list = id === undefined ? this.#entries : this.about(id);
    const first = from === undefined ? 0 : placesBefore(list, { at: from, id: "" });
    const end = to === undefined ? list.length : placesBefore(list, { at: to, id: "" });
    return list.slice(first, end);
  }

  /** What the filter lets through, newest first. */
  *matching(filter: EntryFilter, before?: Place): Generator<Entry> {
    const list = filter.id === undefined ? this.#entries : this.about(filter.id);
    const end = filter.to === undefined ? undefined : { at: filter.to, id: "" };
    const first = end !== undefined && (before === undefined || isBefore(end, before)) ? end : before;
    for (let index = placesBefore(list, first) - 1; index >= 0; index--) {
      const entry = list[index];
      if (entry === undefined || (filter.from !== undefined && entry.at < filter.from)) return;
      if (matches(entry, filter)) yield entry;
    }
  }

  /** One page, newest first. */
  page({ limit, before, ...filter }: PageFilter): EntryPage {
    const entries: Entry[] = [];
    for (const entry of this.matching(filter, before)) {
      const last = entries.at(-1);
      if (entries.length === limit)
        return last === undefined ? { entries } : { entries, next: { at: last.at, id: last.id } };
      entries.push(entry);
    }
    return { entries };
  }

  /** Calls the listener with what is added from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #index(id: string, entry: Entry): void {
    const list = this.#byId.get(id);
    const last = list?.at(-1);
    if (list === undefined || last === undefined) this.#byId.set(id, [entry]);
    else if (isBefore(last, entry)) list.push(entry);
    // An entry can name an id twice.
    else if (list[placesBefore(list, entry)] !== entry) merge(list, [entry]);
  }

  /** A part of them at once: moving the rest takes as long for one as for thousands. */
  #forgetOldest(): void {
    if (this.#entries.length <= this.#most) return;
    const kept = Math.ceil(this.#most * 0.95);
    const forgotten = this.#entries.slice(0, this.#entries.length - kept);
    this.#entries = this.#entries.slice(forgotten.length);
    this.#forgottenUntil = forgotten.at(-1);
    const ids = new Set<string>();
    for (const entry of forgotten) {
      this.#byEntryId.delete(entry.id);
      for (const id of entry.ids) ids.add(id);
    }
    for (const id of ids) {
      const left = this.about(id).filter((entry) => this.#byEntryId.get(entry.id) === entry);
      if (left.length === 0) this.#byId.delete(id);
      else this.#byId.set(id, left);
    }
  }
}

export function matches(
  entry: Entry,
  { kinds, outcomes, principal, id, from, to, routine = false }: EntryFilter,
): boolean {
  return (
    (routine || entry.routine !== true) &&
    (kinds === undefined || isOfKinds(entry, kinds)) &&
    (outcomes === undefined || outcomes.includes(entry.outcome)) &&
    (principal === undefined || entry.principal === principal) &&
    (id === undefined || entry.ids.includes(id)) &&
    (from === undefined || entry.at >= from) &&
    (to === undefined || entry.at < to)
  );
}

/** Its own kind, and `alarm` for whatever raises one. */
export function isOfKinds({ kind, alarm }: Entry, kinds: readonly EntryKind[]): boolean {
  return kinds.includes(kind) || (alarm !== undefined && kinds.includes("alarm"));
}
