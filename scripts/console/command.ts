/** The command line of `npm run console`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { readTime } from "../command-line/values.ts";

export interface ConsoleAsked {
  /** The oldest line of a deployed stage's log that is read. */
  readonly since: Date;
}

export const consoleCommand: Command<ConsoleAsked> = {
  invocation: "npm run console --",
  summary: "Serves the console on this machine: everything that happened to a payment, on one line of time",
  actions: [
    {
      name: "",
      summary: "Serves the console until Ctrl-C",
      options: {
        since: {
          value: "<time>",
          about:
            "with --stage, the log since this time: 30m, 2h or 3d ago, or UTC: 2026-11-25T08:30:00Z; by default 1h",
        },
      },
      read: (given, { now }) => ({ since: readTime("--since", given.text("since") ?? "1h", now) }),
    },
  ],
  takesTarget: true,
  notes: [
    "Without --stage it shows the local stack, for which `npm start` serves it, too.",
    "With --stage it reads with the AWS credentials of this shell. The stage has nothing that anyone else could reach.",
    "CloudWatch charges half a cent for each GB of log that is searched: the time since --since once, then a minute every 10 seconds.",
    "CONSOLE_PORT is its port, by default 8007. Only this machine can open it.",
  ],
};
