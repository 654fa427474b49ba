/** The command line of `npm run guards`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { oneOf } from "../command-line/values.ts";
import { GUARDS } from "./guards.ts";

export interface GuardsAsked {
  readonly ids: readonly string[];
}

const KNOWN = GUARDS.map(({ id }) => id);

export const guardsCommand: Command<GuardsAsked> = {
  invocation: "npm run guards --",
  summary: "Tests the tests of docs/security.md: removes each guard and checks whether its test fails",
  actions: [
    {
      name: "",
      summary: "Removes the guards one by one, in a copy of the code, and prints what their tests said",
      positionals: [
        {
          name: "guard",
          about: "the id of a guard in scripts/guards/guards/; by default all of them",
          isOptional: true,
          repeats: true,
        },
      ],
      options: {},
      read: ({ positionals }) => ({
        ids: positionals.length === 0 ? KNOWN : positionals.map((id) => oneOf("<guard>", id, KNOWN)),
      }),
    },
  ],
  notes: ["A run of all guards takes about a quarter of an hour. The tests must pass before: npm test."],
};
