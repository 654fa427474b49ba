/**
 * Jest's environment for Node, with what all test files of a process use one after the other: the emulators of AWS, the shipped
 * project, and the packages that are slow to load (test/warm-packages.js). An environment is the only place outside the sandbox that
 * Jest makes for each file: what a file loads, it loads for itself.
 */
import { createRequire } from "node:module";
import { TestEnvironment } from "jest-environment-node";

/** Of Node, and at once: test files read the project while they are loaded. */
const require = createRequire(import.meta.url);
const { random } = Math;
let warmAws;
let project;

export default class WarmEnvironment extends TestEnvironment {
  #isWarm;
  #variables;

  constructor(config, context) {
    super(config, context);
    this.#isWarm = config.projectConfig.testEnvironmentOptions.ownPackages !== true;
  }

  async setup() {
    await super.setup();
    this.global.freshAws = async (names) => {
      warmAws ??= import("./steps/warm-aws.ts");
      return (await warmAws).freshAws(names);
    };
    this.global.shippedProject = () => {
      project ??= require("./steps/warm-project.ts").projectText();
      return project;
    };
    if (this.#isWarm) this.#offerPackages();
  }

  /**
   * Warm packages read the environment variables that a test sets, use the `Math.random` that it replaces, and the sandbox's `instanceof` accepts
   * what they make.
   */
  #offerPackages() {
    this.global.warmPackage = require;
    this.#variables = { ...process.env };
    this.global.process.env = process.env;
    this.global.Math = Math;
    for (const name of ["Error", "Date"]) acceptOutsideInstances(this.global[name], globalThis[name]);
  }

  async teardown() {
    await super.teardown();
    if (this.#variables === undefined) return;
    Math.random = random;
    for (const name of Object.keys(process.env)) if (!(name in this.#variables)) delete process.env[name];
    Object.assign(process.env, this.#variables);
  }
}

/** Subclasses stay as strict as they are. */
function acceptOutsideInstances(inside, outside) {
  const isInstance = Function.prototype[Symbol.hasInstance];
  Object.defineProperty(inside, Symbol.hasInstance, {
    value(thing) {
      return isInstance.call(this, thing) || (this === inside && thing instanceof outside);
    },
  });
}
