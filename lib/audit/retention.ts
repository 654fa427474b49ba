/** How long the audit log is kept, and where: first in its table, then, if the archive is on, in S3 (docs/audit.md). */
import { env } from "../env.ts";
import { present } from "../present.ts";
import { expiryOf } from "./stored-entry.ts";

/** A day is copied to the archive when it ended this many days ago. */
export const ARCHIVED_AFTER_DAYS = 90;
/** For so many days more, its entries and heads are in the table too: that long the archive may be behind. */
export const ARCHIVE_MARGIN_DAYS = 30;

/** Of everything that a writer stores, in Unix seconds. */
export interface Lifetime {
  /** From then on, TTL can remove entries and heads from the table. */
  readonly expiresAt: number;
  /** Until then, the log has them, in the archive; left out if that is `expiresAt`. Links stay in the table until then. */
  readonly keptUntil?: number;
}

/**
 * The lifetime of what is written on `day`. Throws an Error for a wrong AUDIT_RETENTION_DAYS or AUDIT_ARCHIVE. An archive would
 * have nothing to keep if the retention is hardly longer than what is in the table anyway.
 */
export function lifetimeOf(day: string): Lifetime {
  const days = retentionDays();
  const tableDays = ARCHIVED_AFTER_DAYS + ARCHIVE_MARGIN_DAYS;
  const isArchived = archiveIsOn() && days > tableDays;
  return {
    expiresAt: expiryOf(day, isArchived ? tableDays : days),
    ...present({ keptUntil: isArchived ? expiryOf(day, days) : undefined }),
  };
}

function archiveIsOn(): boolean {
  const text = env("AUDIT_ARCHIVE");
  if (text !== "on" && text !== "off") throw new Error(`AUDIT_ARCHIVE is "${text}"; it must be on or off.`);
  return text === "on";
}

function retentionDays(): number {
  const text = env("AUDIT_RETENTION_DAYS");
  const days = Number(text);
  if (!Number.isInteger(days) || days < 1 || days > 36_500) {
    throw new Error(`AUDIT_RETENTION_DAYS is "${text}"; it must be a whole number of days from 1 to 36500.`);
  }
  return days;
}
