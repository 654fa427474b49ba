/** The command line of `npm run storm`. No I/O. */
import type { Arguments } from "../command-line/arguments.ts";
import type { Command } from "../command-line/command.ts";
import { numberIn } from "../command-line/values.ts";

export interface Storm {
  readonly events: number;
  readonly deliveries: number;
  readonly concurrency: number;
  /** The share of AWS calls that fail. */
  readonly faults: number;
  readonly seed: number;
}

interface Range {
  readonly standard: number;
  readonly least: number;
  readonly most: number;
  readonly about: string;
}

const RANGES: Readonly<Record<keyof Storm, Range>> = {
  events: { standard: 10_000, least: 1, most: 100_000, about: "how many events" },
  deliveries: { standard: 5, least: 1, most: 20, about: "how often each event is delivered" },
  concurrency: { standard: 64, least: 1, most: 256, about: "how many concurrent deliveries" },
  faults: { standard: 0.1, least: 0, most: 0.5, about: "the share of AWS calls that fail" },
  seed: { standard: 1, least: 0, most: 2 ** 32 - 1, about: "the seed of all random choices" },
};

export const stormCommand: Command<Storm> = {
  invocation: "npm run storm --",
  summary: "Shows that every event takes effect exactly once, even when calls fail",
  actions: [
    {
      name: "",
      summary:
        "Sends signed events several times, in any order, through its own local stack while AWS calls fail, and counts their effects",
      options: Object.fromEntries(
        Object.entries(RANGES).map(([name, { standard, about }]) => [
          name,
          { value: "<n>", about: `${about}; by default ${standard}` },
        ]),
      ),
      read: (given) => ({
        events: read(given, "events"),
        deliveries: read(given, "deliveries"),
        concurrency: read(given, "concurrency"),
        faults: read(given, "faults"),
        seed: read(given, "seed"),
      }),
    },
  ],
  notes: ["docs/reliability.md explains the result."],
};

function read(given: Arguments, name: keyof Storm): number {
  const { standard, least, most } = RANGES[name];
  const isWhole = name !== "faults";
  return numberIn(`--${name}`, given.text(name) ?? String(standard), { least, most, isWhole });
}
