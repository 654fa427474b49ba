/** The command line of `npm run import-tables`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { readStage } from "../command-line/target-options.ts";

export interface ImportTablesAsked {
  readonly stage: string;
}

export const importTablesCommand: Command<ImportTablesAsked> = {
  invocation: "npm run -s import-tables --",
  summary: "Prepares the import of the tables that a removed stack has left into a new stack",
  actions: [
    {
      name: "",
      summary:
        "Reads the names of all tables as a JSON list from standard input, and writes the files of the import",
      options: { stage: { value: "<stage>", about: "the stage whose tables are imported" } },
      read: (given) => {
        const stage = readStage(given.text("stage"));
        if (stage === undefined) throw misused("Name the stage whose tables are imported: --stage <stage>");
        return { stage };
      },
    },
  ],
  notes: ["It changes nothing in AWS. docs/deploy.md has every step of an import."],
};
