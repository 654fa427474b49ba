/** The tests that need a browser: Chromium at CHROMIUM_PATH, /usr/bin/chromium when that is not set. */
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["**/test/browser/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 60_000,
};
