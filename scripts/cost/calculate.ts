/** Everything that docs/cost.md and `npm run cost` calculate with, read from the project. */
import { readFileSync } from "node:fs";
import { functionDefinitions } from "../../resources/functions.ts";
import { loadProject } from "../generate/load-project.ts";
import { readAssumptions } from "./assumptions.ts";
import type { CountedCalls } from "./counted.ts";
import { limitsFor } from "./limits.ts";
import { busyLines, idleLines, memoryOf } from "./month.ts";
import type { CostPage } from "./page.ts";
import { readPrices } from "./prices.ts";

export const COUNTED_CALLS = "scripts/cost/counted-calls.json";

/** What the test counted last. */
export const readCounted = (): CountedCalls => JSON.parse(readFileSync(COUNTED_CALLS, "utf8"));

/** The metrics that the schedules report at every run. */
const OF_SCHEDULES = ["ReconcilerLagSeconds", "EventsMissing", "DriftFound", "AuditDaysNotArchived"];

export function costPage(counted: CountedCalls, prices = readPrices()): CostPage {
  const assumptions = readAssumptions();
  const definitions = functionDefinitions(loadProject().contracts);
  const options = { assumptions, memoryOf: memoryOf(definitions) };
  const metrics = new Set(Object.values(counted).flatMap(({ metrics: reported }) => reported));
  return {
    counted,
    prices,
    options,
    idle: idleLines(definitions, assumptions, OF_SCHEDULES.length),
    busy: busyLines(assumptions, metrics.size),
    limits: limitsFor(counted["process-payment"], options),
  };
}
