/** The command line of `npm run contracts`. No I/O. */
import type { Command } from "../command-line/command.ts";

export interface ContractsAsked {
  /** A commit, tag or branch of git. */
  readonly ref: string;
}

export const contractsCommand: Command<ContractsAsked> = {
  invocation: "npm run contracts --",
  summary: "Finds changes of contracts, workflows and notifications that break callers or applications",
  actions: [
    {
      name: "check",
      summary:
        "Compares the working tree with a commit, and lists every breaking change with its file and line",
      positionals: [{ name: "ref", about: "a commit, tag or branch of git, such as main or v1.4.0" }],
      read: ({ positionals: [ref = ""] }) => ({ ref }),
    },
  ],
  notes: [
    "Exit status 1 means that there is a breaking change. docs/changing-contracts.md says which changes break.",
  ],
};
