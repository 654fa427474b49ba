/** The command line of `npm run bench`. Reads the names of the files in scripts/bench/. */
import type { Command } from "../../command-line/command.ts";
import { oneOf } from "../../command-line/values.ts";
import { benchmarkNames } from "./benchmarks.ts";

export interface BenchAsked {
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
      options: { json: { about: "prints the figures as JSON" } },
      read: (given) => {
        const named = given.positionals.map((name) => oneOf("<benchmark>", name, [...KNOWN, "all"]));
        return { names: named.includes("all") ? KNOWN : named, json: given.flag("json") };
      },
    },
  ],
  notes: ["Exit status 1 means that a bar is missed. docs/performance.md explains the figures."],
};
