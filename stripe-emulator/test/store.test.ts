import { expect, it } from "@jest/globals";
import { Store } from "../state/store.ts";

it("a fork of the store has everything that the store has, in collections of its own", () => {
  const store = new Store();
  for (const value of Object.values(store)) {
    if (value instanceof Map) value.set("id", "old");
    if (value instanceof Set) value.add("id");
  }
  for (const [name, value] of Object.entries(store.fork())) {
    const original = Object.entries(store).find(([field]) => field === name)?.[1];
    if (typeof value === "function") continue;
    expect([name, value]).toEqual([name, original]);
    if (typeof value === "object") expect([name, value === original]).toEqual([name, false]);
  }
});
