/**
 * `npm run audit -- verify`: reads the log day by day, then the whole table, and prints a line for every entry that is not as it was written.
 */
import { type DayReport, verifyDay } from "../../lib/audit/verify-day.ts";
import { verifyStrays } from "../../lib/audit/verify-strays.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import type { Verdict } from "../command-line/command.ts";
import { showProgress } from "../progress-line.ts";
import type { AuditAsked } from "./command.ts";

type VerifyAsked = Extract<AuditAsked, { action: "verify" }>;

export async function verifyAudit({ days }: VerifyAsked, now: Date): Promise<Verdict> {
  const secrets = await appSecrets();
  const reports: DayReport[] = [];
  for (const day of days) {
    const report = await verifyDay({
      day,
      appSecrets: secrets,
      now,
      onProgress: (entries) => showProgress(`${day}  ${counted(entries, "entry", "entries")} ...`),
    });
    showProgress("");
    console.log(`${day}  ${counted(report.entries, "entry", "entries")}  ${verdict(report)}`);
    for (const { timestamp, eventId, wrong } of report.findings)
      console.log(`  ${timestamp}  ${eventId}  ${wrong}`);
    reports.push(report);
  }
  const strays = await verifyStrays({
    days,
    lastPlaces: new Map(reports.flatMap(({ lastPlaces }) => [...lastPlaces])),
    appSecrets: secrets,
    now,
    onProgress: (items) => showProgress(`outside the days  ${counted(items, "item")} ...`),
  });
  showProgress("");
  console.log(`outside the days  ${strays.length === 0 ? "ok" : `${strays.length} NOT as written`}`);
  for (const { timestamp, eventId, wrong } of strays) console.log(`  ${timestamp}  ${eventId}  ${wrong}`);
  return summarize(reports, strays.length);
}

const verdict = ({ findings }: DayReport) =>
  findings.length === 0 ? "ok" : `${findings.length} NOT as written`;

function summarize(reports: readonly DayReport[], strays: number): Verdict {
  const sum = (count: (report: DayReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  const findings = strays + sum((report) => report.findings.length);
  const entries = counted(
    sum(({ entries }) => entries),
    "entry",
    "entries",
  );
  const writers = counted(
    sum(({ writers }) => writers),
    "writer",
  );
  const links = counted(
    sum(({ links }) => links),
    "link",
  );
  const found = findings === 0 ? "nothing is wrong" : counted(findings, "finding");
  console.log(
    `\n${entries} of ${writers} and ${links} were checked, in ${counted(reports.length, "day")}: ${found}.`,
  );
  return findings === 0 ? "nothing wrong" : "something wrong";
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
