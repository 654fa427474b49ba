/** Runs `npm run simulate`. */
import { readFileSync, writeFileSync } from "node:fs";
import type { Verdict } from "../command-line/command.ts";
import type { CountedCalls } from "../cost/counted.ts";
import { Backlog } from "./backlog.ts";
import type { SimulateAsked } from "./command.ts";
import { Hours } from "./hours.ts";
import { readMeasuredTimes } from "./measured-times.ts";
import { simulate } from "./model.ts";
import { drawDay } from "./picture.ts";
import { breakingPoints, type Quotas, withQuotas } from "./quotas.ts";
import { breakingTable, hourTable, lasting } from "./report.ts";
import { stationsOf } from "./workload.ts";

/** `npm run docs` counts them: docs/cost.md. */
const COUNTED = "scripts/cost/counted-calls.json";

/** "something wrong" when the day is too much for a quota, or reality differs from the model. */
export async function runSimulate(asked: SimulateAsked): Promise<Verdict> {
  if (asked.kind === "measure") return (await import("./real-run.ts")).measureTimes();
  if (asked.kind === "check") return (await import("./real-run.ts")).checkModel();
  return simulateDay(asked, withQuotas(asked.quotas));
}

function simulateDay({ day, picture }: Extract<SimulateAsked, { kind: "day" }>, quotas: Quotas): Verdict {
  const counted: CountedCalls = JSON.parse(readFileSync(COUNTED, "utf8"));
  const times = readMeasuredTimes();
  const stations = stationsOf(counted["process-payment"], times);
  const hours = new Hours();
  const backlogs = (day.outages ?? []).map((outage) => new Backlog(outage));
  simulate(stations, quotas, day, (moment) => {
    hours.add(moment);
    for (const backlog of backlogs) backlog.add(moment);
  });
  const points = breakingPoints(stations, quotas);
  const busiest = Math.max(...hours.all.map(({ arrived }) => arrived)) / 3600;
  const broken = points.filter(({ paymentsPerSecond }) => paymentsPerSecond < busiest);
  console.log(hourTable(hours.all));
  console.log();
  for (const { outage, atEnd, drainedAfter } of backlogs) {
    const drained =
      drainedAfter === undefined ? "not drained when the day ends" : `drained ${lasting(drainedAfter)} later`;
    console.log(
      `After the outage of ${outage.resource}, ${atEnd.toLocaleString("en")} jobs wait: ${drained}.`,
    );
  }
  console.log(breakingTable(points));
  console.log();
  const [first] = points;
  if (first !== undefined)
    console.log(
      `It breaks first at ${first.paymentsPerSecond.toFixed(1)} payments/s: ${first.what}. ` +
        `The busiest hour has ${busiest.toFixed(1)}/s${broken.length === 0 ? ", which is below every quota" : `: ${broken.length} quotas are too small`}.`,
    );
  console.log(`Service times: ${times.command}, ${times.date}. Calls: ${COUNTED}.`);
  if (picture !== undefined) writeFileSync(picture, drawDay(hours.all, points));
  return broken.length === 0 ? "nothing wrong" : "something wrong";
}
