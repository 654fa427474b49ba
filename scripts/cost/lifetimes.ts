/** How long the items of each table are kept, as docs/storage.md says. Pure. */
import type { Table } from "../../resources/tables.ts";

/** DynamoDB deletes an expired item within days, and bills it until then. */
const REMOVAL_DAYS = 2;

/** What is kept permanently is billed for its first year. */
export const PERMANENT_DAYS = 365;

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
  apiKeys: "permanent",
  auditLog: 400,
};

export const isPermanent = (table: Table) => DAYS[table] === "permanent";

/** For how many months the table has an item, at most `PERMANENT_DAYS`. */
export function monthsInTable(table: Table): number {
  const days = DAYS[table];
  return (days === "permanent" ? PERMANENT_DAYS : days + REMOVAL_DAYS) / DAYS_PER_MONTH;
}

export const DAYS_PER_MONTH = 365 / 12;
export const HOURS_PER_MONTH = 24 * DAYS_PER_MONTH;
