/** The journal, compared with a list that is filtered and sorted anew for every question. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ENTRY_KINDS, type Entry, OUTCOMES } from "../../../scripts/console/journal/entry.ts";
import { type EntryFilter, Journal } from "../../../scripts/console/journal/journal.ts";

const IDS = ["pi_1", "pi_2", "cus_1", "run-1"];
const PRINCIPALS = ["shop", "agent"];

/** Few values, so that times and ids are often equal. */
const entries: fc.Arbitrary<Entry> = fc
  .record({
    number: fc.nat(60),
    kind: fc.constantFrom(...ENTRY_KINDS),
    outcome: fc.constantFrom(...OUTCOMES),
    principal: fc.option(fc.constantFrom(...PRINCIPALS), { nil: undefined }),
    ids: fc.subarray(IDS),
    isAlarm: fc.boolean(),
    isRoutine: fc.boolean(),
  })
  .map(({ number, kind, outcome, principal, ids, isAlarm, isRoutine }) => ({
    // The time follows from the id: an entry that is read again is the same.
    ...{ id: `e-${(number * 7) % 61}`, at: number % 9, kind, outcome, title: "x", ids },
    ...(principal === undefined ? {} : { principal }),
    ...(isAlarm ? { alarm: "a" } : {}),
    ...(isRoutine ? { routine: true as const } : {}),
  }));

const filters: fc.Arbitrary<EntryFilter> = fc.record(
  {
    kinds: fc.subarray([...ENTRY_KINDS], { minLength: 1 }),
    outcomes: fc.subarray([...OUTCOMES], { minLength: 1 }),
    principal: fc.constantFrom(...PRINCIPALS),
    id: fc.constantFrom(...IDS),
    from: fc.nat(9),
    to: fc.nat(9),
    routine: fc.boolean(),
  },
  { requiredKeys: [] },
);

/** The first entry of each id, newest first, ties by id. */
function expected(added: readonly Entry[], filter: EntryFilter): Entry[] {
  const first = new Map<string, Entry>();
  for (const entry of added) if (!first.has(entry.id)) first.set(entry.id, entry);
  const { kinds, outcomes, principal, id, from = 0, to = Infinity, routine } = filter;
  return [...first.values()]
    .filter((entry) => routine === true || !entry.routine)
    .filter(({ kind, alarm }) => !kinds || kinds.includes(kind) || (alarm && kinds.includes("alarm")))
    .filter(({ outcome }) => !outcomes || outcomes.includes(outcome))
    .filter((entry) => principal === undefined || entry.principal === principal)
    .filter(({ ids }) => id === undefined || ids.includes(id))
    .filter(({ at }) => at >= from && at < to)
    .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
}

function allPages(journal: Journal, filter: EntryFilter, limit: number): Entry[] {
  const found: Entry[] = [];
  let page = journal.page({ ...filter, limit });
  for (;;) {
    found.push(...page.entries);
    if (page.next === undefined) return found;
    expect(page.entries).toHaveLength(limit);
    page = journal.page({ ...filter, limit, before: page.next });
  }
}

const batches = fc.array(fc.array(entries, { maxLength: 12 }), { maxLength: 8 });

describe("given a journal", () => {
  it("its pages have every entry that the filter lets through exactly once, newest first, in whatever order they were added", () => {
    fc.assert(
      fc.property(batches, filters, fc.integer({ min: 1, max: 7 }), (added, filter, limit) => {
        const journal = new Journal();
        for (const batch of added) journal.add(batch);
        expect(allPages(journal, filter, limit)).toEqual(expected(added.flat(), filter));
        for (const id of IDS)
          expect(journal.about(id)).toEqual(expected(added.flat(), { id, routine: true }).reverse());
      }),
    );
  });

  it("a page that was begun goes on in its place while newer entries are added", () => {
    fc.assert(
      fc.property(
        fc.array(entries),
        fc.array(entries),
        fc.integer({ min: 1, max: 7 }),
        (before, after, limit) => {
          const journal = new Journal();
          journal.add(before);
          const first = journal.page({ limit });
          journal.add(after.map((entry) => ({ ...entry, id: `later-${entry.id}`, at: entry.at + 100 })));
          const rest =
            first.next === undefined ? [] : journal.page({ limit: 1_000, before: first.next }).entries;
          expect([...first.entries, ...rest]).toEqual(expected(before, {}));
        },
      ),
    );
  });

  it("with more entries than it keeps, it has the newest, and finds nothing of the others by any id", () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 20 }), (added, most) => {
        const journal = new Journal({ most });
        for (const batch of added) journal.add(batch);
        const all = expected(added.flat(), { routine: true });
        const kept = journal.page({ limit: 1_000, routine: true }).entries;
        expect(kept.length).toBeLessThanOrEqual(most);
        expect(kept.length).toBeGreaterThanOrEqual(
          Math.min(new Set(all).size, Math.ceil(most * 0.95)) > 0 ? 1 : 0,
        );
        for (const id of IDS)
          expect(journal.about(id)).toEqual(kept.filter(({ ids }) => ids.includes(id)).reverse());
        expect(journal.size).toBe(kept.length);
      }),
    );
  });

  it("whoever has read up to a mark gets exactly what is added later, once, however often it asks", () => {
    fc.assert(
      fc.property(batches, fc.nat(8), (added, asksEvery) => {
        const journal = new Journal();
        const got: Entry[] = [];
        let { mark } = journal;
        for (const [index, batch] of added.entries()) {
          journal.add(batch);
          if (asksEvery === 0 || index % asksEvery !== 0) continue;
          const arrivals = journal.since(mark);
          got.push(...(arrivals?.entries ?? []));
          mark = arrivals?.mark ?? "";
        }
        got.push(...(journal.since(mark)?.entries ?? []));
        expect(got).toHaveLength(journal.size);
        expect(new Set(got.map(({ id }) => id)).size).toBe(journal.size);
      }),
    );
  });

  it("a mark that is too old, of another journal, or of before the log was read means that the page must be read again", () => {
    const journal = new Journal({ mostArrivals: 2 });
    const { mark } = journal;
    const entry = (number: number): Entry => ({
      ...{ id: `e-${number}`, at: number, kind: "call", outcome: "succeeded", title: "x", ids: [] },
    });
    for (let number = 0; number < 9; number++) journal.add([entry(number)]);
    expect(journal.since(mark)).toBeUndefined();
    expect(journal.since(new Journal().mark)).toBeUndefined();
    expect(journal.since("nonsense")).toBeUndefined();
    const reading = journal.mark;
    journal.isReading = true;
    journal.add([entry(10)]);
    expect(journal.since(reading)?.entries).toEqual([]);
    journal.isReading = false;
    expect(journal.since(reading)).toBeUndefined();
    expect(journal.since(journal.mark)?.entries).toEqual([]);
  });
});
