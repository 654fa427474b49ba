/** The command line of `npm run affected`. No I/O. */
import { invalidField, isProblemCode, PROBLEM_KINDS, type ProblemCode } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import type { Command } from "../command-line/command.ts";
import { oneOf, readTime } from "../command-line/values.ts";
import { functionNames } from "../logs/function-names.ts";

export interface AffectedAsked {
  readonly from: Date;
  readonly to: Date;
  /** Only the log of this function, by the name of its folder. */
  readonly functionName?: string;
  /** Failures with these codes; by default those with which this service or a vendor failed. */
  readonly codes: readonly ProblemCode[];
  readonly json: boolean;
}

const CODES = Object.keys(PROBLEM_KINDS).filter(isProblemCode);

export const affectedCommand: Command<AffectedAsked> = {
  invocation: "npm run affected --",
  summary: "Lists the customers whom failures have affected, with their payments and runs",
  actions: [
    {
      name: "",
      summary: "Reads the log of all functions",
      options: {
        since: {
          value: "<time>",
          about: "failures since this time: 30m, 2h or 3d ago, or UTC: 2026-11-25T08:30:00Z; by default 1h",
        },
        until: { value: "<time>", about: "failures before this time, by default now" },
        function: { value: "<name>", about: "only failures of this function, such as send-email" },
        code: {
          value: "<CODE>",
          about: "only failures with this code, such as TIMEOUT; by default all with a status from 500 on",
          repeats: true,
        },
        json: { about: "JSON with every id, instead of a table" },
      },
      read: (given, { now }) => {
        const from = readTime("--since", given.text("since") ?? "1h", now);
        const until = given.text("until");
        const to = until === undefined ? now : readTime("--until", until, now);
        if (from >= to) throw invalidField("--since", "must be before --until");
        const name = given.text("function");
        return {
          from,
          to,
          codes: given.texts("code").map((code) => oneOf("--code", code, CODES)),
          json: given.flag("json"),
          ...present({ functionName: name && oneOf("--function", name, functionNames()) }),
        };
      },
    },
  ],
  takesTarget: true,
  notes: [
    "Exits with 1 if anybody was affected.",
    "CloudWatch charges for the lines that it searches, and shows lines after some seconds.",
    "docs/observability.md explains the columns.",
  ],
};
