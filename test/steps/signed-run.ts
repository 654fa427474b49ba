/** The data of a run as start-workflow-run writes it, for tests that invoke a step without Step Functions. */
import type { Principal } from "../../lib/identity/principal.ts";
import { sealInput } from "../../lib/sealing/sealed-tree.ts";
import { createSealer } from "../../lib/sealing/sealing.ts";
import type { TaskEvent } from "../../lib/transport/task-event.ts";
import type { PlannedStep } from "../../lib/workflow/compiled-workflow.ts";
import { type RunHead, signedRun } from "../../lib/workflow/run-data.ts";
import { inputContext, sealPrincipal } from "../../lib/workflow/run-sealing.ts";

export interface GivenRun {
  readonly runId: string;
  readonly principal: Principal;
  readonly plan: Readonly<Record<string, PlannedStep>>;
  readonly input: Readonly<Record<string, unknown>>;
  /** Parts of the head to replace before it is signed. */
  readonly head?: Partial<RunHead>;
}

/** What Step Functions carries from state to state: `{run, input, steps: {}}`, signed with the APP_SECRET of this process. */
export function runData(given: GivenRun) {
  const { runId, principal } = given;
  const secrets = (process.env.APP_SECRET ?? "").split(",");
  const sealer = createSealer(secrets);
  const head: RunHead = {
    workflowId: "pay",
    version: "1.0.0",
    principalId: principal.id,
    principal: sealPrincipal(principal, sealer, runId),
    requestId: "request-of-the-test",
    endsBy: new Date(Date.now() + 3_600_000).toISOString(),
    plan: given.plan,
    ...given.head,
  };
  const sealed = sealInput(given.input, sealer, inputContext(runId));
  return asJson<{
    readonly run: RunHead & { readonly mac: string };
    readonly input: Readonly<Record<string, unknown>>;
    readonly steps: Readonly<Record<string, { readonly output: unknown; readonly mac: string }>>;
    readonly error?: { readonly Error: string; readonly Cause: string };
  }>(signedRun(runId, head, sealed, secrets));
}

/** The event that the state of a step sends to the function of its capability. */
export const taskOf = (runId: string, step: string, capability: string, scope: unknown): TaskEvent => ({
  task: { step, capability },
  runId,
  scope: asJson(scope),
});

/** The value as it arrives through JSON; the caller knows its shape. */
function asJson<T>(value: unknown): T {
  return JSON.parse(JSON.stringify(value));
}
