/** The command line of `npm run hostile-agents`. No I/O. */
import { availableParallelism } from "node:os";
import { PLANTED_BUGS } from "../../test/hostile-agents/planted-bugs.ts";
import type { Command } from "../command-line/command.ts";
import { countIn, oneOf } from "../command-line/values.ts";

export type HostileAgentsAsked =
  | {
      readonly kind: "play";
      readonly conversations: number;
      readonly seed: number;
      readonly threads: number;
    }
  | {
      readonly kind: "planted";
      readonly ids: readonly string[];
      readonly mostSeeds: number;
      readonly threads: number;
    };

const BUGS = PLANTED_BUGS.map(({ id }) => id);
const LARGEST_SEED = 2 ** 31;

export const hostileAgentsCommand: Command<HostileAgentsAsked> = {
  invocation: "npm run hostile-agents --",
  summary:
    "Plays conversations in which agents repeat, reorder, alter and invent calls of the tools, and checks that nothing was done twice, above a limit, unaudited or without an approval",
  actions: [
    {
      name: "",
      summary:
        "Plays conversations, ten in each simulated world, and prints what they came to; or looks for the planted bugs",
      options: {
        conversations: { value: "<n>", about: "how many; by default 1000" },
        seed: { value: "<n>", about: "the seed of the first world; by default 1" },
        planted: {
          about: "removes one guard of the code after another, and prints how many seeds it takes to notice",
        },
        bug: { value: "<id>", about: "with --planted: only this one", repeats: true },
        most: { value: "<n>", about: "with --planted: the most seeds for each; by default 100" },
        threads: { value: "<n>", about: "how many threads; by default one for each core" },
      },
      read: (given) => {
        const threads = countIn(given, "threads", availableParallelism(), 64);
        if (given.flag("planted")) {
          const ids = given.texts("bug").map((id) => oneOf("--bug", id, BUGS));
          return {
            kind: "planted",
            ids: ids.length === 0 ? BUGS : ids,
            mostSeeds: countIn(given, "most", 100, 100_000),
            threads,
          };
        }
        return {
          kind: "play",
          conversations: countIn(given, "conversations", 1_000, 10_000_000),
          seed: countIn(given, "seed", 1, LARGEST_SEED),
          threads,
        };
      },
    },
  ],
  notes: ["The same seed gives the same conversations, and the same hash of everything that happened."],
};
