/** Lists the runs of a workflow from the table WorkflowRuns, newest first. */
import { CallRecord } from "../audit/call-record.ts";
import { type Item, queryItems } from "../aws/dynamodb.ts";
import type { CallContext } from "../call-context.ts";
import { enforcePolicy, policyQuery } from "../capability/enforce-policy.ts";
import { env } from "../env.ts";
import { asProblem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { Policy } from "../policy/decide.ts";
import { maskFields } from "../policy/mask-fields.ts";
import { present } from "../present.ts";
import type { CompiledWorkflow } from "./compiled-workflow.ts";
import { workflowNamed } from "./find-workflow.ts";
import { type ListParameters, listParameters, writeCursor } from "./list-parameters.ts";
import {
  isOwner,
  listOfOwner,
  listOfWorkflow,
  placeOf,
  ROW_STATES,
  type RowState,
  type RunRow,
  rowOf,
} from "./run-row.ts";
import { summaryOf } from "./run-summary.ts";

export interface ListRunsRequest extends CallContext {
  readonly workflowId: string;
  readonly principal: Principal;
  /** Of the query string, unchanged. */
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly ipAddress?: string;
}

export interface RunPage {
  readonly items: readonly object[];
  /** `after` for the next page; left out on the last one. */
  readonly next?: string;
}

/**
 * A page of the principal's own runs; of all runs, if it may also read those of others. Throws NOT_FOUND for an unknown
 * workflow, FORBIDDEN if the principal may not read any, and VALIDATION_FAILED for wrong parameters. Only a refused attempt is
 * kept in the audit log.
 */
export async function listRuns(
  workflows: Readonly<Record<string, CompiledWorkflow>>,
  policy: Policy,
  request: ListRunsRequest,
): Promise<RunPage> {
  const { workflowId, version } = workflowNamed(workflows, request.workflowId);
  const record = new CallRecord({
    ...request,
    eventType: "workflow.read",
    resource: { type: "workflow", id: workflowId, version },
    action: "read",
  });
  try {
    const { principal } = request;
    const query = policyQuery(request, { resource: workflowId, action: "read", input: {} });
    const own = enforcePolicy(policy, query, record);
    const others = policy.decide({ ...query, action: "read-others" });
    const parameters = listParameters(request.parameters);
    const seesAll = others.decision !== "DENY";
    const { rows, next } = await pageOf(workflowId, seesAll ? undefined : principal, parameters);
    record.writeLogLine("succeeded");
    return {
      items: rows.map((row) =>
        maskFields(summaryOf(row), (isOwner(row.owner, principal) ? own : others).redactFields),
      ),
      ...present({ next }),
    };
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** The next runs of all wanted statuses, merged by their places. `owner`: whose runs; everybody's if it is left out. */
async function pageOf(
  workflowId: string,
  owner: Principal | undefined,
  { status, limit, after }: ListParameters,
): Promise<{ readonly rows: readonly RunRow[]; readonly next?: string }> {
  const statuses = status === undefined ? ROW_STATES : [status];
  // One more than the page has, to know whether another page follows.
  const lists = statuses.map((each) => rowsBefore(workflowId, owner, each, after, limit + 1));
  const found = (await Promise.all(lists)).flat().sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  // An index follows the table a moment later: a run that has just ended can be in two lists.
  const rows = found.filter(({ runId }, at) => found[at - 1]?.runId !== runId).slice(0, limit);
  const last = rows.at(-1);
  return {
    rows,
    ...(found.length > limit && last !== undefined ? { next: writeCursor(placeOf(last)) } : {}),
  };
}

/** At most `count` rows of one status, from the one before `after`, newest first. */
async function rowsBefore(
  workflowId: string,
  owner: Principal | undefined,
  status: RowState,
  after: string | undefined,
  count: number,
): Promise<RunRow[]> {
  const [index, hash, list] =
    owner === undefined
      ? ["by-workflow", "ofWorkflow", listOfWorkflow(workflowId, status)]
      : ["by-owner", "ofOwner", listOfOwner(workflowId, status, owner.id)];
  const rows: RunRow[] = [];
  let from: Item | undefined;
  do {
    const page = await queryItems(env("WORKFLOW_RUNS_TABLE"), {
      index,
      descending: true,
      limit: count,
      key: {
        expression: after === undefined ? `${hash} = :list` : `${hash} = :list AND place < :after`,
        values: { ":list": list, ...present({ ":after": after }) },
      },
      ...present({ after: from }),
    });
    // A principal that acts for one customer sees only the runs that it has started for that customer.
    rows.push(...page.items.map(rowOf).filter((row) => owner === undefined || isOwner(row.owner, owner)));
    from = page.next;
  } while (from !== undefined && rows.length < count);
  return rows.slice(0, count);
}
