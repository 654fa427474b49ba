/**
 * When a notification that its endpoint did not accept is sent again: after 5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h and 8 h,
 * then every 10 h, each 15 % earlier or later, until three days have passed. Pure.
 */

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** In seconds, after the first, second ... attempt. */
const DELAYS = [5, 30, 2 * MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR];
const LAST_DELAY = 10 * HOUR;
const SPREAD = 0.15;

/** For so long a notification is sent again, in seconds. */
export const RETRY_SECONDS = 72 * HOUR;

/** The longest `Retry-After` that is followed, in seconds. */
export const LONGEST_RETRY_AFTER_SECONDS = HOUR;

export interface FailedAttempt {
  /** How many attempts have failed, this one included. */
  readonly attempts: number;
  /** Seconds since the first attempt could be made. */
  readonly ageSeconds: number;
  /** What the endpoint asked for. */
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * Seconds until the next attempt; undefined if the notification is given up. The last attempt is made at the end of the three
 * days. `random` is from 0 to 1.
 */
export function nextDelay(
  { attempts, ageSeconds, retryAfterSeconds = 0 }: FailedAttempt,
  random: number,
): number | undefined {
  const left = RETRY_SECONDS - ageSeconds;
  if (left <= 0) return undefined;
  const delay = (DELAYS[attempts - 1] ?? LAST_DELAY) * (1 - SPREAD + 2 * SPREAD * random);
  const asked = Math.min(retryAfterSeconds, LONGEST_RETRY_AFTER_SECONDS);
  return Math.max(1, Math.ceil(Math.min(left, Math.max(delay, asked))));
}

/** The seconds that a `Retry-After` header asks for: a number of seconds or an HTTP date. Undefined for anything else. */
export function retryAfterSeconds(header: string | undefined, now: Date): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header.trim())) return Number(header);
  const at = header.trim().endsWith(" GMT") ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(at)) return undefined;
  return Math.max(0, Math.ceil((at - now.getTime()) / 1000));
}
