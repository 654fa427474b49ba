/** Runs `npm run bench`. */
import type { Circumstances, Verdict } from "../../command-line/command.ts";
import { showProgress } from "../../progress-line.ts";
import { textTable } from "../../text-table.ts";
import { isMet } from "./benchmark.ts";
import { benchmarkNames, loadBenchmark } from "./benchmarks.ts";
import type { BenchAsked } from "./command.ts";
import { thisMachine } from "./machine.ts";
import { type Report, reportJson, reportText } from "./report.ts";

/** "something wrong" when a bar is missed. Throws when a benchmark could not measure. */
export async function runBench(
  { names, json, ...options }: BenchAsked,
  { now }: Pick<Circumstances, "now">,
  load = loadBenchmark,
): Promise<Verdict> {
  if (names.length === 0) {
    console.log(await list());
    return "nothing wrong";
  }
  const machine = thisMachine(now);
  const reports: Report[] = [];
  for (const name of names) {
    const benchmark = await load(name);
    showProgress(`${name}: about ${benchmark.takes} ...`);
    const report = { name, benchmark, figures: await benchmark.run(options) };
    showProgress("");
    if (!json) console.log(`${reports.length > 0 ? "\n" : ""}${reportText(report, machine)}`);
    reports.push(report);
  }
  if (json) console.log(reportJson(reports, machine));
  const isMissed = reports.some(({ figures }) => figures.some((figure) => isMet(figure) === false));
  return isMissed ? "something wrong" : "nothing wrong";
}

async function list(): Promise<string> {
  const rows = await Promise.all(
    benchmarkNames().map(async (name) => {
      const { purpose, takes } = await loadBenchmark(name);
      return [`npm run bench -- ${name}`, takes, purpose];
    }),
  );
  return textTable([["COMMAND", "TAKES", "MEASURES"], ...rows]);
}
