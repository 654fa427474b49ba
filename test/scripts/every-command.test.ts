/** The promises that all operators' commands share. */
import { readFileSync } from "node:fs";
import { describe, expect, it, jest } from "@jest/globals";
import type { Command } from "../../scripts/command-line/command.ts";
import { optionsOf } from "../../scripts/command-line/options-of.ts";
import { runHere, spawned } from "../steps/commands.ts";
import { OPERATOR_COMMANDS } from "../steps/operator-commands.ts";

/** Each action with the words that select it. */
const ACTIONS = OPERATOR_COMMANDS.flatMap(([script, command]) =>
  command.actions.map((action) => ({ called: `${script} ${action.name}`.trim(), script, command, action })),
);

async function without(command: Command<unknown>, words: string) {
  const run = jest.fn(() => "nothing wrong" as const);
  const ended = await runHere(command, run, words);
  expect(run).not.toHaveBeenCalled();
  return ended;
}

describe("given an operator's command", () => {
  it("package.json runs exactly the commands of this test, and installs missing dependencies first", () => {
    const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
    const own = Object.keys(scripts).filter((name) =>
      String(scripts[`${name}:run`]).endsWith(` scripts/${name.replace(":", "-")}.ts`),
    );
    expect(own.sort()).toEqual(OPERATOR_COMMANDS.map(([script]) => script));
    for (const name of own) expect(scripts[name]).toMatch(/^npm run -s preflight && npm run -s /);
  });

  it.each(OPERATOR_COMMANDS)(
    "%s --help ends with 0 and names every option of every action",
    async (_script, command) => {
      const { status, out, err } = await without(command, "--help");
      expect({ status, err }).toEqual({ status: 0, err: "" });
      for (const action of command.actions) {
        expect(out).toContain(action.summary);
        for (const option of Object.keys(optionsOf(command, action))) expect(out).toContain(`--${option}`);
      }
    },
  );

  it.each(ACTIONS)(
    "$called --help ends with 0 and explains every argument and option",
    async ({ command, action }) => {
      const { status, out, err } = await without(command, `${action.name} --help`);
      expect({ status, err }).toEqual({ status: 0, err: "" });
      for (const { name, about } of action.positionals ?? [])
        expect(out).toMatch(new RegExp(`^  <${name}> +${escaped(about)}$`, "m"));
      for (const [name, { about }] of Object.entries(optionsOf(command, action)))
        expect(out).toMatch(new RegExp(`^  --${name}( .*)? {2,}${escaped(about)}$`, "m"));
    },
  );

  it.each(ACTIONS)(
    "$called with an unknown option ends with 2, and prints the nearest option and the usage",
    async ({ command, action }) => {
      const { status, out, err } = await without(command, `${action.name} --hepl`);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).toMatch(/(has no|^Unknown) option --hepl; did you mean --help\?\n\n/);
      expect(err).toContain(`${command.invocation} ${action.name}`.trimEnd());
    },
  );

  it("every action that talks to AWS explains --stage and --region in the same words", () => {
    const explained = ACTIONS.filter(({ command }) => command.takesTarget).map(({ command, action }) => {
      const { stage, region } = optionsOf(command, action);
      return JSON.stringify([stage, region]);
    });
    expect(new Set(explained).size).toBe(1);
    expect(OPERATOR_COMMANDS.flatMap(([script, { takesTarget }]) => (takesTarget ? [script] : []))).toEqual([
      "affected",
      "approvals",
      "audit",
      "console",
      "endpoints",
      "events",
      "find",
      "keys",
      "stripe",
    ]);
  });

  it.each<[string, string, string]>([
    ["storm", "--events 0", "--events must be a whole number from 1 to 100000\n\nnpm run storm --"],
    ["storm", "--faults 0.6", "--faults must be a number from 0 to 0.5\n"],
    ["mutation", "polcy", '<part> "polcy" is not known; did you mean "policy"?\n\nnpm run mutation --'],
    ["send-event", "", "This command needs <type>, the name of a sample"],
    ["send-event", "refund.created localhost", "<url> must be an address, such as http://localhost:3000"],
  ])("%s %s ends with 2 and says what would be right", async (script, words, message) => {
    const command = OPERATOR_COMMANDS.find(([name]) => name === script)?.[1];
    if (command === undefined) throw new Error(`${script} is not a command`);
    expect(await without(command, words)).toEqual({
      status: 2,
      out: "",
      err: expect.stringContaining(message),
    });
  });

  it.each<[string, string]>([
    ["demo", "now"],
    ["generate", "all"],
    ["mutation", "polcy"],
    ["start", "now"],
    ["storm", "--events 0"],
  ])(
    "%s as a process ends with 2 for a wrong command line before it does anything, without a stack trace",
    async (script, words) => {
      const { status, out, err } = await spawned(script, words);
      expect({ status, out }).toEqual({ status: 2, out: "" });
      expect(err).not.toMatch(/ {4}at /);
    },
  );
});

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
