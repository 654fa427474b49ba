import type { Command } from "../command-line/command.ts";

export const demoSubscriptionCommand: Command<undefined> = {
  invocation: "npm run demo:subscription --",
  summary: "Shows the life of a subscription on the local stack, with its clock moved",
  actions: [
    {
      name: "",
      summary:
        "Starts the local stack, plays a trial, a declined renewal, an upgrade and a cancellation, and prints a timeline; stops at the first step that fails",
      read: () => undefined,
    },
  ],
};
