import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { LayeredMap } from "../state/layered-map.ts";
import { Store } from "../state/store.ts";
import { tries } from "./effort.ts";

describe("a fork of the store", () => {
  const filled = () => {
    const store = new Store();
    const maps = [...Object.values(store), ...Object.values(store.collections)];
    for (const value of maps) {
      if (value instanceof Map) value.set("id", "old");
      if (value instanceof Set) value.add("id");
    }
    return store;
  };
  /** The contents of all collections but the events'. */
  const contentOf = (store: Store) => {
    const { event: _, ...collections } = store.collections;
    return Object.entries({ ...store, ...collections }).flatMap(([name, value]) =>
      value instanceof Map || value instanceof Set ? [[name, [...value]]] : [],
    );
  };
  const change = (store: Store) => {
    const { event: _, ...collections } = store.collections;
    for (const value of [...Object.values(store), ...Object.values(collections)]) {
      if (value instanceof Map) value.set("other", "new");
      if (value instanceof Set) value.add("other");
    }
    store.apiVersion = "2020-08-27";
  };

  it("has everything that the store has, except for its events", () => {
    const store = filled();
    const fork = store.fork();
    expect(contentOf(fork)).toEqual(contentOf(store));
    expect([fork.accountId, fork.apiVersion]).toEqual([store.accountId, store.apiVersion]);
    expect(fork.all("event")).toEqual([]);
  });

  it("changes nothing in the store until it is adopted, and everything then, except for the events", () => {
    const store = filled();
    const before = contentOf(store);
    const fork = store.fork();
    change(fork);
    fork.restore("event", []);
    expect(contentOf(store)).toEqual(before);

    store.adopt(fork);
    const expected = filled();
    change(expected);
    expect(contentOf(store)).toEqual(contentOf(expected));
    expect(store.apiVersion).toBe("2020-08-27");
    expect(store.collections.event.has("id")).toBe(true);
  });
});

describe("a map on top of another one", () => {
  const key = fc.integer({ min: 0, max: 5 });
  const step = fc.oneof(
    { weight: 4, arbitrary: fc.tuple(fc.constant("set"), key, fc.option(fc.nat(9), { nil: undefined })) },
    { weight: 3, arbitrary: fc.tuple(fc.constant("delete"), key, fc.constant(undefined)) },
    fc.tuple(fc.constantFrom("clear", "fork", "commit"), key, fc.constant(undefined)),
  );

  it("is like a copy of it, whose changes are made in the other one when it is committed", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const maps = [new Map<number, number | undefined>()];
        const copies = [new Map<number, number | undefined>()];
        for (const [what, key, value] of steps) {
          const map = maps.at(-1) ?? new Map();
          const copy = copies.at(-1) ?? new Map();
          if (what === "set") for (const each of [map, copy]) each.set(key, value);
          else if (what === "delete") expect(map.delete(key)).toBe(copy.delete(key));
          else if (what === "clear") for (const each of [map, copy]) each.clear();
          else if (what === "fork") {
            maps.push(new LayeredMap(map));
            copies.push(new Map(copy));
          } else if (map instanceof LayeredMap) {
            map.commit();
            maps.pop();
            copies.pop();
            copies.splice(-1, 1, copy);
          }
          maps.forEach((each, index) => {
            const expected = copies[index] ?? new Map();
            expect([...each]).toEqual([...expected]);
            expect([...each.keys()]).toEqual([...expected.keys()]);
            expect([...each.values()]).toEqual([...expected.values()]);
            expect(each.size).toBe(expected.size);
            expect([each.has(key), each.get(key)]).toEqual([expected.has(key), expected.get(key)]);
          });
        }
      }),
      { numRuns: tries({ sample: 50, whole: 1000 }) },
    );
  });
});
