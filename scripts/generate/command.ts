import type { Command } from "../command-line/command.ts";

export const generateCommand: Command<undefined> = {
  invocation: "npm run generate --",
  summary: "Generates the generated/ folder",
  actions: [
    {
      name: "",
      summary:
        "Checks contracts, mail templates, workflows and policies, and writes validators, types, state machines and rules",
      read: () => undefined,
    },
  ],
};
