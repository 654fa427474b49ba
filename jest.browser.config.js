/** The tests that need a browser: Chromium at CHROMIUM_PATH, by default /usr/bin/chromium. */
import base from "./jest.config.js";

export default {
  ...base,
  testMatch: ["**/test/browser/**/*.test.ts"],
  testPathIgnorePatterns: ["/node_modules/"],
  testTimeout: 180_000,
};
