import { globSync, readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { GUARDS } from "../../scripts/guards/guards.ts";

/** Of the table of promises: the first and the last column. */
const PROMISES = readFileSync("docs/security.md", "utf8")
  .split("## Promises")[1]
  ?.split("\n## ")[0]
  ?.split("\n")
  .filter((line) => line.startsWith("| ") && !line.startsWith("| promise"))
  .map((line) => {
    const cells = line.split("|").map((cell) => cell.trim());
    return { promise: cells[1] ?? "", tests: cells.at(-2) ?? "" };
  });

describe("given the promises of docs/security.md", () => {
  it("each has a guard, and each guard belongs to one", () => {
    const promises = (PROMISES ?? []).map(({ promise }) => promise);
    expect(promises.length).toBeGreaterThan(15);
    expect([...new Set(GUARDS.map(({ promise }) => promise))].sort()).toEqual([...promises].sort());
  });

  it("each names the tests of its guards", () => {
    const unnamed = GUARDS.filter(({ promise, test }) => {
      const tests = PROMISES?.find((row) => row.promise === promise)?.tests ?? "";
      const named = [...tests.matchAll(/`([^`]+)`/g)].map(([, path = ""]) => path);
      return !named.some((path) => test === path || (path.endsWith("/") && test.startsWith(path)));
    });
    expect(unnamed.map(({ id, test }) => `${id}: ${test}`)).toEqual([]);
  });
});

describe("given the table of guards", () => {
  it("no id occurs twice", () => {
    expect(new Set(GUARDS.map(({ id }) => id)).size).toBe(GUARDS.length);
  });

  it.each(GUARDS.map((guard) => [guard.id, guard] as const))(
    "the text of %s occurs once in its file, and its test exists",
    (_id, { file, source, test, only }) => {
      expect(readFileSync(file, "utf8").split(source)).toHaveLength(2);
      // A long test has its parts in a folder of its name.
      const parts = [test, ...globSync(test.replace(".test.ts", "/*.ts"))];
      expect(parts.some((part) => readFileSync(part, "utf8").includes(only ?? ""))).toBe(true);
    },
  );
});
