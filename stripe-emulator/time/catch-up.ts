import * as billing from "../billing/passing-time.ts";
import { expireQuotes, quoteTimes } from "../checkout/quote-status.ts";
import { expireSessions, sessionTimes } from "../checkout/settle-session.ts";
import { runSchedules, scheduleTimes } from "../schedules/run-schedule.ts";
import type { Context } from "../state/context.ts";
import { announceInvoices, noticeTimes } from "./upcoming-invoice.ts";

/**
 * Brings everything that has the context's clock up to its time. A schedule changes its subscription before the period
 * that begins at the same time is invoiced.
 */
export function catchUp(context: Context): void {
  runSchedules(context);
  billing.catchUp(context);
  announceInvoices(context);
  expireSessions(context);
  expireQuotes(context);
}

/** The first time after `now`, in unix seconds, at which something on the context's clock is due; undefined if nothing is. */
export function nextDue(context: Context, now: number): number | undefined {
  const times = [
    billing.nextDue(context, now),
    ...scheduleTimes(context),
    ...sessionTimes(context),
    ...quoteTimes(context),
    ...noticeTimes(context),
  ].filter((time) => time !== undefined && time > now);
  return times.length === 0 ? undefined : Math.min(...times.filter((time) => time !== undefined));
}
