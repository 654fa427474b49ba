/** The command line of `npm start`. No I/O. */
import type { Command } from "../command-line/command.ts";

export interface StartAsked {
  /** Whether the state that an earlier stack left is deleted first. */
  readonly fresh: boolean;
  /** Whether the stack's lines are printed unchanged. */
  readonly json: boolean;
}

export const startCommand: Command<StartAsked> = {
  invocation: "npm start --",
  summary: "Starts the local stack",
  actions: [
    {
      name: "",
      summary: "Runs the local stack until Ctrl-C",
      options: {
        fresh: { about: "deletes the state that is kept from earlier starts, and its log" },
        json: {
          about: "prints the log as JSON; by default, a readable line for each request, event and mail",
        },
      },
      read: (given) => ({ fresh: given.flag("fresh"), json: given.flag("json") }),
    },
  ],
  notes: [
    "README.md lists the settings of .env and the ports.",
    "The state is kept in LOCAL_STATE_FOLDER, by default .local/state; none keeps it in memory only.",
  ],
};
