/**
 * Queries in the language of CloudWatch Logs Insights over lines on this machine: the commands fields, display, filter, stats,
 * sort, dedup and limit, with the functions of expression.ts. Anything else is refused, and not passed over. Pure.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
 */
import { isRecord, parseJson } from "../../lib/untrusted.ts";
import { readAggregate } from "./aggregates.ts";
import { type Expression, type Fields, isTrue, orderOf, QueryReader, readExpression } from "./expression.ts";
import { tokensOf } from "./query-tokens.ts";

/** One line of a function's log. */
export interface LogLine {
  /** Unix milliseconds, UTC. */
  readonly timestamp: number;
  /** The name of the log group: `/aws/lambda/<function>`. */
  readonly log: string;
  readonly message: string;
}

export type Row = Readonly<Record<string, string>>;

interface Named {
  readonly name: string;
  readonly value: Expression;
}

type Command = (lines: readonly Fields[]) => readonly Fields[];

export interface Query {
  /** The fields of the lines that the query reads. */
  readonly fields: readonly string[];
  /** The rows, each with the fields that it has. */
  readonly run: (lines: readonly LogLine[]) => Row[];
}

const MOST_ROWS = 10_000;

/** Throws a QueryMistake that says what is wrong, and where. */
export function readQuery(text: string): Query {
  const reader = new QueryReader(text, tokensOf(text));
  const commands: Command[] = [];
  const shown = new Set<string>();
  /** Names that the query gives, which are not fields of the lines. */
  const given = new Set<string>();
  do commands.push(readCommand(reader, shown, given));
  while (reader.takes("|"));
  if (reader.token.kind !== "end") throw reader.mistake(`"${reader.token.text}" is not expected`);
  const columns = shown.size === 0 ? ["@timestamp", "@message"] : [...shown];
  return {
    fields: [...new Set([...reader.named, ...shown])].filter((name) => !given.has(name)),
    run: (lines) => {
      const rows = commands.reduce<readonly Fields[]>(
        (left, command) => command(left),
        lines.map(fieldsOfLine),
      );
      return rows.slice(0, MOST_ROWS).map((row) => shownRow(row, columns));
    },
  };
}

function readCommand(reader: QueryReader, shown: Set<string>, given: Set<string>): Command {
  const token = reader.take();
  switch (token.text.toLowerCase()) {
    case "fields":
      return readFields(reader, shown, given);
    case "display": {
      const items = readItems(reader);
      shown.clear();
      for (const { name } of items) shown.add(name);
      return (lines) => lines;
    }
    case "filter": {
      const condition = readExpression(reader);
      return (lines) => lines.filter((fields) => isTrue(condition(fields)));
    }
    case "stats":
      return readStats(reader, shown, given);
    case "sort":
      return readSort(reader);
    case "dedup": {
      const items = readItems(reader);
      return (lines) =>
        [...Map.groupBy(lines, (fields) => keyOf(items, fields)).values()].map(([first = {}]) => first);
    }
    case "limit": {
      const most = Number(reader.take().text);
      if (!Number.isInteger(most)) throw reader.mistake("limit needs a whole number");
      return (lines) => lines.slice(0, most);
    }
    default:
      throw reader.mistake(`the command ${token.text} is not known`, token);
  }
}

function readFields(reader: QueryReader, shown: Set<string>, given: Set<string>): Command {
  const items = readItems(reader, given);
  for (const { name } of items) shown.add(name);
  return (lines) =>
    lines.map((fields) => ({
      ...fields,
      ...Object.fromEntries(items.map(({ name, value }) => [name, value(fields)])),
    }));
}

function readStats(reader: QueryReader, shown: Set<string>, given: Set<string>): Command {
  const aggregates = [readAggregate(reader)];
  while (reader.takes(",")) aggregates.push(readAggregate(reader));
  const groups = reader.takes("by") ? readItems(reader, given) : [];
  shown.clear();
  for (const { name } of groups) shown.add(name);
  for (const { name } of aggregates) {
    shown.add(name);
    given.add(name);
  }
  return (lines) =>
    [...Map.groupBy(lines, (fields) => keyOf(groups, fields)).values()].map((group) => ({
      ...Object.fromEntries(groups.map(({ name, value }) => [name, value(group[0] ?? {})])),
      ...Object.fromEntries(aggregates.map(({ name, of }) => [name, of(group)])),
    }));
}

function readSort(reader: QueryReader): Command {
  const orders: { value: Expression; sign: number }[] = [];
  do {
    const value = readExpression(reader);
    const sign = reader.takes("desc") ? -1 : 1;
    if (sign === 1) reader.takes("asc");
    orders.push({ value, sign });
  } while (reader.takes(","));
  return (lines) =>
    lines.toSorted((a, b) => {
      for (const { value, sign } of orders) {
        const order = orderOf(value(a), value(b));
        if (order !== 0) return sign * order;
      }
      return 0;
    });
}

/** `<expression> [as <name>]`, separated by commas. */
function readItems(reader: QueryReader, given: Set<string> = new Set()): Named[] {
  const items: Named[] = [];
  do {
    const { at } = reader.token;
    const value = readExpression(reader);
    const text = reader.textSince(at);
    const isNamed = reader.takes("as");
    const name = isNamed ? reader.name() : text.replaceAll("`", "");
    // A field that is shown as it is keeps its name.
    if (isNamed || !/^@?[\w.]+$/.test(name)) given.add(name);
    items.push({ name, value });
  } while (reader.takes(","));
  return items;
}

const keyOf = (items: readonly Named[], fields: Fields) =>
  JSON.stringify(items.map(({ value }) => value(fields) ?? null));

/** The fields of a line, those of nested objects with dots in their names. Text before the JSON is passed over, as CloudWatch does. */
function fieldsOfLine({ timestamp, log, message }: LogLine): Fields {
  const json = parseJson(message.slice(Math.max(0, message.indexOf("{"))));
  return { ...flat(json, ""), "@timestamp": timestamp, "@log": log, "@message": message };
}

function flat(value: unknown, path: string): Record<string, string | number | boolean> {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return path === "" ? {} : { [path]: value };
  if (!isRecord(value) && !Array.isArray(value)) return {};
  return Object.assign(
    {},
    ...Object.entries(value).map(([name, item]) => flat(item, path === "" ? name : `${path}.${name}`)),
  );
}

function shownRow(row: Fields, columns: readonly string[]): Row {
  return Object.fromEntries(
    columns.flatMap((name) => {
      const value = row[name];
      return value === undefined
        ? []
        : [[name, name === "@timestamp" ? timeText(Number(value)) : String(value)]];
    }),
  );
}

/** As CloudWatch writes it: `2026-11-27 08:30:15.000`, in UTC. */
const timeText = (timestamp: number) => new Date(timestamp).toISOString().replace("T", " ").replace("Z", "");
