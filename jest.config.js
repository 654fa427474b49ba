import { availableParallelism } from "node:os";

/** Sources are TypeScript ES modules; swc turns them into CommonJS for Jest, those packages that are ESM only included. */
export default {
  testEnvironment: "node",
  roots: ["<rootDir>/test", "<rootDir>/stripe-emulator/test"],
  testMatch: ["**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/", "/test/browser/"],
  transform: {
    "^.+\\.[jt]s$": [
      "@swc/jest",
      {
        jsc: { parser: { syntax: "typescript" }, target: "es2023" },
        module: { type: "commonjs" },
        sourceMaps: "inline",
      },
    ],
  },
  transformIgnorePatterns: ["/node_modules/(?!(@middy|@marcbachmann|jose)/)"],
  // middy exports itself to `import` only.
  moduleNameMapper: { "^@middy/(core|util)$": "<rootDir>/node_modules/@middy/$1/index.js" },
  reporters: ["<rootDir>/test/reporter.js"],
  setupFiles: ["<rootDir>/test/quiet-log.js"],
  // More than there are cores: most tests wait for an emulator longer than they work.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  // Ends a test that hangs, and no other: a machine that does much else may be ten times as slow. What waits for something
  // gives up before, and says what it waited for.
  testTimeout: 300_000,
};
