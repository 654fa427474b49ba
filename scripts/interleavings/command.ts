/** The command line of `npm run interleavings`. No I/O. */
import { availableParallelism } from "node:os";
import { PLANTED_BUGS } from "../../test/interleavings/planted-bugs.ts";
import type { Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { countIn, numberIn, oneOf } from "../command-line/values.ts";

export type InterleavingsAsked =
  | {
      readonly kind: "seeds";
      readonly first: number;
      readonly count: number;
      readonly threads: number;
    }
  | { readonly kind: "trace"; readonly seed: number; readonly isShown: boolean; readonly isLogShown: boolean }
  | {
      readonly kind: "planted";
      readonly ids: readonly string[];
      readonly mostSeeds: number;
      readonly threads: number;
    };

const BUGS = PLANTED_BUGS.map(({ id }) => id);
const LARGEST_SEED = 2 ** 32 - 1;

export const interleavingsCommand: Command<InterleavingsAsked> = {
  invocation: "npm run interleavings --",
  summary:
    "Plays many orders of what Lambdas, clients and Stripe do, each decided by a seed, and checks what came of it",
  actions: [
    {
      name: "",
      summary:
        "Plays the seeds, and prints those that break a promise; or one seed, or looks for the planted bugs",
      options: {
        seeds: { value: "<n>", about: "how many seeds; by default 1000" },
        first: { value: "<n>", about: "the first seed; by default 1" },
        seed: { value: "<n>", about: "only this seed" },
        trace: { about: "with --seed: prints everything that happens" },
        log: { about: "with --trace: also what the functions log" },
        planted: {
          about: "removes one guard of the code after another, and prints how many seeds it takes to notice",
        },
        bug: { value: "<id>", about: "with --planted: only this one", repeats: true },
        most: { value: "<n>", about: "with --planted: the most seeds for each; by default 10000" },
        threads: { value: "<n>", about: "how many threads; by default one for each core" },
      },
      read: (given) => {
        const seed = given.text("seed");
        if (seed !== undefined)
          return {
            kind: "trace",
            seed: numberIn("--seed", seed, { least: 0, most: LARGEST_SEED }),
            isShown: given.flag("trace"),
            isLogShown: given.flag("log"),
          };
        if (given.flag("trace"))
          throw misused("--trace needs --seed: it prints hundreds of lines for each seed");
        const threads = countIn(given, "threads", availableParallelism(), 64);
        if (given.flag("planted"))
          return {
            kind: "planted",
            ids: bugsIn(given.texts("bug")),
            mostSeeds: countIn(given, "most", 10_000, 1_000_000),
            threads,
          };
        const count = countIn(given, "seeds", 1_000, 10_000_000);
        return { kind: "seeds", first: countIn(given, "first", 1, LARGEST_SEED), count, threads };
      },
    },
  ],
  notes: [
    "The same seed gives the same trace, and the same trace hash. test/interleavings/README.md explains the simulation.",
  ],
};

const bugsIn = (ids: readonly string[]): readonly string[] =>
  ids.length === 0 ? BUGS : ids.map((id) => oneOf("--bug", id, BUGS));
