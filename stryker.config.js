/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
  testRunner: "jest",
  plugins: ["@stryker-mutator/jest-runner"],
  jest: { configFile: "jest.mutation.config.js" },
  // There to be rewritten for the sandbox, by an API that TypeScript 7 does not have; nothing reads it there.
  tsconfigFile: "no-tsconfig.json",
  coverageAnalysis: "perTest",
  mutate: [
    "lib/{idempotency,policy,sealing,usage}/**/*.ts",
    "lib/capability/{admission,authorise,run-capability,stored-answer}.ts",
    "lib/events/signature.ts",
    "lib/identity/api-key*.ts",
    "lib/pay-link/pay-token.ts",
    "lib/transport/principal.ts",
  ],
  thresholds: { high: 95, low: 90, break: 85 },
  concurrency: 2,
  timeoutMS: 20_000,
  incremental: true,
  incrementalFile: ".stryker/incremental.json",
  tempDirName: ".stryker/sandbox",
  reporters: ["clear-text", "progress-append-only", "json", "html"],
  clearTextReporter: { reportTests: false, logTests: false },
  jsonReporter: { fileName: ".stryker/mutation.json" },
  htmlReporter: { fileName: ".stryker/mutation.html" },
};
