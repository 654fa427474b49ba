/** The command line of `npm run sample-data`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { numberIn } from "../command-line/values.ts";
import { DEFAULT_CUSTOMERS, DEFAULT_SEED, MOST_CUSTOMERS } from "./limits.ts";

export interface SampleDataAsked {
  readonly seed: number;
  readonly customers: number;
}

const MOST_SEED = 2 ** 32 - 1;

export const sampleDataCommand: Command<SampleDataAsked> = {
  invocation: "npm run sample-data --",
  summary: "Makes a month of a small SaaS on the running local stack, to look at in the console",
  actions: [
    {
      name: "",
      summary:
        "Customers subscribe, buy, upgrade, cancel, dispute and do not pay, through the API and the pay page, while the clock moves by 30 days",
      options: {
        seed: { about: `the same number makes the same month; by default ${DEFAULT_SEED}`, value: "number" },
        customers: {
          about: `1 to ${MOST_CUSTOMERS}; by default ${DEFAULT_CUSTOMERS}, which is one of each story`,
          value: "number",
        },
      },
      read: (given) => ({
        seed: numberIn("--seed", given.text("seed") ?? String(DEFAULT_SEED), { least: 0, most: MOST_SEED }),
        customers: numberIn("--customers", given.text("customers") ?? String(DEFAULT_CUSTOMERS), {
          least: 1,
          most: MOST_CUSTOMERS,
        }),
      }),
    },
  ],
  notes: [
    "It adds to what the stack has. The clock stays where the month ends; a reset in the console sets it back.",
  ],
};
