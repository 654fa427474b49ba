/**
 * `npm run test:system`: the tests of whole systems. They start the local stack or the packager, simulate worlds of many functions, or
 * check all sources at once.
 */
import base from "./jest.config.js";

export default {
  ...base,
  roots: ["<rootDir>/test/system"],
  testPathIgnorePatterns: ["/node_modules/"],
};
