/** When a schedule of EventBridge is due: `rate(15 minutes)` or `cron(0 8 * * ? *)`, in UTC. */
import { LocalStackError } from "./ports.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const UNIT_MS: Readonly<Record<string, number>> = { minute: MINUTE_MS, hour: 60 * MINUTE_MS, day: DAY_MS };
/** A cron expression without a due time in this period has none. */
const SEARCHED_MS = 5 * 366 * DAY_MS;
const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/** The first due time after `after`, both in unix milliseconds; undefined when there is none in the next five years. */
export type NextDue = (after: number) => number | undefined;

/** Throws a LocalStackError that says what the local stack cannot read. */
export function nextDueOf(expression: string): NextDue {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate !== null) {
    const period = Number(rate[1]) * (UNIT_MS[rate[2] ?? ""] ?? Number.NaN);
    if (period > 0) return (after) => (Math.floor(after / period) + 1) * period;
  }
  const cron = /^cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)$/.exec(expression);
  if (cron === null) throw unreadable(expression);
  const [minutes, hours, days, months, weekdays, years] = [
    valuesOf(cron[1] ?? "", 0, 59, expression),
    valuesOf(cron[2] ?? "", 0, 23, expression),
    valuesOf(cron[3] ?? "", 1, 31, expression),
    valuesOf(cron[4] ?? "", 1, 12, expression, MONTHS),
    valuesOf(cron[5] ?? "", 1, 7, expression, WEEKDAYS),
    valuesOf(cron[6] ?? "", 1970, 2199, expression),
  ];
  const isDay = (date: Date) =>
    years.has(date.getUTCFullYear()) &&
    months.has(date.getUTCMonth() + 1) &&
    days.has(date.getUTCDate()) &&
    weekdays.has(date.getUTCDay() + 1);
  return (after) => {
    let time = (Math.floor(after / MINUTE_MS) + 1) * MINUTE_MS;
    while (time < after + SEARCHED_MS) {
      const date = new Date(time);
      if (!isDay(date)) time = Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + 1);
      else if (!hours.has(date.getUTCHours())) time += (60 - date.getUTCMinutes()) * MINUTE_MS;
      else if (!minutes.has(date.getUTCMinutes())) time += MINUTE_MS;
      else return time;
    }
    return undefined;
  };
}

/** The values of one field: a list of `*`, `?`, values, ranges and steps, such as `1,5-7,0/15`. */
function valuesOf(
  field: string,
  from: number,
  to: number,
  expression: string,
  names: readonly string[] = [],
): ReadonlySet<number> {
  const read = (text: string): number => {
    const index = names.indexOf(text.toUpperCase());
    const value = index >= 0 ? index + 1 : /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return value;
    throw unreadable(expression);
  };
  const values = new Set<number>();
  for (const part of field.split(",")) {
    const [range = "", step] = part.split("/");
    const [first = "", last] = range.split("-");
    const isAll = first === "*" || first === "?";
    const start = isAll ? from : read(first);
    const end = last !== undefined ? read(last) : isAll || step !== undefined ? to : start;
    const increment = step === undefined ? 1 : Number(step);
    if (!Number.isInteger(increment) || increment < 1 || end < start) throw unreadable(expression);
    for (let value = start; value <= end; value += increment) values.add(value);
  }
  return values;
}

function unreadable(expression: string): LocalStackError {
  return new LocalStackError(
    `The local stack cannot read the schedule ${expression}. It reads rate(15 minutes) and cron(0 8 * * ? *), without L, W and #.`,
  );
}
