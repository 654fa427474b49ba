/** The command line of `npm run cost`. No I/O. */
import type { Command } from "../command-line/command.ts";
import { numberIn, oneOf } from "../command-line/values.ts";
import { SCENARIO_NAMES, type Scenario } from "./counted.ts";
import { type PricedRegion, REGIONS } from "./prices.ts";

export interface CostAsked {
  readonly region: PricedRegion;
  /** How often each happens in the month. */
  readonly times: Readonly<Record<Scenario, number>>;
  /** A file of prices to use instead of ours. */
  readonly prices?: string;
}

const OPTION_OF = {
  "process-payment": "workflow-payments",
  payment: "payments",
  renewal: "renewals",
  refund: "refunds",
} as const satisfies Readonly<Record<Scenario, string>>;

const MOST = 1_000_000_000;

export const costCommand: Command<CostAsked> = {
  invocation: "npm run cost --",
  summary: "Calculates what a month costs on AWS",
  actions: [
    {
      name: "",
      summary: "Prints the dollars of a month by part, for the calls that you expect",
      options: {
        payments: { value: "<n>", about: "payments by a call, by default 100000" },
        "workflow-payments": {
          value: "<n>",
          about: "payments by the workflow process-payment, by default none",
        },
        renewals: { value: "<n>", about: "renewals of subscriptions, by default none" },
        refunds: { value: "<n>", about: "refunds, by default none" },
        region: { value: "<region>", about: `one of ${REGIONS.join(", ")}; by default ${REGIONS[0]}` },
        prices: { value: "<file>", about: "your prices, in the form of scripts/cost/prices.yml" },
      },
      read: (given) => {
        const names = SCENARIO_NAMES.map((scenario) => OPTION_OF[scenario]);
        const isGiven = names.some((name) => given.text(name) !== undefined);
        const count = (scenario: Scenario) => {
          const text = given.text(OPTION_OF[scenario]);
          if (text !== undefined) return numberIn(`--${OPTION_OF[scenario]}`, text, { least: 0, most: MOST });
          return scenario === "payment" && !isGiven ? 100_000 : 0;
        };
        const region = given.text("region");
        const prices = given.text("prices");
        return {
          region: region === undefined ? REGIONS[0] : oneOf("--region", region, REGIONS),
          times: {
            "process-payment": count("process-payment"),
            payment: count("payment"),
            renewal: count("renewal"),
            refund: count("refund"),
          },
          ...(prices === undefined ? {} : { prices }),
        };
      },
    },
  ],
  notes: ["docs/cost.md explains the numbers, and what they leave out."],
};
