import { availableParallelism } from "node:os";
import { join } from "node:path";

// Every Node process that a test starts: about a hundred commands, and the local stacks.
process.env.NODE_COMPILE_CACHE ??= join(import.meta.dirname, ".local/compile-cache");

/** Sources are TypeScript ES modules; swc turns them, and packages that are ESM only, into CommonJS for Jest. */
export default {
  testEnvironment: "<rootDir>/test/environment.js",
  roots: ["<rootDir>/test", "<rootDir>/stripe-emulator/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/test/browser/", "/test/system/"],
  transform: {
    "/node_modules/(@aws-sdk|@smithy|stripe)/": "<rootDir>/test/warm-packages.js",
    "^.+\\.[jt]s$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2023" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  transformIgnorePatterns: ["/node_modules/(?!(@middy|@marcbachmann|jose|@aws-sdk|@smithy|stripe)/)"],
  moduleNameMapper: {
    // middy's package exports have only the condition `import`.
    "^@middy/(core|util)$": "<rootDir>/node_modules/@middy/$1/index.js",
    // As the examples of the docs import the client.
    "^contractspec-stripe-client$": "<rootDir>/client/index.ts",
  },
  // In the sandbox of a test file, to look a global up takes longer than most calls of it; as a parameter of each module it is as
  // fast as elsewhere.
  sandboxInjectedGlobals: [
    "Array",
    "Error",
    "JSON",
    "Map",
    "Math",
    "Number",
    "Object",
    "Promise",
    "Set",
    "String",
    "Symbol",
  ],
  reporters: ["<rootDir>/test/reporter.js"],
  testSequencer: "<rootDir>/test/sequencer.js",
  setupFiles: ["<rootDir>/test/quiet-log.js", "<rootDir>/test/short-stack-traces.js"],
  // More workers than cores: most tests spend more time waiting for an emulator than working.
  maxWorkers: 2 * availableParallelism(),
  // Long enough to end only tests that hang: a busy machine can be ten times as slow. Helpers that wait for a condition
  // give up earlier, and say what they waited for.
  testTimeout: 300_000,
  // A process gives a gigabyte back when it ends, which takes longer than the half second that Jest waits by default. One that still
  // runs then has leaked something.
  workerGracefulExitTimeout: 30_000,
};
