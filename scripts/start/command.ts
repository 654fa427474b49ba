import type { Command } from "../command-line/command.ts";

export const startCommand: Command<undefined> = {
  invocation: "npm start --",
  summary: "Starts the local stack",
  actions: [{ name: "", summary: "Runs the local stack until Ctrl-C", read: () => undefined }],
  notes: ["README.md lists the settings of .env and the ports."],
};
