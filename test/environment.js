/**
 * Jest's environment for Node, with what all test files of a process use one after the other: the emulators of AWS and the shipped
 * project. An environment is the only place outside the sandbox that Jest makes for each file: what a file loads, it loads for itself.
 */
import { createRequire } from "node:module";
import { setFlagsFromString } from "node:v8";
import { TestEnvironment } from "jest-environment-node";

// Jest compiles each module again for each file, so optimized code is thrown away soon after it was made. `npm run test:whole` plays
// the same code for minutes.
if (process.env.TEST_EFFORT !== "whole") setFlagsFromString("--no-opt");

/** Of Node, and at once: test files read the project while they are loaded. */
const require = createRequire(import.meta.url);
let warmAws;
let project;

export default class WarmEnvironment extends TestEnvironment {
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
  }
}
