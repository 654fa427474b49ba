import type Stripe from "stripe";

export type Recurrence = Pick<Stripe.Price.Recurring, "interval" | "interval_count">;

/** All times in unix seconds, UTC. */
export interface Period {
  start: number;
  end: number;
}

const SECONDS_PER_DAY = 86_400;
const MONTHLY: Recurrence = { interval: "month", interval_count: 1 };

/** How often the price is charged. */
export function recurrenceOf(price: Stripe.Price): Recurrence {
  return price.recurring ?? MONTHLY;
}

export function isSameRecurrence(a: Recurrence, b: Recurrence): boolean {
  return a.interval === b.interval && a.interval_count === b.interval_count;
}

/**
 * The billing period that `time` lies in, when `anchor` begins a period. Months and years are those of the calendar, and a
 * day that a month does not have becomes its last one: from 31 January, periods begin on 28 February and on 31 March.
 */
export function periodAt(anchor: number, time: number, recurrence: Recurrence): Period {
  const begin = (index: number) => later(anchor, index, recurrence);
  let index = Math.floor((time - anchor) / longest(recurrence));
  while (begin(index + 1) <= time) index += 1;
  while (begin(index) > time) index -= 1;
  return { start: begin(index), end: begin(index + 1) };
}

/** The end of the period that starts at `start`: the next beginning of a period after it. */
export function periodEnd(start: number, recurrence: Recurrence, anchor = start): number {
  return periodAt(anchor, start, recurrence).end;
}

function later(anchor: number, count: number, { interval, interval_count: size }: Recurrence): number {
  if (interval === "day") return anchor + count * size * SECONDS_PER_DAY;
  if (interval === "week") return anchor + count * size * 7 * SECONDS_PER_DAY;
  return addMonths(anchor, count * size * (interval === "year" ? 12 : 1));
}

/** At least as long as any period, in seconds. */
function longest({ interval, interval_count: size }: Recurrence): number {
  const days = { day: 1, week: 7, month: 31, year: 366 }[String(interval)] ?? 366;
  return size * days * SECONDS_PER_DAY;
}

/** The same time of the day, `months` later or, when negative, earlier. */
export function addMonths(start: number, months: number): number {
  const date = new Date(start * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, daysInMonth));
  return Math.floor(date.getTime() / 1000);
}
