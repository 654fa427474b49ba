/**
 * Runs a query of CloudWatch Logs Insights over log lines: the part of its language that docs/operations.md uses. Pure.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 *
 *   fields a, b    filter a = "x" and b >= 500 and c like /text/ and ispresent(d)    stats count(*) as n by a
 *   sort a desc    limit 20
 */
import { isRecord, parseJson } from "../../lib/untrusted.ts";

type Fields = Readonly<Record<string, unknown>>;
type Command = (rows: readonly Fields[]) => Fields[];

export interface Found {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Insights shows a thousand rows at most, unless the query limits them. */
const MOST_ROWS = 1_000;

/** The rows of the query over those lines that are JSON objects. Throws an Error that names a part that it cannot read. */
export function runQuery(query: string, lines: readonly string[]): Found {
  const { commands, columns } = parseQuery(query);
  let rows: Fields[] = lines.flatMap((line) => {
    const fields = parseJson(line);
    return isRecord(fields) ? [{ ...fields, "@timestamp": fields.timestamp }] : [];
  });
  for (const command of commands) rows = command(rows);
  return {
    columns,
    rows: rows.slice(0, MOST_ROWS).map((row) => columns.map((column) => shown(row[column]))),
  };
}

/** Reads the query without running it. Throws as `runQuery` does. */
export function parseQuery(query: string): {
  readonly commands: readonly Command[];
  readonly columns: readonly string[];
} {
  let columns: readonly string[] = ["@timestamp", "event"];
  const commands = query
    .split(/\s*\n?\|\s*/)
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part): Command => {
      const [, verb = "", rest = ""] = /^(\w+)\s+(.*)$/s.exec(part) ?? [];
      if (verb === "fields") {
        columns = names(rest);
        return (rows) => [...rows];
      }
      if (verb === "filter") {
        const conditions = rest.split(/\s+and\s+/).map(conditionOf);
        return (rows) => rows.filter((row) => conditions.every((holds) => holds(row)));
      }
      if (verb === "stats") {
        const { count, by } = statsOf(rest);
        columns = [...by, count];
        return (rows) => counted(rows, by, count);
      }
      if (verb === "sort") return sorted(rest);
      if (verb === "limit" && /^\d+$/.test(rest)) return (rows) => rows.slice(0, Number(rest));
      throw new Error(`The query has a part that cannot be read: ${part}`);
    });
  return { commands, columns };
}

const names = (text: string) => text.split(",").map((name) => name.trim());

function conditionOf(text: string): (row: Fields) => boolean {
  const [, present] = /^ispresent\(([\w@.]+)\)$/.exec(text) ?? [];
  if (present !== undefined) return (row) => row[present] !== undefined;
  const [, name = "", pattern] = /^([\w@.]+) like \/(.+)\/$/.exec(text) ?? [];
  if (pattern !== undefined) {
    const matcher = new RegExp(pattern);
    return (row) => row[name] !== undefined && matcher.test(String(row[name]));
  }
  const [, field = "", operator = "", value = ""] =
    /^([\w@.]+)\s*(=|!=|>=|>|<)\s*("[^"]*"|-?[\d.]+)$/.exec(text) ?? [];
  const expected = value.startsWith('"') ? value.slice(1, -1) : Number(value);
  switch (operator) {
    case "=":
      return (row) => row[field] === expected;
    case "!=":
      return (row) => row[field] !== expected;
    case ">=":
      return (row) => Number(row[field]) >= Number(expected);
    case ">":
      return (row) => Number(row[field]) > Number(expected);
    case "<":
      return (row) => Number(row[field]) < Number(expected);
    default:
      throw new Error(`The query has a condition that cannot be read: ${text}`);
  }
}

function statsOf(text: string): { readonly count: string; readonly by: readonly string[] } {
  const [, alias, by = ""] = /^count\(\*\)(?: as (\w+))?(?: by (.+))?$/.exec(text) ?? [];
  if (!text.startsWith("count(*)")) throw new Error(`The query has statistics that cannot be read: ${text}`);
  return { count: alias ?? "count(*)", by: by === "" ? [] : names(by) };
}

function counted(rows: readonly Fields[], by: readonly string[], count: string): Fields[] {
  const groups = Map.groupBy(rows, (row) => JSON.stringify(by.map((name) => row[name] ?? null)));
  return [...groups.values()].map((group) => ({
    ...Object.fromEntries(by.map((name) => [name, group[0]?.[name]])),
    [count]: group.length,
  }));
}

function sorted(text: string): Command {
  const [, name = "", direction = "asc"] = /^([\w@.()*]+)(?: (asc|desc))?$/.exec(text) ?? [];
  if (name === "") throw new Error(`The query has an order that cannot be read: ${text}`);
  const sign = direction === "desc" ? -1 : 1;
  return (rows) => rows.toSorted((a, b) => sign * compare(a[name], b[name]));
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === "number" && typeof b === "number") return a - b;
  return shown(a).localeCompare(shown(b));
}

const shown = (value: unknown) =>
  value === undefined || value === null ? "" : String(value).replaceAll(/\s*\n\s*/g, " ");
