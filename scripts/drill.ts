/**
 * `npm run drill`: plays incidents on a local stack of its own. Each must raise its alarm, as the template defines it, by the
 * metrics that the stack really produces; its cause must be found by the queries and commands of docs/operations.md, and it
 * must be repaired. Exit status 1 if one of these fails, 2 if the stack does not start.
 */
import type { Verdict } from "./command-line/command.ts";
import { runMain } from "./command-line/run-command.ts";
import { type DrillAsked, drillCommand } from "./drill/command.ts";
import { openStage } from "./drill/open-stage.ts";
import { playIncident, type Result, resultTable } from "./drill/play.ts";

async function runDrill({ incidents }: DrillAsked): Promise<Verdict> {
  const startedAt = Date.now();
  console.error("Starting the local stack ...");
  const stage = await openStage();
  try {
    const results: Result[] = [];
    for (const [index, incident] of incidents.entries())
      results.push(await playIncident(stage, incident, `${index + 1}/${incidents.length}`));
    const isGood = results.every(({ alarmed, found, repaired }) => alarmed && found && repaired);
    console.log(`\n${resultTable(results)}\n`);
    console.log(
      `${results.length} incidents in ${Math.round((Date.now() - startedAt) / 1000)} s: ${isGood ? "each was alarmed, found and repaired" : "NOT each was alarmed, found and repaired"}.`,
    );
    return isGood ? "nothing wrong" : "something wrong";
  } finally {
    await stage.close();
  }
}

await runMain(drillCommand, runDrill);
