import { existsSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import SlowestFirst, { SLOWEST } from "./sequencer.js";

/** What Jest hands over: here a project without a cache of earlier runs. */
const test = (name: string) => ({
  path: `${process.cwd()}/${name}.test.ts`,
  context: { config: { cache: false }, hasteFS: { getSize: () => 1 } },
});

describe("given test files in any order", () => {
  it("the slowest are started first, and no file is left out", () => {
    const others = ["test/architecture", "test/one-key"];
    const sorted = new SlowestFirst().sort([...others, ...SLOWEST.toReversed()].map(test));
    const paths = sorted.map(({ path }: { path: string }) => path);
    expect(paths.slice(0, SLOWEST.length)).toEqual(SLOWEST.map((name) => test(name).path));
    expect(paths.slice(SLOWEST.length).sort()).toEqual(others.map((name) => test(name).path));
  });

  it("every file that is named as slow exists", () => {
    expect(SLOWEST.filter((name) => !existsSync(`${name}.test.ts`))).toEqual([]);
  });
});
