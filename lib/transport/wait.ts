/**
 * The transport of steps that wait for an event. The state of such a step invokes this function with a task token, and goes on
 * when the token is sent back: by this function if the event has arrived before, else by the event's consumer.
 */
import type { Context } from "aws-lambda";
import { asProblem, Problem } from "../errors.ts";
import { logCall } from "../log.ts";
import { present } from "../present.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { startUp } from "../start-up.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { textOf } from "../untrusted.ts";
import { beginWait } from "../waits/begin-wait.ts";
import { checkedWait } from "../waits/wait.ts";
import { resolve } from "../workflow/interpolation.ts";
import { believedTask } from "../workflow/run-data.ts";
import { openPrincipal } from "../workflow/run-sealing.ts";
import { lambdaCall } from "./lambda-call.ts";
import { claimedTask, logRefusal, openedScope, type TaskEvent, TaskFailure } from "./task-event.ts";

/** What the state of a waiting step sends: see lib/compiler/workflow/compile.ts. */
export interface WaitEvent extends TaskEvent {
  readonly token: string;
}

/** A Lambda handler that begins waits. It throws if the wait could not begin; Step Functions then tries again. */
export function waitHandler(
  capability: string,
): (event: WaitEvent, context: Context) => Promise<{ readonly wait: string }> {
  startUp();
  return async (event, context) => {
    const claimed = claimedTask(event);
    const { runId, step } = claimed;
    const { requestId, now } = lambdaCall(context);
    let secrets: readonly string[] = [];
    try {
      secrets = await appSecrets();
      const sealer = createSealer(secrets);
      const task = believedTask({ ...claimed, capability }, secrets, now());
      const { timeoutMs, ...awaited } = checkedWait(resolve(task.template, openedScope(task, runId, sealer)));
      const { customerId } = openPrincipal(task.principal, sealer, runId);
      const token = textOf(event.token) ?? "";
      if (token === "") throw new Problem("INTERNAL_ERROR", "The task has no token");
      const waiting = { ...awaited, ...present({ customerId }), runId, step, token };
      const wait = await beginWait(waiting, { timeoutMs, now: now() }, secrets);
      const fields = { requestId, capabilityId: capability, runId, step, objectId: awaited.objectId };
      const subjects = { ...subjectsAmong(awaited.objectId, customerId), ...fields };
      logCall({ event: "wait.begun", ...subjects, result: wait, outcome: "succeeded" });
      return { wait };
    } catch (thrown) {
      const problem = asProblem(thrown);
      logRefusal(problem, requestId, claimed);
      throw new TaskFailure(problem, claimed, secrets);
    }
  };
}
