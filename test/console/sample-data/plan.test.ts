import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { DEFAULT_SEED, MOST_CUSTOMERS } from "../../../scripts/sample-data/limits.ts";
import { planOf, STORIES } from "../../../scripts/sample-data/plan.ts";
import { TELLERS } from "../../../scripts/sample-data/stories.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const counts = fc.integer({ min: 1, max: MOST_CUSTOMERS });

describe("the plan of a month", () => {
  it("is the same for the same seed", () => {
    fc.assert(
      fc.property(seeds, counts, (seed, count) => expect(planOf(seed, count)).toEqual(planOf(seed, count))),
    );
  });

  it("has each customer once, with an address and ids of its own", () => {
    fc.assert(
      fc.property(seeds, counts, (seed, count) => {
        const people = planOf(seed, count);
        for (const field of ["email", "userId", "orderId"] as const)
          expect(new Set(people.map((person) => person[field])).size).toBe(count);
      }),
    );
  });

  it("two seeds have no customer in common", () => {
    const emails = new Set(planOf(DEFAULT_SEED, MOST_CUSTOMERS).map(({ email }) => email));
    expect(planOf(2, MOST_CUSTOMERS).filter(({ email }) => emails.has(email))).toEqual([]);
  });

  it("with as many customers as there are stories, each story is told", () => {
    const told = planOf(DEFAULT_SEED, STORIES.length).map(({ story }) => story);
    expect(told.toSorted()).toEqual([...STORIES].sort());
    expect(Object.keys(TELLERS).sort()).toEqual([...STORIES].sort());
  });
});
