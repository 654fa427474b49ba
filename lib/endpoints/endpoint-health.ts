/**
 * Whether an endpoint works, from its failures since its last success. After five failures in a row, over 15 seconds, notifications wait
 * in the table instead of the queue, and only one attempt at a time finds out whether the endpoint works again. So an endpoint that hangs
 * does not take the time of the others. Pure.
 */

export interface Health {
  /** Failed attempts since the last success. */
  readonly failures: number;
  /** The first of them: UTC, ISO 8601. */
  readonly failingSince?: string;
  /** When one attempt is made again. */
  readonly nextProbeAt?: string;
}

/** After so many failures in a row, over at least so long, notifications wait. */
export const FAILURES_UNTIL_BROKEN = 5;
/**
 * Longer than a request can take. Of requests that are sent at once, some fail and others succeed, which do not know of the failures
 * yet: the next success ends the row.
 */
export const MS_UNTIL_BROKEN = 15_000;

/** An endpoint is disabled after so many failures in a row, over at least so many days. */
export const FAILURES_UNTIL_DISABLED = 10;
export const DAYS_UNTIL_DISABLED = 5;

const SHORTEST_PROBE_MS = 30_000;
const LONGEST_PROBE_MS = 15 * 60_000;
const DAY_MS = 24 * 60 * 60 * 1000;

export function isBroken({ failures, failingSince }: Health, now: Date): boolean {
  if (failingSince === undefined || failures < FAILURES_UNTIL_BROKEN) return false;
  return now.getTime() - Date.parse(failingSince) >= MS_UNTIL_BROKEN;
}

/** When the next single attempt is made: the longer an endpoint has failed, the later, at most a quarter of an hour. */
export function nextProbe({ failingSince }: Pick<Health, "failingSince">, now: Date): string {
  const failingMs = failingSince === undefined ? 0 : now.getTime() - Date.parse(failingSince);
  const waitMs = Math.min(LONGEST_PROBE_MS, Math.max(SHORTEST_PROBE_MS, failingMs / 4));
  return new Date(now.getTime() + waitMs).toISOString();
}

/** Whether the endpoint has failed for so long that it is disabled. */
export function isToBeDisabled({ failures, failingSince }: Health, now: Date): boolean {
  if (failingSince === undefined || failures < FAILURES_UNTIL_DISABLED) return false;
  return now.getTime() - Date.parse(failingSince) >= DAYS_UNTIL_DISABLED * DAY_MS;
}
