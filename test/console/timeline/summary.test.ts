/** The counts and the chart of the time line, compared with counting each by itself. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ENTRY_KINDS, type Entry, OUTCOMES } from "../../../scripts/console/journal/entry.ts";
import { type EntryFilter, Journal, matches } from "../../../scripts/console/journal/journal.ts";
import { countsOf } from "../../../scripts/console/timeline/summary.ts";

const START = Date.UTC(2026, 10, 27, 8, 30);

const entries: fc.Arbitrary<Entry[]> = fc
  .array(
    fc.record({
      at: fc.oneof(fc.nat(5_000), fc.nat(400 * 86_400_000)).map((ms) => START + ms),
      kind: fc.constantFrom(...ENTRY_KINDS),
      outcome: fc.constantFrom(...OUTCOMES),
      principal: fc.constantFrom("shop", "agent"),
      alarm: fc.constantFrom("a", undefined),
      routine: fc.boolean(),
    }),
    { maxLength: 30 },
  )
  .map((all) =>
    all.map(({ alarm, ...entry }, index) => ({
      ...{ ...entry, id: `e-${index}`, title: "x", ids: [] },
      ...(alarm === undefined ? {} : { alarm }),
    })),
  );
const filters: fc.Arbitrary<EntryFilter> = fc.record(
  {
    kinds: fc.subarray([...ENTRY_KINDS], { minLength: 1 }),
    outcomes: fc.subarray([...OUTCOMES], { minLength: 1 }),
    principal: fc.constantFrom("shop", "agent"),
    from: fc.nat(5_000).map((ms) => START + ms),
    to: fc.nat(5_000).map((ms) => START + ms),
    routine: fc.boolean(),
  },
  { requiredKeys: [] },
);

describe("given the entries of a journal", () => {
  it("each choice of a filter is counted as if only that one were chosen, and the chart has every entry once, in its time", () => {
    fc.assert(
      fc.property(entries, filters, (added, filter) => {
        const journal = new Journal();
        journal.add(added);
        const { kinds, outcomes, principals, total, routine, buckets } = countsOf(
          journal.within(filter),
          filter,
        );
        const matching = (changed: EntryFilter) =>
          added.filter((entry) => matches(entry, { ...filter, ...changed }));
        for (const kind of ENTRY_KINDS) expect(kinds[kind] ?? 0).toBe(matching({ kinds: [kind] }).length);
        for (const outcome of OUTCOMES)
          expect(outcomes[outcome] ?? 0).toBe(matching({ outcomes: [outcome] }).length);
        for (const { name, count } of principals) expect(count).toBe(matching({ principal: name }).length);
        const shown = matching({});
        expect(total).toBe(shown.length);
        expect(routine).toBe(matching({ routine: true }).filter((entry) => entry.routine).length);
        for (const [index, bucket] of buckets.entries()) {
          expect(bucket.from).toBe(buckets[index - 1]?.to ?? bucket.from);
          for (const outcome of OUTCOMES) {
            const inside = shown.filter(
              (entry) => entry.outcome === outcome && entry.at >= bucket.from && entry.at < bucket.to,
            );
            expect(bucket.counts[outcome] ?? 0).toBe(inside.length);
          }
        }
        const charted = buckets
          .flatMap(({ counts }) => Object.values(counts))
          .reduce((sum, count) => sum + count, 0);
        expect(charted).toBe(total);
        expect(buckets.length).toBeLessThanOrEqual(50);
      }),
    );
  });

  it("the parts of the chart are lengths that people know", () => {
    const at = (ms: number, index: number): Entry => ({
      ...{ id: `e-${index}`, at: START + ms, kind: "call", outcome: "succeeded", title: "x", ids: [] },
    });
    const lengthOf = (ms: number) => {
      const [bucket] = countsOf([0, ms].map(at), {}).buckets;
      return bucket === undefined ? 0 : (bucket.to - bucket.from) / 1_000;
    };
    expect([1, 60_000, 3_600_000, 86_400_000, 604_800_000].map(lengthOf)).toEqual([1, 2, 120, 3_600, 21_600]);
  });

  it("without entries there is no chart", () => {
    expect(countsOf([], {})).toMatchObject({ total: 0, buckets: [], principals: [] });
  });
});
