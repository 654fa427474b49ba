/**
 * A Jest transform for packages that each of Jest's processes loads once, outside the sandbox of a test file (see
 * test/environment.js): what the sandbox requires is the module from outside. A file that replaces what such a package uses, such as
 * its timers, loads its own with `@jest-environment-options {"ownPackages": true}`.
 */
export default {
  process: (source, path) => ({
    code: `if (typeof warmPackage === "function") module.exports = warmPackage(${JSON.stringify(path)});
else (() => {${source}\n})();`,
  }),
};
