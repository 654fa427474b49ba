/** The command line of `npm run console`. No I/O. */
import type { Command } from "../command-line/command.ts";

export type ConsoleAsked = Readonly<Record<string, never>>;

export const consoleCommand: Command<ConsoleAsked> = {
  invocation: "npm run console --",
  summary: "Serves the console on this machine: everything that happened to a payment, on one line of time",
  actions: [{ name: "", summary: "Serves the console until Ctrl-C", read: () => ({}) }],
  takesTarget: true,
  notes: [
    "Without --stage it shows the local stack, for which `npm start` serves it, too.",
    "With --stage it reads with the AWS credentials of this shell. The stage has nothing that anyone else could reach.",
    "CONSOLE_PORT is its port, by default 8007. Only this machine can open it.",
  ],
};
