/** The command line of `npm run rollback`. No I/O. */
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import type { Command } from "../command-line/command.ts";
import { CHANGED_STAGE, readChangedStage } from "../deploy/command.ts";

export interface RollbackAsked {
  readonly stage: string;
  readonly region?: string;
  readonly yes: boolean;
  /** Only lists what the stage can go back to. */
  readonly onlyList: boolean;
  /** By default, the latest version that is not the current one. */
  readonly to?: string;
}

export const rollbackCommand: Command<RollbackAsked> = {
  invocation: "npm run rollback --",
  summary: "Goes back to an earlier version of a stage",
  actions: [
    {
      name: "",
      summary:
        "Shows what the earlier package would change, and deploys it: code, settings and resources, never data",
      options: {
        ...CHANGED_STAGE,
        to: {
          value: "<version>",
          about: "the version, as --list shows it; by default the one before the current one",
        },
        list: { about: "lists the versions that were deployed, and ends" },
      },
      read: (given) => ({
        ...readChangedStage(given),
        yes: given.flag("yes"),
        onlyList: given.flag("list"),
        ...present({ to: readVersion(given.text("to")) }),
      }),
    },
  ],
  notes: [
    "It does not undo what the newer version has done: records, payments, mails. The secrets in SSM stay as they are.",
  ],
};

function readVersion(text: string | undefined): string | undefined {
  if (text === undefined || /^[0-9a-f]{12}$/.test(text)) return text;
  throw invalidField("--to", "must be a version: 12 hexadecimal digits, as --list shows them");
}
