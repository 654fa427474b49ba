import { expect, it } from "@jest/globals";
import { nextRandomBytes } from "../../lib/random-bytes.ts";

it("no two callers get the same bytes, however many ask", () => {
  const all = Array.from({ length: 500 }, () => nextRandomBytes(12));
  expect(new Set(all.map((bytes) => bytes.toString("hex"))).size).toBe(500);
  expect(all.every((bytes) => bytes.length === 12)).toBe(true);
});
