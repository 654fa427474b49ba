/**
 * Jest's environment for Node, with the emulators of AWS that all test files of a process use one after the other. An environment
 * is the only place outside the sandbox that Jest makes for each file: what a file loads, it loads for itself.
 */
import { TestEnvironment } from "jest-environment-node";

let warmAws;

export default class WarmEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    this.global.freshAws = async (names) => {
      warmAws ??= import("./steps/warm-aws.ts");
      return (await warmAws).freshAws(names);
    };
  }
}
