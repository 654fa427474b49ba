/** The tests that mutants are run against: those beside what is mutated, and none that takes long. */
import base from "./jest.config.js";

export default {
  ...base,
  // Jest finds the tests of a file through the files between only where these are under a root.
  roots: ["<rootDir>/lib", "<rootDir>/test"],
  testMatch: [
    "<rootDir>/test/lib/{capability,idempotency,pay-link,policy,sealing,usage}/**/*.test.ts",
    "<rootDir>/test/lib/events/signature.test.ts",
    "<rootDir>/test/lib/identity/api-key*.test.ts",
    "<rootDir>/test/lib/transport/principal.test.ts",
  ],
  // Seconds for each mutant, and what they show of many calls is shown of single ones beside them.
  testPathIgnorePatterns: [
    "<rootDir>/test/lib/capability/calls-at-once.test.ts",
    "<rootDir>/test/lib/idempotency/interleavings.test.ts",
  ],
};
