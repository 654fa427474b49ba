/** The command line of `npm run bench`. Reads the names of the files in scripts/bench/. */

import { invalidField } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import type { Command } from "../../command-line/command.ts";
import { numberIn, oneOf } from "../../command-line/values.ts";
import type { BenchOptions } from "./benchmark.ts";
import { benchmarkNames } from "./benchmarks.ts";

export interface BenchAsked extends BenchOptions {
  /** Empty: the benchmarks are listed. */
  readonly names: readonly string[];
  readonly json: boolean;
}

const KNOWN = benchmarkNames();

export const benchCommand: Command<BenchAsked> = {
  invocation: "npm run bench --",
  summary: "Measures what we promise to be fast, and compares it with its bar",
  actions: [
    {
      name: "",
      summary: "Runs the named benchmarks one by one; lists all of them when none is named",
      positionals: [
        {
          name: "benchmark",
          about: `one of ${KNOWN.join(", ")}, or all`,
          isOptional: true,
          repeats: true,
        },
      ],
      options: {
        functions: {
          about: "for start: only functions whose name matches this regular expression",
          value: "pattern",
        },
        runs: { about: "for start: how often each function is loaded; 15 by default", value: "number" },
        json: { about: "prints the figures as JSON" },
      },
      read: (given) => {
        const named = given.positionals.map((name) => oneOf("<benchmark>", name, [...KNOWN, "all"]));
        const runs = given.text("runs");
        return {
          names: named.includes("all") ? KNOWN : named,
          json: given.flag("json"),
          ...present({
            functions: pattern(given.text("functions")),
            runs: runs === undefined ? undefined : numberIn("--runs", runs, { least: 1, most: 1_000 }),
          }),
        };
      },
    },
  ],
  notes: ["Exit status 1 means that a bar is missed. docs/performance.md explains the figures."],
};

function pattern(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  try {
    return new RegExp(text).source;
  } catch {
    throw invalidField("--functions", "must be a regular expression, such as ^stripe-");
  }
}
