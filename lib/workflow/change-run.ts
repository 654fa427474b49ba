/** The frame of a call that changes a run of somebody: who may do it, its audit entry and its log line. */
import { EffectRecord } from "../audit/effect-record.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { enforceUncounted } from "../capability/enforce-uncounted.ts";
import { asProblem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import type { PolicyQuery } from "../policy/policy.ts";
import { countUsage } from "../usage/usage-counters.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { type FoundRun, findRun, noSuchRun } from "./find-run.ts";
import { workflowNamed } from "./find-workflow.ts";
import { isOwner, type RowState, type RunRow } from "./run-row.ts";

export interface ChangeRunRequest extends CallContext {
  readonly workflowId: string;
  readonly runId: string;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

/** A run with an owner. */
export type OwnedRun = FoundRun & { readonly row: RunRow };

export interface ChangedRun {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  readonly status: RowState;
}

/** `replayed`: an earlier call has done it. */
export interface Change {
  readonly row: RunRow;
  readonly replayed: boolean;
}

const EVENT_TYPES = { cancel: "workflow.cancelled", retry: "workflow.retried" } as const;

/**
 * Makes the change that `change` describes, for the owner of the run or a principal that may change those of others. Throws
 * NOT_FOUND for an unknown workflow or run, or a run of another principal, FORBIDDEN, RATE_LIMITED, and what `change` throws.
 */
export async function changeRun(
  action: "cancel" | "retry",
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ChangeRunRequest,
  change: (run: OwnedRun, workflow: CompiledWorkflow) => Promise<Change>,
): Promise<ChangedRun> {
  const workflow = workflowNamed(workflows, request.workflowId);
  const { workflowId, version } = workflow;
  const record = new EffectRecord({
    ...request,
    eventType: EVENT_TYPES[action],
    resource: { type: "workflow", id: workflowId, version },
    action,
  });
  try {
    const query = policyQuery(request, { resource: workflowId, action, input: {} });
    await enforceUncounted(policy, query, record);
    const run = await changeableRun(policy, query, request, record);
    record.noteObjects([run.row.runId]);
    await record.begin();
    await refuseOveruse(policy, query, record);
    const { row, replayed } = await change(run, workflow);
    const changed = { runId: row.runId, workflowId, version: row.version, status: row.status };
    await record.end(replayed ? "replayed" : "succeeded", changed);
    record.writeLogLine(replayed ? "replayed" : "succeeded", { runId: row.runId, status: row.status });
    return changed;
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** A run that the principal may not change looks like an unknown one: the refusal does not show that it exists. */
async function changeableRun(
  policy: Policy,
  query: PolicyQuery,
  { workflowId, runId, principal, now }: ChangeRunRequest,
  record: EffectRecord,
): Promise<OwnedRun> {
  const found = await findRun(workflowId, runId, now());
  if (found?.row === undefined) throw noSuchRun(workflowId);
  const run = { ...found, row: found.row };
  if (isOwner(run.row.owner, principal)) return run;
  const decision = policy.decide({
    ...query,
    action: query.action === "cancel" ? "cancel-others" : "retry-others",
  });
  record.noteDecision(decision);
  if (decision.decision === "DENY") throw noSuchRun(workflowId);
  return run;
}

/** Counts the call, and throws the denial if it exceeds a limit. */
async function refuseOveruse(policy: Policy, query: PolicyQuery, record: EffectRecord): Promise<void> {
  const names = policy.usageRead(query);
  if (names.length === 0) return;
  const { usage } = await countUsage({
    names,
    principalId: query.principal.id,
    capability: query.resource,
    input: {},
    reservation: "",
    now: query.now,
  });
  enforcePolicy(policy, { ...query, usage }, record);
}
