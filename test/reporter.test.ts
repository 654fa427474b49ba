/** Tests the last lines of a run, which give the reason of its exit status. */
import { describe, expect, it } from "@jest/globals";
import { conclusionOf } from "./reporter.js";

const file = (name: string, tests: object[] = [], testExecError?: object) => ({
  testFilePath: `/project/test/${name}.test.ts`,
  perfStats: { start: 0, end: 1_000 },
  testResults: tests,
  testExecError,
});
const passed = { status: "passed", ancestorTitles: ["given a"], title: "it works" };
const failed = { status: "failed", ancestorTitles: ["given b"], title: "it works too" };
const results = {
  numPassedTests: 1,
  numPendingTests: 0,
  numTotalTests: 1,
  numTotalTestSuites: 1,
  success: true,
  snapshot: { failure: false },
  testResults: [file("one", [passed])],
};
const ended = { isComplete: true, crash: undefined, exitCode: undefined };
const conclusion = (changes: object, end: object = {}): string[] =>
  conclusionOf({ rootDir: "/project" }, { ...results, ...changes }, { ...ended, ...end });

describe("given a run without a failure", () => {
  it("its only line is the summary, which counts skipped tests, too", () => {
    expect(conclusion({})).toEqual(["1 passed, 0 failed"]);
    expect(conclusion({ numPendingTests: 2 })).toEqual(["1 passed, 0 failed, 2 skipped"]);
  });
});

describe("given failed tests and a file that could not be run", () => {
  it("each of them is named just above the summary, which counts them", () => {
    const testResults = [file("one", [passed, failed]), file("two", [], { message: "no module x\nstack" })];
    expect(conclusion({ testResults, success: false }, { exitCode: 1 })).toEqual([
      "Failed tests:",
      "  test/one.test.ts > given b > it works too",
      "  test/two.test.ts could not be run: no module x",
      "1 passed, 2 failed",
    ]);
  });
});

describe("given a run that fails without a failed test", () => {
  it.each<[string, object, object]>([
    ["something set process.exitCode to 1", {}, { exitCode: 1 }],
    ["Jest itself crashed: Error: out of order", { success: false }, { crash: new Error("out of order") }],
    ["Jest ended before all files had run", { success: false }, { isComplete: false }],
    ["it was interrupted", { success: false, wasInterrupted: true }, {}],
    ["2 handles were left open", { openHandles: [{}, {}] }, {}],
    ["no test was found", { numTotalTests: 0, success: false }, {}],
    ["a snapshot is missing or obsolete", { snapshot: { failure: true }, success: false }, {}],
    ["a reporter, or Jest's own set-up or teardown, threw", { success: false }, {}],
  ])("it says that %s", (reason, changes, end) => {
    const [why, summary] = conclusion(changes, end);
    expect(why).toContain(`The run fails, though no test does: ${reason}`);
    expect(summary).toBe("1 passed, 0 failed");
  });
});

describe("given a run of many files", () => {
  it("the ten slowest files are listed first, starting with the slowest", () => {
    const testResults = Array.from({ length: 12 }, (_, n) => ({
      ...file(`file-${n}`, [passed]),
      perfStats: { start: 0, end: n * 1_000 },
    }));
    const lines = conclusion({ testResults, numTotalTestSuites: 12 });
    expect(lines.slice(0, 2)).toEqual(["Slowest files:", "    11.0 s  test/file-11.test.ts"]);
    expect(lines).toHaveLength(12);
  });
});
