/** How long the items of each table are kept, as docs/storage.md says. Pure. */
import { ARCHIVE_MARGIN_DAYS, ARCHIVED_AFTER_DAYS } from "../../lib/audit/retention.ts";
import { DEFAULT_RETENTION_DAYS } from "../../resources/grants.ts";
import type { Table } from "../../resources/tables.ts";

export const DAYS_PER_MONTH = 365 / 12;
export const HOURS_PER_MONTH = 24 * DAYS_PER_MONTH;

/** DynamoDB deletes an expired item within days, and bills it until then. */
const REMOVAL_DAYS = 2;

/** What is kept permanently is billed for its first year. */
export const PERMANENT_DAYS = 365;

const AUDIT_DAYS = Number(DEFAULT_RETENTION_DAYS);

const DAYS: Readonly<Record<Table, number | "permanent">> = {
  idempotencyKeys: 1,
  usageCounters: 2,
  customers: "permanent",
  stripeEvents: 90,
  stripeObjects: "permanent",
  eventWaits: 1,
  sentMails: 180,
  repairProgress: "permanent",
  subscriptionClaims: 1,
  usageRecords: 400,
  failedPayments: 180,
  workflowRuns: 90,
  endpoints: "permanent",
  notificationDeliveries: 30,
  approvals: 90,
  apiKeys: "permanent",
  auditLog: AUDIT_DAYS,
};

export const isPermanent = (table: Table) => DAYS[table] === "permanent";

/** For how many months the table has an item, at most `PERMANENT_DAYS`. */
export function monthsInTable(table: Table): number {
  const days = DAYS[table];
  return (days === "permanent" ? PERMANENT_DAYS : days + REMOVAL_DAYS) / DAYS_PER_MONTH;
}

/** For how many months an entry of the audit log is in its table, and after that only in the archive. */
export const MONTHS_OF_ENTRIES = {
  inTable: (ARCHIVED_AFTER_DAYS + ARCHIVE_MARGIN_DAYS + REMOVAL_DAYS) / DAYS_PER_MONTH,
  /** Both have it for the margin. Its lifecycle rule deletes a file a day after its lock has ended. */
  inArchive: (AUDIT_DAYS - ARCHIVED_AFTER_DAYS + 1) / DAYS_PER_MONTH,
} as const;
