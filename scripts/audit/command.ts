/** The commands of `npm run audit`. No I/O, no clock. */
import type { AuditQuery } from "../../lib/audit/query.ts";
import { readAuditQuery } from "../../lib/audit/query-parameters.ts";
import { dayOf } from "../../lib/audit/stored-entry.ts";
import { invalidField } from "../../lib/errors.ts";
import type { Action, Command } from "../command-line/command.ts";
import { utcDay } from "../command-line/values.ts";

export type AuditAsked =
  | { readonly action: "list"; readonly query: AuditQuery; readonly json: boolean }
  /** Days in UTC, `2026-11-25`, oldest first. */
  | { readonly action: "verify"; readonly days: readonly string[] };

const DAY_MS = 24 * 60 * 60 * 1000;
const DEFAULT_DAYS = 7;

const QUERY_OPTIONS = {
  resource: { value: "<id>", about: "only calls of this capability or workflow" },
  actor: { value: "<id>", about: "only calls by this principal" },
  object: { value: "<id>", about: "only entries about this object, such as pi_... or evt_..." },
  result: { value: "<result>", about: "only entries with this result, such as denied or failed" },
  from: { value: "<UTC>", about: "only entries from this time on: 2026-11-25 or 2026-11-25T08:30Z" },
  to: { value: "<UTC>", about: "only entries before this time" },
  limit: { value: "<n>", about: "the largest number of entries to list" },
  cursor: { value: "<next>", about: "the next page, as the previous page names it" },
};

const list: Action<AuditAsked> = {
  name: "list",
  summary: "Lists a page of the log, newest first",
  options: { ...QUERY_OPTIONS, json: { about: "JSON as GET /api/audit returns it, instead of a table" } },
  read: (given, { now }) => {
    const names = Object.keys(QUERY_OPTIONS);
    const parameters = Object.fromEntries(
      names.flatMap((name) => {
        const text = given.text(name);
        return text === undefined ? [] : [[name, text]];
      }),
    );
    return { action: "list", query: readAuditQuery(parameters, now, "--"), json: given.flag("json") };
  },
};

const verify: Action<AuditAsked> = {
  name: "verify",
  summary: "Checks, day by day, whether every entry is unchanged",
  options: {
    since: {
      value: "<day>",
      about: `the first day (UTC), by default ${DEFAULT_DAYS - 1} days before the last`,
    },
    until: { value: "<day>", about: "the last day (UTC), by default today" },
  },
  read: (given, { now }) => ({
    action: "verify",
    days: daysBetween(given.text("since"), given.text("until"), now),
  }),
};

export const auditCommand: Command<AuditAsked> = {
  invocation: "npm run audit --",
  summary: "Shows what happened, and checks whether the log was tampered with",
  actions: [list, verify],
  takesTarget: true,
  notes: ["docs/audit.md explains the columns and the findings."],
};

/** Includes both ends. */
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
  const day = utcDay(text);
  if (day === undefined) throw invalidField(option, "must be a day (UTC) such as 2026-11-25");
  return day;
}
