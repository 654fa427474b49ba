/** `npm run test:system`: the tests that start the whole local stack or the packager, each of which takes a minute. */
import base from "./jest.config.js";

export default {
  ...base,
  roots: ["<rootDir>/test/system"],
  testPathIgnorePatterns: ["/node_modules/"],
};
