/** The query of `GET /api/audit` and of `npm run audit -- list`, from text. Pure. */

import { CARD_NUMBER_MESSAGE, holdsCardNumber } from "../card-data.ts";
import { shownName } from "../contract/input-shape.ts";
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";
import { present } from "../present.ts";
import { AUDIT_RESULTS } from "./audit-entry.ts";
import type { AuditQuery } from "./query.ts";

export const AUDIT_PARAMETERS = [
  "resource",
  "actor",
  "object",
  "result",
  "from",
  "to",
  "limit",
  "cursor",
] as const;
type Parameter = (typeof AUDIT_PARAMETERS)[number];

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 100;
const DAY_MS = 24 * 60 * 60 * 1000;
export const MAX_DAYS = 31;

type Given = Readonly<Record<string, string | undefined>>;
type Refuse = (parameter: string, message: string) => void;

/**
 * The query: by default the last 24 hours, or all entries of one object. Throws VALIDATION_FAILED with every wrong
 * parameter; `prefix` precedes their names (`query.`).
 */
export function readAuditQuery(given: Given, now: Date, prefix = "query."): AuditQuery {
  const issues = new IssueList();
  const refuse: Refuse = (parameter, message) => issues.add(`${prefix}${parameter}`, message);
  for (const name of Object.keys(given).filter((name) => !isParameter(name))) {
    refuse(shownName(name), `is not known; the parameters are ${AUDIT_PARAMETERS.join(", ")}`);
  }
  const cursor = readCursor(given.cursor, refuse);
  const query = {
    ...textOf("resource", given, refuse),
    ...textOf("actor", given, refuse),
    ...textOf("object", given, refuse),
    ...resultOf(given, refuse),
    ...rangeOf(given, cursor, now, refuse),
    limit: limitOf(given, refuse),
    ...present({ before: cursor?.before }),
  };
  if (!issues.isEmpty) throw invalidFields(issues);
  return query;
}

const isParameter = (name: string) => AUDIT_PARAMETERS.some((known) => known === name);

function textOf<Name extends Parameter>(
  name: Name,
  given: Given,
  refuse: Refuse,
): { [key in Name]?: string } {
  const text = given[name];
  const read: { [key in Name]?: string } = {};
  if (text === undefined) return read;
  if (!/^[\x20-\x7e]{1,255}$/.test(text)) refuse(name, "must have 1 to 255 printable ASCII characters");
  if (holdsCardNumber(text)) refuse(name, CARD_NUMBER_MESSAGE);
  read[name] = text;
  return read;
}

function resultOf({ result: text }: Given, refuse: Refuse): Pick<AuditQuery, "result"> {
  if (text === undefined) return {};
  const result = AUDIT_RESULTS.find((known) => known === text);
  if (result === undefined) {
    refuse("result", `must be one of ${AUDIT_RESULTS.join(", ")}`);
    return {};
  }
  return { result };
}

function limitOf({ limit: text }: Given, refuse: Refuse): number {
  if (text === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > MAX_LIMIT) refuse("limit", `must be a whole number from 1 to ${MAX_LIMIT}`);
  return limit;
}

function rangeOf(
  given: Given,
  cursor: Cursor | undefined,
  now: Date,
  refuse: Refuse,
): Pick<AuditQuery, "from" | "to"> {
  // A later page reads the same range, no matter when it is requested.
  const to = timeOf("to", given, refuse) ?? cursor?.to ?? now;
  const earliest = given.object === undefined ? new Date(to.getTime() - DAY_MS) : new Date(0);
  const from = timeOf("from", given, refuse) ?? cursor?.from ?? earliest;
  if (from >= to) refuse("from", "must be before `to`, and in the past");
  else if (given.object === undefined && to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) {
    refuse("from", `must be at most ${MAX_DAYS} days before \`to\`, unless \`object\` is given`);
  }
  return { from, to };
}

function timeOf(name: "from" | "to", given: Given, refuse: Refuse): Date | undefined {
  const text = given[name];
  if (text === undefined) return undefined;
  const time = utcTime(text);
  if (time === undefined) {
    refuse(name, "must be a time in UTC such as 2026-11-25T08:30:00Z, or a day such as 2026-11-25");
  }
  return time;
}

/** The time, or the beginning of the day, in `text`; undefined if it is neither. */
export function utcTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text)) return undefined;
  const time = new Date(text);
  // JavaScript reads February 30 as a day in March.
  return Number.isNaN(time.getTime()) || !time.toISOString().startsWith(text.slice(0, 10)) ? undefined : time;
}

/** Where a page ended, and its range. */
interface Cursor {
  readonly before: string;
  readonly from: Date;
  readonly to: Date;
}

/** The opaque text that requests the next page. */
export function writeCursor(end: string, { from, to }: AuditQuery): string {
  return Buffer.from([end, from.toISOString(), to.toISOString()].join(" ")).toString("base64url");
}

function readCursor(text: string | undefined, refuse: Refuse): Cursor | undefined {
  if (text === undefined) return undefined;
  const [before = "", from = "", to = ""] = Buffer.from(text, "base64url").toString("utf8").split(" ");
  const range = { from: utcTime(from), to: utcTime(to) };
  const place = /^([^#]*)#[0-9a-f-]{36}$/.exec(before);
  if (
    range.from === undefined ||
    range.to === undefined ||
    place === null ||
    utcTime(place[1] ?? "") === undefined
  ) {
    refuse("cursor", "must be `next` of the previous page, unchanged");
    return undefined;
  }
  return { before, from: range.from, to: range.to };
}
