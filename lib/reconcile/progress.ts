/**
 * Where a task that runs on a schedule has come to, in the table RepairProgress. The task is leased to one run at a time
 * (lib/lease), so that two runs at once cannot put each other back (R5). It never ends, so it is never finished: a run
 * saves its place and releases the task.
 */
import { getItem } from "../aws/dynamodb.ts";
import type { TimeLimit } from "../call-context.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { abandonLease, takeLeaseAsIs, writeAsOwner } from "../lease/lease.ts";

/** Of a task whose progress somebody has written by hand. */
const IS_NOT_HELD = "attribute_not_exists(leaseUntil)";

export type Task = "reconcile-events" | "check-drift";

export interface HeldTask {
  /** What `save` was given last, by this run or an earlier one; undefined before the first. */
  readonly progress: unknown;
  /** Throws SERVICE_UNAVAILABLE when the lease ran out and another run has the task now. */
  save(progress: object): Promise<void>;
  /** Lets the next run begin before the lease has ended. Never throws: the lease ends by itself. */
  release(): Promise<void>;
}

/** Takes the task until `deadline` (Unix milliseconds); undefined while another run has it. */
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
