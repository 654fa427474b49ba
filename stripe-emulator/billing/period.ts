import type Stripe from "stripe";

type Recurrence = Pick<Stripe.Price.Recurring, "interval" | "interval_count">;

const SECONDS_PER_DAY = 86_400;

/**
 * The end of the billing period that starts at `start` (both in unix seconds, UTC). Months and years are those of the
 * calendar: a period from 31 January ends on the last day of February.
 */
export function periodEnd(start: number, { interval, interval_count: count }: Recurrence): number {
  if (interval === "day") return start + count * SECONDS_PER_DAY;
  if (interval === "week") return start + count * 7 * SECONDS_PER_DAY;
  return addMonths(start, interval === "year" ? 12 * count : count);
}

function addMonths(start: number, months: number): number {
  const date = new Date(start * 1000);
  const day = date.getUTCDate();
  date.setUTCDate(1);
  date.setUTCMonth(date.getUTCMonth() + months);
  const daysInMonth = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate();
  date.setUTCDate(Math.min(day, daysInMonth));
  return Math.floor(date.getTime() / 1000);
}
