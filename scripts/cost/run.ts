/** Runs `npm run cost`. */
import { readFileSync } from "node:fs";
import type { Verdict } from "../command-line/command.ts";
import { textTable } from "../text-table.ts";
import { dollarsByPart, linesOf, PART_NAMES, PARTS, totalDollars } from "./bill.ts";
import { costPage, readCounted } from "./calculate.ts";
import type { CostAsked } from "./command.ts";
import { SCENARIO_NAMES, SCENARIOS } from "./counted.ts";
import { monthlyDollars } from "./month.ts";
import { readPrices } from "./prices.ts";

/** Prints a table of the month. */
export function runCost({ region, times, prices: file }: CostAsked): Verdict {
  const prices = file === undefined ? readPrices() : readPrices(readFileSync(file, "utf8"), file);
  const { counted, options, idle, busy } = costPage(readCounted(), prices);
  const played = SCENARIO_NAMES.filter((scenario) => times[scenario] > 0);
  const columns = played.map((scenario) =>
    dollarsByPart(linesOf(counted[scenario], options), prices, region, times[scenario]),
  );
  const calls = columns.reduce((sum, column) => sum + totalDollars(column), 0);
  const month = monthlyDollars(played.length === 0 ? idle : [...idle, ...busy], prices, region);
  const parts = PART_NAMES.map((part) => ({
    part,
    dollars: columns.reduce((sum, column) => sum + column[part], 0),
  })).filter(({ dollars }) => dollars > 0);
  for (const scenario of played)
    console.log(`${times[scenario].toLocaleString("en")} x ${SCENARIOS[scenario]}`);
  console.log(
    textTable([
      [`${region}, ${prices.date}`, "dollars"],
      ...parts.map(({ part, dollars }) => [PARTS[part], dollars.toFixed(2)]),
      ["alarms, metrics, schedules, keys", month.toFixed(2)],
      ["the month, in all", (calls + month).toFixed(2)],
    ]),
  );
  return "nothing wrong";
}
