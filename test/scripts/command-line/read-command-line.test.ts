import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Problem } from "../../../lib/errors.ts";
import type { Arguments } from "../../../scripts/command-line/arguments.ts";
import type { Command } from "../../../scripts/command-line/command.ts";
import { readCommandLine } from "../../../scripts/command-line/read-command-line.ts";

const NOW = new Date("2026-11-25T12:00:00Z");

interface Fetched {
  readonly positionals: readonly string[];
  readonly color: string | undefined;
  readonly tags: readonly string[];
  readonly dryRun: boolean;
}
const read = (given: Arguments): Fetched => ({
  positionals: given.positionals,
  color: given.text("color"),
  tags: given.texts("tag"),
  dryRun: given.flag("dry-run"),
});
const command: Command<Fetched> = {
  invocation: "npm run things --",
  summary: "Handles things",
  takesTarget: true,
  actions: [
    {
      name: "fetch",
      summary: "Fetches a thing",
      positionals: [
        { name: "thing", about: "its id" },
        { name: "more", about: "further ids", isOptional: true, repeats: true },
      ],
      options: {
        color: { value: "<color>", about: "its color" },
        tag: { value: "<tag>", about: "one of its tags", repeats: true },
        "dry-run": { about: "only shows it" },
      },
      read,
    },
    { name: "box open", summary: "Opens the box", read },
  ],
};
const line = (...words: string[]) => readCommandLine(command, words, NOW);

describe("given the words of a command line", () => {
  it("arguments and options are distinguished in any order", () => {
    const asked = { positionals: ["t1", "t2"], color: "red", tags: ["a", "b"], dryRun: true };
    for (const words of [
      "fetch t1 t2 --color red --tag a --tag b --dry-run --stage prod --region eu-central-1",
      "--stage=prod --dry-run fetch --tag a t1 --color=red --tag b t2 --region eu-central-1",
    ]) {
      expect(line(...words.split(" "))).toEqual({
        kind: "run",
        asked,
        target: { stage: "prod", region: "eu-central-1" },
      });
    }
  });

  it("options that are not given are not set", () => {
    expect(line("fetch", "t1")).toEqual({
      kind: "run",
      asked: { positionals: ["t1"], color: undefined, tags: [], dryRun: false },
      target: {},
    });
  });

  it("a value that starts with a hyphen must be joined with an equals sign", () => {
    expect(line("fetch", "t1", "--color=-1")).toMatchObject({ asked: { color: "-1" } });
    expect(() => line("fetch", "t1", "--color", "-1")).toThrow("--color needs a value: --color <color>");
  });

  it.each<[string, string]>([
    ["", "Name a command: fetch, box open\n"],
    ["--stage prod", "Name a command before --stage\n"],
    ["fetsh t1", 'Unknown command "fetsh"; did you mean "fetch"?\n'],
    ["box", 'Unknown command "box"; known: fetch, box open\n'],
    ["fetch", "fetch needs <thing>, its id\n"],
    ["fetch t1 --colour red", "fetch has no option --colour; did you mean --color?\n"],
    ["fetch t1 -x", "fetch has no option -x; known: --color, --tag, --dry-run, --stage, --region, --help\n"],
    ["box open --color red", "box open has no option --color; known: --stage, --region, --help\n"],
    ["box open t1", "box open takes no arguments\n"],
    ["fetch t1 --color", "--color needs a value: --color <color>\n"],
    ["fetch t1 --color=", "--color needs a value: --color <color>\n"],
    ["fetch t1 --color --dry-run", "--color needs a value: --color <color>\n"],
    ["fetch t1 --color red --color blue", "--color can be given only once\n"],
    ["fetch t1 --dry-run=yes", "--dry-run takes no value\n"],
    [
      "fetch t1 --stage ../prod",
      "--stage must be the name of a stage: up to 16 lowercase letters, digits and hyphens, such as prod\n",
    ],
    ["fetch t1 --region europe", "--region must be the name of an AWS region, such as eu-central-1\n"],
  ])("%j is refused with what would be right, and the usage", (words, message) => {
    const refused = () => line(...words.split(" ").filter((word) => word !== ""));
    expect(refused).toThrow(Problem);
    expect(refused).toThrow(message);
    expect(refused).toThrow(/\n\nnpm run things -- (fetch <thing>|box open)/);
  });

  it("any words are either understood or refused with a sentence, and secrets are not repeated", () => {
    const words = fc.array(
      fc.oneof(
        fc.constantFrom(
          "fetch",
          "box",
          "open",
          "--color",
          "--tag",
          "--help",
          "--",
          "-",
          "csk_leaked",
          "--csk_leaked",
        ),
        fc.string(),
      ),
    );
    fc.assert(
      fc.property(words, (given) => {
        try {
          line(...given);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(Problem);
          expect(String(thrown)).not.toContain("csk_leaked");
        }
      }),
    );
  });
});

describe("given --help", () => {
  it("without a command, it lists every command with its options", () => {
    expect(line("--help")).toEqual({
      kind: "help",
      text: `Handles things.

npm run things -- fetch <thing> [<more> ...] [--color <color>] [--tag <tag> ...] [--dry-run] [--stage <stage>]
    [--region <region>]
    Fetches a thing.
npm run things -- box open [--stage <stage>] [--region <region>]
    Opens the box.

\`npm run things -- <command> --help\` explains its arguments and options.

Exit status: 0 nothing is wrong, 1 something wrong was found, 2 the command could not do its work.`,
    });
  });

  it.each([["fetch --help"], ["fetch -h"], ["--help fetch"], ["fetch t1 --color red --help"]])(
    "%s explains that command: every argument and option",
    (words) => {
      const text = `npm run things -- fetch <thing> [<more> ...] [--color <color>] [--tag <tag> ...] [--dry-run] [--stage <stage>]
    [--region <region>]

Fetches a thing.

Arguments:
  <thing>  its id
  <more>   further ids

Options:
  --color <color>    its color
  --tag <tag> ...    one of its tags
  --dry-run          only shows it
  --stage <stage>    a deployed stage, with the AWS credentials of this shell; by default the running local stack
  --region <region>  the region of the stage; by default that in stages/<stage>.env, then AWS_REGION
  --help             shows this help

Exit status: 0 nothing is wrong, 1 something wrong was found, 2 the command could not do its work.`;
      expect(line(...words.split(" "))).toEqual({ kind: "help", text });
    },
  );
});
