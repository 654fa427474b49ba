import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { maskFields, REDACTED } from "../../../lib/policy/mask-fields.ts";

const page = {
  entries: [
    { actor: { id: "shop", ipAddress: "192.0.2.1" }, objects: ["pi_1"] },
    { actor: { id: "till" }, objects: [] },
    null,
  ],
  next: "token",
};

describe("given fields to mask", () => {
  it.each([
    [
      "below an array",
      ["entries.actor.ipAddress"],
      {
        entries: [
          { actor: { id: "shop", ipAddress: "[redacted]" }, objects: ["pi_1"] },
          { actor: { id: "till" }, objects: [] },
          null,
        ],
        next: "token",
      },
    ],
    ["at the top", ["next"], { ...page, next: "[redacted]" }],
    ["that are arrays", ["entries"], { ...page, entries: "[redacted]" }],
    ["that are inside another", ["entries.actor.id", "entries"], { ...page, entries: "[redacted]" }],
    ["that do not exist", ["entries.actor.name", "nothing", "next.deeper"], page],
    ["with inherited names", ["constructor", "entries.length", "toString.name"], page],
    ["none", [], page],
  ])("it masks those %s", (_which, paths, masked) => {
    expect(maskFields(page, paths)).toEqual(masked);
  });

  it("it masks several fields together", () => {
    expect(maskFields({ a: { b: 1, c: 2 }, d: 3 }, ["a.b", "d"])).toEqual({
      a: { b: REDACTED, c: 2 },
      d: REDACTED,
    });
  });

  it("it masks in a response with a list of lists", () => {
    expect(maskFields([[{ a: 1 }], { a: 2 }], ["a"])).toEqual([[{ a: REDACTED }], { a: REDACTED }]);
  });

  it.each(["text", 5, true, null])("%p in a list is unchanged", (item) => {
    expect(maskFields([item], ["a"])).toEqual([item]);
  });

  it("it does not change the original response", () => {
    fc.assert(
      fc.property(fc.object(), (answer) => {
        const before = structuredClone(answer);
        const paths = Object.keys(answer);
        maskFields(answer, paths);
        expect(answer).toEqual(before);
      }),
    );
  });

  it("nothing is left of a masked value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.uuid()), (answer) => {
        const masked = JSON.stringify(
          maskFields(
            { list: [answer] },
            Object.keys(answer).map((name) => `list.${name}`),
          ),
        );
        for (const value of Object.values(answer)) expect(masked).not.toContain(value);
      }),
    );
  });
});
