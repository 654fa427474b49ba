/** The windows that usage is counted in: fixed minutes, days and months of UTC. Pure. */
const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** `2026-11-25T09:30` */
export function minuteOf(now: Date): string {
  return now.toISOString().slice(0, "2026-11-25T09:30".length);
}

/** `2026-11-25` */
export function dayOf(now: Date): string {
  return now.toISOString().slice(0, "2026-11-25".length);
}

/** `2026-11` */
export function monthOf(now: Date): string {
  return now.toISOString().slice(0, "2026-11".length);
}

/** At least 1. */
export function secondsToNextMonth(now: Date): number {
  const next = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  return Math.ceil((next - now.getTime()) / 1000);
}

/** From 1 to 86,400. */
export function secondsToNextDay(now: Date): number {
  return Math.ceil((DAY_MS - (now.getTime() % DAY_MS)) / 1000);
}

/** From 1 to 60. */
export function secondsToNextMinute(now: Date): number {
  return Math.ceil((MINUTE_MS - (now.getTime() % MINUTE_MS)) / 1000);
}

/** The days with a moment from `since` to before `until`, in order. */
export function daysBetween(since: Date, until: Date): string[] {
  const days: string[] = [];
  const first = since.getTime() - (since.getTime() % DAY_MS);
  for (let day = first; day < until.getTime(); day += DAY_MS) days.push(dayOf(new Date(day)));
  return days;
}
