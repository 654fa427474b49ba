/**
 * Archives every day that is due, the oldest first, and sees to it that nothing expires before it is archived: if a day is
 * about to leave the table and is not in the archive, TTL is turned off for the whole table. Only a person turns it on again
 * (docs/operations.md).
 */
import { stopExpiry } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { asProblem, type Problem } from "../errors.ts";
import { present } from "../present.ts";
import { fieldOf, textOf } from "../untrusted.ts";
import { archiveDay } from "./archive-day.ts";
import { auditKeys, currentAuditKey } from "./audit-key.ts";
import { ARCHIVE_MARGIN_DAYS, ARCHIVED_AFTER_DAYS } from "./retention.ts";
import { dayOf } from "./stored-entry.ts";

const DAY_MS = 24 * 60 * 60 * 1000;
/** Half of the margin: the other half is left for a person, if TTL cannot be turned off either. */
const STOPS_EXPIRY_AFTER_DAYS = ARCHIVED_AFTER_DAYS + ARCHIVE_MARGIN_DAYS / 2;

/** Where the archive's progress is kept. */
export interface ArchiveTask {
  /** `{ until }`: the last day that is archived together with all days before it. */
  readonly progress: unknown;
  save(progress: { readonly until: string }): Promise<void>;
}

export interface ArchiveReport {
  /** How many days were archived now. */
  readonly days: number;
  /** Entries and heads in them. */
  readonly items: number;
  /** How many days are due and not archived. */
  readonly waiting: number;
  /** Whether TTL is off now, because the oldest of them would soon have expired. */
  readonly stoppedExpiry: boolean;
  /** Why the oldest of them could not be archived; left out if nothing failed. */
  readonly problem?: Problem;
}

/**
 * Archives until all due days are archived, one of them fails, or the time ends. The first run of a stage goes back as far as
 * it can without turning TTL off if it fails: nothing that can expire early is older. Throws SERVICE_UNAVAILABLE if the table or the progress fails.
 */
export async function archiveDueDays(
  task: ArchiveTask,
  limit: TimeLimit,
  appSecrets: readonly string[],
): Promise<ArchiveReport> {
  const options = { ...limit, key: currentAuditKey(appSecrets), keys: auditKeys(appSecrets) };
  const due = await dueDays(task, limit.now());
  let days = 0;
  let items = 0;
  let problem: Problem | undefined;
  try {
    for (const day of due) {
      const manifest = await archiveDay(day, options);
      if (manifest === undefined) break;
      await task.save({ until: day });
      days += 1;
      items += manifest.parts.reduce((sum, part) => sum + part.items, 0);
    }
  } catch (thrown) {
    problem = asProblem(thrown);
  }
  const oldest = due[days];
  let stoppedExpiry = false;
  if (oldest !== undefined && oldest < daysBefore(limit.now(), STOPS_EXPIRY_AFTER_DAYS)) {
    try {
      await stopExpiry(env("AUDIT_LOG_TABLE"));
      stoppedExpiry = true;
    } catch (thrown) {
      problem = asProblem(thrown);
    }
  }
  return { days, items, waiting: due.length - days, stoppedExpiry, ...present({ problem }) };
}

/** The days that are due and not archived, the oldest first. */
async function dueDays({ progress, save }: ArchiveTask, now: Date): Promise<string[]> {
  const last = daysBefore(now, ARCHIVED_AFTER_DAYS + 1);
  let until = textOf(fieldOf(progress, "until"));
  if (until === undefined || !/^\d{4}-\d\d-\d\d$/.test(until)) {
    until = daysBefore(now, STOPS_EXPIRY_AFTER_DAYS - 1);
    await save({ until });
  }
  const days: string[] = [];
  for (let time = Date.parse(until) + DAY_MS; dayOf(new Date(time)) <= last; time += DAY_MS) {
    days.push(dayOf(new Date(time)));
  }
  return days;
}

const daysBefore = (now: Date, days: number) => dayOf(new Date(now.getTime() - days * DAY_MS));
