/** The command line of `npm run client`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { oneOf } from "../command-line/values.ts";
import { RUNTIME_NAMES, type RuntimeName } from "./runtimes/runtimes.ts";

export type ClientAsked =
  | { readonly action: "build" }
  | { readonly action: "runtimes"; readonly names: readonly RuntimeName[] };

export const clientCommand: Command<ClientAsked> = {
  invocation: "npm run client --",
  summary: "Builds the typed client for applications, and tries it where they run",
  actions: [
    {
      name: "build",
      summary:
        "Writes one ES module and its types to client/dist, for the capabilities and workflows of this working tree",
      read: () => ({ action: "build" }),
    },
    {
      name: "runtimes",
      summary:
        "Runs the small suite of the client in each runtime, which npm fetches when it is first needed",
      positionals: [
        {
          name: "runtime",
          about: `one of ${RUNTIME_NAMES.join(", ")}; by default all of them`,
          isOptional: true,
          repeats: true,
        },
      ],
      read: ({ positionals }) => ({
        action: "runtimes",
        names:
          positionals.length === 0
            ? RUNTIME_NAMES
            : positionals.map((name) => oneOf("<runtime>", name, RUNTIME_NAMES)),
      }),
    },
  ],
  notes: ["docs/client.md says how to publish it."],
};
