/** `npm run test:whole`: the files that try only a sample in `npm test` (they import effort.ts), with all their tries. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import base from "./jest.config.js";

process.env.TEST_EFFORT = "whole";

const sampling = globSync("{test,stripe-emulator/test}/**/*.test.ts", { cwd: import.meta.dirname }).filter(
  (file) => readFileSync(join(import.meta.dirname, file), "utf8").includes("/effort.ts"),
);

export default {
  ...base,
  testMatch: sampling.map((file) => `<rootDir>/${file}`),
  testPathIgnorePatterns: ["/node_modules/", "/test/browser/"],
  // Some tests try hundreds of schedules, each with many calls.
  testTimeout: 1_800_000,
};
