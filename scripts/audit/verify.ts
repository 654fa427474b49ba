/**
 * `npm run audit -- verify`: reads the log day by day and prints a line for everything that is not as it was written.
 */
import { parseArgs } from "node:util";
import { utcTime } from "../../lib/audit/query-parameters.ts";
import { dayOf } from "../../lib/audit/stored-entry.ts";
import { type DayReport, verifyDay } from "../../lib/audit/verify-day.ts";
import { invalidField } from "../../lib/errors.ts";
import { appSecrets } from "../../lib/secrets/secrets.ts";
import { showProgress } from "../progress-line.ts";
import { selectTarget } from "../target.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 7;

/** Whether nothing was found. */
export async function verifyAudit(args: string[]): Promise<boolean> {
  const { values } = parseArgs({
    args,
    options: { since: { type: "string" }, until: { type: "string" }, stage: { type: "string" } },
  });
  const now = new Date();
  const days = daysBetween(values.since, values.until, now);
  selectTarget(values.stage);
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
  return summarize(reports);
}

const verdict = ({ findings }: DayReport) =>
  findings.length === 0 ? "ok" : `${findings.length} NOT as written`;

function summarize(reports: readonly DayReport[]): boolean {
  const sum = (count: (report: DayReport) => number) =>
    reports.reduce((total, report) => total + count(report), 0);
  const findings = sum((report) => report.findings.length);
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
  const headless = sum(({ writersWithoutHead }) => writersWithoutHead);
  if (headless > 0) {
    console.log(
      `Without a head: ${counted(headless, "writer")}. Whether the last entries are there, nothing tells.`,
    );
  }
  return findings === 0;
}

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** Both ends included; the last seven days unless told. */
function daysBetween(since: string | undefined, until: string | undefined, now: Date): string[] {
  const last = until === undefined ? now : dayFrom("--until", until);
  const first =
    since === undefined ? new Date(last.getTime() - (DEFAULT_DAYS - 1) * DAY_MS) : dayFrom("--since", since);
  if (dayOf(first) > dayOf(last)) throw invalidField("--since", "must not be after --until");
  const days: string[] = [];
  for (let time = Date.parse(dayOf(first)); time <= Date.parse(dayOf(last)); time += DAY_MS) {
    days.push(dayOf(new Date(time)));
  }
  return days;
}

function dayFrom(option: string, text: string): Date {
  const day = text.length === "2026-11-25".length ? utcTime(text) : undefined;
  if (day === undefined) throw invalidField(option, "must be a day (UTC) such as 2026-11-25");
  return day;
}
