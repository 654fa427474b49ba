/** When cards are about to expire. Months are written as `2027-04`; everything is in UTC. Pure. */

const DAY_MS = 24 * 60 * 60 * 1000;

/** The moment from which a card does not work any more whose last month is this one: Unix milliseconds. */
export function endOfMonth(month: string): number {
  const [year = Number.NaN, number = Number.NaN] = month.split("-").map(Number);
  // Date.UTC counts months from 0, so this is the first day of the next month.
  return Date.UTC(year, number, 1);
}

/** The last months of the cards that stop working within `days` from `now`, the earliest first; none has ended. */
export function monthsExpiring(now: Date, days: number): string[] {
  const until = now.getTime() + days * DAY_MS;
  const months: string[] = [];
  for (let month = monthOf(now.getTime()); endOfMonth(month) <= until; month = monthOf(endOfMonth(month))) {
    months.push(month);
  }
  return months;
}

const monthOf = (time: number) => new Date(time).toISOString().slice(0, 7);
