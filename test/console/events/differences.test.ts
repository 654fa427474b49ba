import { isDeepStrictEqual } from "node:util";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { differencesBetween, leavesOf } from "../../../scripts/console/events/differences.ts";

/** What JSON can say, so that a value is the same after it was written and read. */
const anyState = fc
  .dictionary(
    fc.constantFrom("status", "amount", "items", "a.b", "a", "b", "", "[0]"),
    fc.jsonValue({ maxDepth: 3 }),
  )
  .map((state): unknown => JSON.parse(JSON.stringify(state)));
const unequal = (event: unknown, record: unknown) =>
  differencesBetween({ event, record }).filter(({ isEqual }) => !isEqual);

describe("given two states of an object", () => {
  it("no field differs exactly if they are equal", () => {
    fc.assert(
      fc.property(anyState, anyState, (a, b) => {
        expect(unequal(a, a)).toEqual([]);
        expect(unequal(a, b).length === 0).toBe(isDeepStrictEqual(a, b));
      }),
    );
  });

  it("the same fields differ in both directions", () => {
    fc.assert(
      fc.property(anyState, anyState, (a, b) => {
        const swapped = unequal(b, a).map(({ event, record, ...rest }) => ({
          ...rest,
          ...(record === undefined ? {} : { event: record }),
          ...(event === undefined ? {} : { record: event }),
        }));
        expect(swapped).toEqual(unequal(a, b));
      }),
    );
  });

  it("every value that was changed is found, and nothing else", () => {
    fc.assert(
      fc.property(anyState, fc.nat(), (state, choice) => {
        const places = [...leavesOf(state).keys()];
        const place = places[choice % places.length] ?? "";
        const changed = new Map(leavesOf(state)).set(place, '"changed"');
        const before = leavesOf(state);
        const found = places.filter((each) => before.get(each) !== changed.get(each));
        const told = unequal(Object.fromEntries(before), Object.fromEntries(changed));
        expect(told.length).toBe(found.length);
      }),
    );
  });
});

describe("given an event, a record and an object at Stripe", () => {
  it("a field that one of them does not have differs", () => {
    expect(
      differencesBetween({
        event: { status: "open", declineCode: "generic_decline" },
        record: { status: "paid" },
        stripe: { status: "paid" },
      }),
    ).toEqual([
      { field: "declineCode", isEqual: false, event: '"generic_decline"' },
      { field: "status", isEqual: false, event: '"open"', record: '"paid"', stripe: '"paid"' },
    ]);
  });

  it("a side that is not known is not compared", () => {
    expect(differencesBetween({ record: { status: "paid" } })).toEqual([
      { field: "status", isEqual: true, record: '"paid"' },
    ]);
  });

  it("what belongs to a person is compared, and not shown", () => {
    const told = differencesBetween({
      event: { email: "ada@example.com", metadata: { orderId: "order-1" } },
      record: { email: "grace@example.com", metadata: { orderId: "order-1" } },
    });
    expect(told.map(({ field, isEqual }) => [field, isEqual])).toEqual([
      ["email", false],
      ["metadata.orderId", true],
    ]);
    expect(JSON.stringify(told)).not.toMatch(/example|order-1/);
  });
});
