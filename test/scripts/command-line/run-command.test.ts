import { describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import type { Command, Verdict } from "../../../scripts/command-line/command.ts";
import type { Run } from "../../../scripts/command-line/run-command.ts";
import { runHere } from "../../steps/commands.ts";

const command: Command<string> = {
  invocation: "npm run thing --",
  summary: "Does a thing",
  actions: [{ name: "", summary: "Does it", read: () => "it" }],
};
const ending = (run: Run<string>, words = "") => runHere(command, run, words);

describe("given a command", () => {
  it.each<[Verdict, number]>([
    ["nothing wrong", 0],
    ["something wrong", 1],
  ])("that found %s, the process ends with %d and prints nothing itself", async (verdict, status) => {
    expect(await ending(() => verdict)).toEqual({ status, out: "", err: "" });
  });

  it.each<[string, unknown, string]>([
    ["a problem", new Problem("NOT_FOUND", "This thing does not exist"), "This thing does not exist\n"],
    [
      "an exception",
      new TypeError("x is not a function"),
      "Unexpected error: TypeError: x is not a function\nRun it again with DEBUG=1 to see where it happened.\n",
    ],
  ])("that throws %s, the process ends with 2 and says so on standard error", async (_what, thrown, err) => {
    expect(await ending(() => Promise.reject(thrown))).toEqual({ status: 2, out: "", err });
  });

  it("with a wrong command line, the process ends with 2 and does nothing", async () => {
    const { status, err } = await ending(() => {
      throw new Error("It ran");
    }, "that");
    expect({ status, err }).toEqual({
      status: 2,
      err: "This command takes no arguments\n\nnpm run thing --\n`npm run thing -- --help` explains the arguments and options.\n",
    });
  });
});
