/** Mutation testing of one part of the code; MUTATION_PART names it, and scripts/mutation.ts runs them all. */
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
      testMatch: tests.map((name) => `<rootDir>/test/${name}.test.ts`),
      // Seconds for each mutant; what they show of many calls is shown of single ones beside them.
      testPathIgnorePatterns: [
        "/(calls-at-once|changes-at-once|interleavings|at-most-once|limits|audited-calls)\\.test",
      ],
      // A test that waits for what a mutant keeps from happening ends here, and not with its worker.
      testTimeout: 10_000,
    },
    // All of them are near, and finding out which are nearest takes longer.
    enableFindRelatedTests: false,
  },
  coverageAnalysis: "perTest",
  // Tables and constants are made when a module is loaded: they are what policies, roles and refusals are made of.
  ignoreStatic: false,
  // To be rewritten for the sandbox, by an API that TypeScript 7 does not have; nothing reads it there.
  tsconfigFile: "no-tsconfig.json",
  concurrency: 2,
  timeoutMS: 20_000,
  // In each part: a good one must not make up for a bad one.
  thresholds: { high: 95, low: 90, break: 85 },
  incremental: true,
  incrementalFile: `${folder}/incremental.json`,
  tempDirName: `${folder}/sandbox`,
  ignorePatterns: ["docs", "bench", "test/browser", "test/end-to-end", "test/local"],
  reporters: ["clear-text", "progress-append-only", "json", "html"],
  allowConsoleColors: false,
  clearTextReporter: { allowColor: false, reportTests: false, logTests: false },
  jsonReporter: { fileName: `${folder}/mutation.json` },
  htmlReporter: { fileName: `${folder}/mutation.html` },
};
