/** The command line of `npm run client`. No I/O. */
import type { Command } from "../command-line/command.ts";

export const clientCommand: Command<undefined> = {
  invocation: "npm run client --",
  summary: "Builds the typed client for applications",
  actions: [
    {
      name: "build",
      summary:
        "Writes one ES module and its types to client/dist, for the capabilities and workflows of this working tree",
      read: () => undefined,
    },
  ],
  notes: ["docs/client.md says how to publish it."],
};
