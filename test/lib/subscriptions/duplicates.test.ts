import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { duplicatesIn } from "../../../lib/subscriptions/duplicates.ts";
import type { LiveSubscription } from "../../../lib/subscriptions/live-subscriptions.ts";

const live = (fields: Partial<LiveSubscription> & { readonly id: string }): LiveSubscription => ({
  ...{ status: "active", created: 1, productIds: ["prod_a"], call: undefined, isSecond: false, object: {} },
  ...fields,
});

const found = (subscriptions: readonly LiveSubscription[]) =>
  duplicatesIn(subscriptions).map(({ subscription, of }) => [subscription.id, of.id]);

describe("given a customer's live subscriptions", () => {
  it.each<[string, LiveSubscription[], string[][]]>([
    ["the newer one is the duplicate", [live({ id: "b", created: 2 }), live({ id: "a" })], [["b", "a"]]],
    ["of one second, the second by id is", [live({ id: "b" }), live({ id: "a" })], [["b", "a"]]],
    [
      "one that waits for its first payment is, even if it is older",
      [live({ id: "a", status: "incomplete" }), live({ id: "b", created: 2 })],
      [["a", "b"]],
    ],
    ["another product's is none", [live({ id: "a" }), live({ id: "b", productIds: ["prod_b"] })], []],
    [
      "one product of several is enough",
      [live({ id: "a" }), live({ id: "b", created: 2, productIds: ["prod_b", "prod_a"] })],
      [["b", "a"]],
    ],
    ["an allowed second one is none", [live({ id: "a" }), live({ id: "b", created: 2, isSecond: true })], []],
    [
      "one that came after an allowed second one is",
      [live({ id: "b", isSecond: true }), live({ id: "c", created: 3 })],
      [["c", "b"]],
    ],
    [
      "an allowed second one does not end the first, which waits for its payment",
      [live({ id: "a", status: "incomplete" }), live({ id: "b", created: 2, isSecond: true })],
      [],
    ],
    [
      "what only a duplicate excludes stays",
      [
        live({ id: "a" }),
        live({ id: "b", created: 2, productIds: ["prod_a", "prod_b"] }),
        live({ id: "c", created: 3, productIds: ["prod_b"] }),
      ],
      [["b", "a"]],
    ],
  ])("%s", (_what, subscriptions, expected) => {
    expect(found(subscriptions)).toEqual(expected);
    expect(found(subscriptions.toReversed())).toEqual(expected);
  });

  it("whatever they are: of one product one stays, of every product some stay, and their order does not matter", () => {
    const any = fc.record({
      id: fc.uuid(),
      status: fc.constantFrom("active", "trialing", "past_due", "paused", "incomplete"),
      created: fc.integer({ min: 1, max: 3 }),
      productIds: fc.uniqueArray(fc.constantFrom("prod_a", "prod_b", "prod_c"), { minLength: 1 }),
    });
    fc.assert(
      fc.property(
        fc.uniqueArray(any, { selector: ({ id }) => id, maxLength: 8 }),
        fc.nat(),
        (drawn, turn) => {
          const all = drawn.map(live);
          const duplicates = new Set(duplicatesIn(all).map(({ subscription }) => subscription.id));
          const staying = all.filter(({ id }) => !duplicates.has(id));
          const products = staying.flatMap(({ productIds }) => productIds);
          expect(new Set(products).size).toBe(products.length);
          expect(staying.length > 0).toBe(all.length > 0);
          const turned = [...all.slice(turn % (all.length + 1)), ...all.slice(0, turn % (all.length + 1))];
          expect(found(turned)).toEqual(found(all));
        },
      ),
    );
  });
});
