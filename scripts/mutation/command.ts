/** The command line of `npm run mutation`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { oneOf } from "../command-line/values.ts";
import { PARTS } from "./parts.ts";

export interface MutationAsked {
  readonly parts: readonly string[];
  readonly force: boolean;
}

const KNOWN = Object.keys(PARTS);

export const mutationCommand: Command<MutationAsked> = {
  invocation: "npm run mutation --",
  summary: "Tests the tests: changes the code and checks whether a test fails",
  actions: [
    {
      name: "",
      summary: "Mutates the parts one by one, and compares each score with the required one",
      positionals: [
        {
          name: "part",
          about: `one of ${KNOWN.join(", ")}; by default all of them`,
          isOptional: true,
          repeats: true,
        },
      ],
      options: { force: { about: "repeats everything; by default only what has changed" } },
      read: (given) => ({
        parts:
          given.positionals.length === 0
            ? KNOWN
            : given.positionals.map((part) => oneOf("<part>", part, KNOWN)),
        force: given.flag("force"),
      }),
    },
  ],
  notes: ["docs/mutation-testing.md explains the scores."],
};
