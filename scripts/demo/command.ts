import type { Command } from "../command-line/command.ts";

export const demoCommand: Command<undefined> = {
  invocation: "npm run demo --",
  summary: "Shows the main job from end to end on the local stack",
  actions: [
    {
      name: "",
      summary:
        "Starts the local stack, takes payments and prints a timeline; stops at the first step that fails",
      read: () => undefined,
    },
  ],
};
