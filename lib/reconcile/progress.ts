/**
 * The progress of a scheduled task, in the table RepairProgress. The task is leased to one run at a time (lib/lease),
 * so that concurrent runs cannot set each other back (R5). A task never ends, so its lease is never finished: a run
 * saves its place and releases the task.
 */
import { getItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { abandonLease, takeLeaseAsIs, writeAsOwner } from "../lease/lease.ts";

/** True for a task whose progress somebody wrote by hand. */
const IS_NOT_HELD = "attribute_not_exists(leaseUntil)";

export type Task =
  | "reconcile-events"
  | "check-drift"
  | "report-expiring-cards"
  | "archive-audit"
  | "check-endpoints";

export interface HeldTask {
  /** The progress saved last, by an earlier run; undefined before the first. */
  readonly progress: unknown;
  /** Throws SERVICE_UNAVAILABLE if the lease expired and another run has taken the task over. */
  save(progress: object): Promise<void>;
  /** Lets the next run begin before the lease ends. Never throws: the lease ends by itself. */
  release(): Promise<void>;
}

/** Leases the task until `deadline` (Unix milliseconds); undefined while another run has it. */
export async function holdTask(task: Task, { deadline, now }: TimeLimit): Promise<HeldTask | undefined> {
  const take = await takeLeaseAsIs(
    { table: env("REPAIR_PROGRESS_TABLE"), keyName: "task", id: task },
    { now: now(), leaseUntil: deadline, isFree: { expression: IS_NOT_HELD } },
  );
  if (take.kind === "refused") return undefined;
  const { lease } = take;
  return {
    progress: (await getItem(env("REPAIR_PROGRESS_TABLE"), { task }))?.progress,
    async save(progress) {
      if (await writeAsOwner(lease, { progress, savedAt: now().toISOString() })) return;
      throw new Problem("SERVICE_UNAVAILABLE", `Another run has taken ${task} over`);
    },
    async release() {
      await abandonLease(lease).catch(() => false);
    },
  };
}
