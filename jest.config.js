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
  reporters: ["default", "<rootDir>/test/plain-summary.js"],
  setupFiles: ["<rootDir>/test/quiet-log.js"],
  // More than there are cores: most tests wait for an emulator longer than they work.
  maxWorkers: Math.ceil(1.5 * availableParallelism()),
  // For the slowest of them on the slowest machine; what waits for something gives up before.
  testTimeout: 90_000,
};
