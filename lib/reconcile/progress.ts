/**
 * Where a task that runs on a schedule has come to, in the table RepairProgress. A run holds the task by an owner token
 * and a lease, so that two runs at once cannot put each other back.
 */
import { randomUUID } from "node:crypto";
import { getItem, updateItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";

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
export async function holdTask(task: Task, deadline: number): Promise<HeldTask | undefined> {
  const table = env("REPAIR_PROGRESS_TABLE");
  const owner = randomUUID();
  const isHeld = await updateItem(table, { task }, "SET #owner = :owner, leaseUntil = :deadline", {
    expression: "attribute_not_exists(leaseUntil) OR leaseUntil <= :now",
    names: { "#owner": "owner" },
    values: { ":owner": owner, ":deadline": deadline, ":now": Date.now() },
  });
  if (!isHeld) return undefined;
  const update = (expression: string, values: Record<string, unknown>) =>
    updateItem(table, { task }, expression, {
      expression: "#owner = :owner",
      names: { "#owner": "owner" },
      values: { ...values, ":owner": owner },
    });
  return {
    progress: (await getItem(table, { task }))?.progress,
    async save(progress) {
      const values = { ":progress": progress, ":now": new Date().toISOString() };
      if (await update("SET progress = :progress, savedAt = :now", values)) return;
      throw new Problem("SERVICE_UNAVAILABLE", `Another run has taken ${task} over`);
    },
    async release() {
      await update("SET leaseUntil = :over", { ":over": 0 }).catch(() => false);
    },
  };
}
