/** Mutation testing of one part of the code. MUTATION_PART names the part; scripts/mutation.ts runs all parts. */
import { PARTS } from "./scripts/mutation/parts.ts";

const part = process.env.MUTATION_PART ?? "";
if (!Object.hasOwn(PARTS, part)) {
  throw new Error(`MUTATION_PART is "${part}"; it must be one of ${Object.keys(PARTS).join(", ")}`);
}
const { mutate, tests } = PARTS[part];
const folder = `.stryker/${part}`;

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  mutate,
  testRunner: "jest",
  plugins: ["@stryker-mutator/jest-runner"],
  jest: {
    configFile: "jest.config.js",
    config: {
      // Relative to the copy that is mutated: Stryker does not know <rootDir>.
      testEnvironment: "./test/environment.js",
      testMatch: tests.map((name) => `<rootDir>/test/${name}.test.ts`),
      // These take seconds for each mutant, and test many calls; other tests check the same for single calls.
      testPathIgnorePatterns: [
        "/(calls-at-once|changes-at-once|interleavings|at-most-once|limits|audited-calls)\\.test",
      ],
      // Ends a test that waits for something that the mutant prevents, so that its worker need not be killed.
      testTimeout: 10_000,
    },
    // All tests of a part are related to it, and finding the most related ones takes longer.
    enableFindRelatedTests: false,
  },
  coverageAnalysis: "perTest",
  // Static code matters here: policies, roles and refusals are tables and constants, created when a module is loaded.
  ignoreStatic: false,
  // Names no file, because Stryker would rewrite it with an API that TypeScript 7 does not have. The sandbox needs
  // none.
  tsconfigFile: "no-tsconfig.json",
  concurrency: 2,
  timeoutMS: 20_000,
  // For each part, because a good part must not compensate for a bad one.
  thresholds: { high: 95, low: 90, break: 85 },
  incremental: true,
  incrementalFile: `${folder}/incremental.json`,
  tempDirName: `${folder}/sandbox`,
  // .local has links into itself after a drill, which Stryker cannot copy.
  ignorePatterns: [".local", "docs", "test/browser", "test/system", "test/local"],
  reporters: ["clear-text", "progress-append-only", "json", "html"],
  allowConsoleColors: false,
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: `${folder}/mutation.json` },
  htmlReporter: { fileName: `${folder}/mutation.html` },
};
