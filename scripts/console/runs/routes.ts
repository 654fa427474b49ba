/** Runs: their list, one of them, the form that starts one, and what can be done to them. */
import { inputDescriptions } from "../../../lib/compiler/workflow/infer-input.ts";
import { isProblemCode, Problem } from "../../../lib/errors.ts";
import { present } from "../../../lib/present.ts";
import { fieldsOf, textOf } from "../../../lib/untrusted.ts";
import { listParameters } from "../../../lib/workflow/list-parameters.ts";
import { pageOfRuns } from "../../../lib/workflow/run-pages.ts";
import { ROW_STATES, type RunRow, readRow } from "../../../lib/workflow/run-row.ts";
import type { StackSettings } from "../../../local/settings.ts";
import type { PolicyProject } from "../../policy/project.ts";
import { selectStateMachines } from "../../target.ts";
import type { ConsoleContext, ConsoleRequest, Route } from "../server/route.ts";
import { type ActionResult, changeRunByApi, startByApi, startCommand } from "./actions.ts";
import { type FormField, formOf } from "./form.ts";
import { type RunGraph, runGraph } from "./run-graph.ts";
import { type RunView, readRunView } from "./run-view.ts";
import { currentProject } from "./sources.ts";

export interface RunList {
  readonly workflowIds: readonly string[];
  readonly statuses: readonly string[];
  readonly runs: readonly ListedRun[];
  /** `after` of the next page; left out on the last one. */
  readonly next?: string;
  readonly readAgainMs: number;
}

export type ListedRun = Omit<RunRow, "owner"> & { readonly startedBy: string; readonly durationMs: number };

export interface RunCounts {
  readonly counts: readonly { readonly status: string; readonly count: number; readonly isMore: boolean }[];
}

export interface StartForm {
  readonly workflowId: string;
  readonly version: string;
  readonly fields: readonly FormField[];
  /** What a run without a failure and with one would do. */
  readonly graph: RunGraph;
  readonly capabilities: Readonly<Record<string, string>>;
  /** Without the key and the input. */
  readonly command: string;
  /** False on a deployed stage: the console has no API key. */
  readonly canStart: boolean;
}

/** More are counted as more. */
const MOST_COUNTED = 100;
const PAGE = "50";

export const runRoutes: readonly Route[] = [
  { method: "GET", path: "/console/api/runs", respond: listed },
  { method: "GET", path: "/console/api/runs/:runId", respond: shown },
  {
    method: "POST",
    path: "/console/api/runs/:runId/cancel",
    does: "Cancels the run",
    respond: changed("cancel"),
  },
  {
    method: "POST",
    path: "/console/api/runs/:runId/retry",
    does: "Goes on from the step of the run that failed",
    respond: changed("retry"),
  },
  { method: "GET", path: "/console/api/run-counts", respond: counted },
  { method: "GET", path: "/console/api/workflows/:workflowId/form", respond: startForm },
  {
    method: "POST",
    path: "/console/api/workflows/:workflowId/start",
    does: "Starts a run of the workflow",
    respond: started,
  },
];

async function listed({ query }: ConsoleRequest, context: ConsoleContext): Promise<RunList> {
  const known = workflowIdsOf(currentProject());
  const now = (await context.now()).getTime();
  const { rows, next } = await pageOfRuns(
    wantedWorkflows(known, query),
    undefined,
    listParameters({
      limit: PAGE,
      ...present({ status: query.get("status") ?? undefined, after: query.get("after") ?? undefined }),
    }),
  );
  return {
    workflowIds: known,
    statuses: ROW_STATES,
    runs: rows.map(({ owner, ...row }) => ({
      ...row,
      startedBy: owner.id,
      durationMs: (row.endedAt === undefined ? now : Date.parse(row.endedAt)) - Date.parse(row.startedAt),
    })),
    ...present({ next }),
    readAgainMs: context.local === undefined ? 10_000 : 1_500,
  };
}

async function counted({ query }: ConsoleRequest): Promise<RunCounts> {
  const wanted = wantedWorkflows(workflowIdsOf(currentProject()), query);
  const counts = ROW_STATES.map(async (status) => {
    const { rows, next } = await pageOfRuns(wanted, undefined, { status, limit: MOST_COUNTED });
    return { status, count: rows.length, isMore: next !== undefined };
  });
  return { counts: await Promise.all(counts) };
}

const workflowIdsOf = ({ sources }: PolicyProject) => sources.workflows.map(({ workflowId }) => workflowId);

function wantedWorkflows(known: readonly string[], query: URLSearchParams): readonly string[] {
  const workflow = query.get("workflow");
  if (workflow === null) return known;
  if (!known.includes(workflow)) throw new Problem("BAD_REQUEST", `workflow is one of ${known.join(", ")}`);
  return [workflow];
}

let selected: Promise<void> | undefined;

/** Once: a page that follows a run asks every few seconds. Throws SERVICE_UNAVAILABLE. */
async function stateMachines({ target }: ConsoleContext): Promise<void> {
  selected ??= selectStateMachines(target);
  try {
    await selected;
  } catch (thrown) {
    selected = undefined;
    throw thrown;
  }
}

async function shown({ parameters }: ConsoleRequest, context: ConsoleContext): Promise<RunView> {
  await stateMachines(context);
  return readRunView(parameters.runId ?? "", currentProject().sources.workflows, context);
}

function changed(action: "cancel" | "retry"): Route["respond"] {
  return async ({ parameters }, context): Promise<object> => {
    const local = localStack(context);
    const row = await readRow(parameters.runId ?? "");
    if (row === undefined) throw new Problem("NOT_FOUND", `There is no run ${parameters.runId}`);
    const result = await changeRunByApi(row, action, local);
    if (!result.done)
      throw new Problem(isProblemCode(result.code) ? result.code : "BAD_GATEWAY", result.message);
    return result.body;
  };
}

function startForm({ parameters }: ConsoleRequest, context: ConsoleContext): StartForm {
  const project = currentProject();
  const workflow = workflowOf(project, parameters.workflowId);
  const { workflowId, version, steps } = workflow;
  const contracts = new Map(project.sources.contracts.map((contract) => [contract.capabilityId, contract]));
  return {
    workflowId,
    version,
    fields: formOf(project.schemaOf(workflowId, "start"), inputDescriptions(workflow, contracts)),
    graph: runGraph(
      workflow,
      steps.map(({ id, capability }) => ({ id, capability, state: "pending", attempts: [] })),
    ),
    capabilities: Object.fromEntries(steps.map(({ id, capability }) => [id, capability])),
    command: startCommand(workflowId, context),
    canStart: context.local !== undefined,
  };
}

async function started({ parameters, body }: ConsoleRequest, context: ConsoleContext): Promise<ActionResult> {
  const { workflowId } = workflowOf(currentProject(), parameters.workflowId);
  const { key, input } = fieldsOf(body);
  return startByApi(workflowId, { input, key: textOf(key) ?? "" }, localStack(context));
}

function workflowOf({ sources }: PolicyProject, wanted: string | undefined) {
  const workflow = sources.workflows.find(({ workflowId }) => workflowId === wanted);
  if (workflow === undefined) throw new Problem("NOT_FOUND", `There is no workflow ${wanted}`);
  return workflow;
}

function localStack({ local }: ConsoleContext): StackSettings {
  if (local !== undefined) return local;
  throw new Problem("PRECONDITION_FAILED", "The console has no API key of this stage: use the command");
}
