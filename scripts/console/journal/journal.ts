/**
 * Everything that the console has read, newest first, with an index by id. In memory: the log, the tables and Stripe keep it.
 */
import type { Entry, EntryKind, Outcome } from "./entry.ts";

export interface EntryFilter {
  readonly kinds?: readonly EntryKind[];
  readonly outcomes?: readonly Outcome[];
  readonly principal?: string;
  /** Only what has this id. */
  readonly id?: string;
  /** Where the previous page ended. */
  readonly before?: Place;
  readonly limit: number;
}

/** A place in the journal: the time and the id of an entry. */
export interface Place {
  readonly at: number;
  readonly id: string;
}

export interface EntryPage {
  readonly entries: readonly Entry[];
  readonly next?: Place;
}

type Listener = (entries: readonly Entry[]) => void;

/** Older entries make room for newer ones. */
const MOST_ENTRIES = 200_000;

export class Journal {
  /** Oldest first, so that what is new is appended. */
  #entries: Entry[] = [];
  readonly #byEntryId = new Map<string, Entry>();
  readonly #byId = new Map<string, Entry[]>();
  readonly #listeners = new Set<Listener>();

  get size(): number {
    return this.#entries.length;
  }

  /** Adds entries in any order. One that is there already is left as it is. */
  add(entries: readonly Entry[]): void {
    const fresh = entries.filter(({ id }) => !this.#byEntryId.has(id));
    for (const entry of fresh) {
      if (this.#byEntryId.has(entry.id)) continue;
      this.#byEntryId.set(entry.id, entry);
      this.#insert(this.#entries, entry);
      for (const id of new Set(entry.ids)) {
        const list = this.#byId.get(id);
        if (list === undefined) this.#byId.set(id, [entry]);
        else this.#insert(list, entry);
      }
    }
    this.#forgetOldest();
    if (fresh.length > 0) for (const listener of this.#listeners) listener(fresh);
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

  /** One page, newest first. */
  page({ limit, before, ...filter }: EntryFilter): EntryPage {
    const list = filter.id === undefined ? this.#entries : this.about(filter.id);
    const found: Entry[] = [];
    for (let index = endBefore(list, before) - 1; index >= 0; index--) {
      const entry = list[index];
      if (entry === undefined || !matches(entry, filter)) continue;
      if (found.length === limit) {
        const last = found.at(-1);
        return last === undefined
          ? { entries: found }
          : { entries: found, next: { at: last.at, id: last.id } };
      }
      found.push(entry);
    }
    return { entries: found };
  }

  /** Calls the listener with what is added from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #insert(list: Entry[], entry: Entry): void {
    const last = list.at(-1);
    if (last === undefined || isBefore(last, entry)) list.push(entry);
    else list.splice(endBefore(list, entry), 0, entry);
  }

  #forgetOldest(): void {
    const surplus = this.#entries.length - MOST_ENTRIES;
    if (surplus <= 0) return;
    for (const entry of this.#entries.splice(0, surplus)) {
      this.#byEntryId.delete(entry.id);
      for (const id of entry.ids) {
        const left = this.#byId.get(id)?.filter((each) => each !== entry) ?? [];
        if (left.length === 0) this.#byId.delete(id);
        else this.#byId.set(id, left);
      }
    }
  }
}

export function matches(
  entry: Entry,
  { kinds, outcomes, principal, id }: Omit<EntryFilter, "limit">,
): boolean {
  return (
    (kinds === undefined || kinds.includes(entry.kind)) &&
    (outcomes === undefined || outcomes.includes(entry.outcome)) &&
    (principal === undefined || entry.principal === principal) &&
    (id === undefined || entry.ids.includes(id))
  );
}

function isBefore(a: Place, b: Place): boolean {
  return a.at < b.at || (a.at === b.at && a.id < b.id);
}

/** The number of entries that come before the place; all of them without one. */
function endBefore(list: readonly Entry[], place: Place | undefined): number {
  if (place === undefined) return list.length;
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const entry = list[middle];
    if (entry !== undefined && isBefore(entry, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}
