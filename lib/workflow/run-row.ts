/**
 * What the table WorkflowRuns has of a run. Step Functions decides what happens to a run; the table follows it, so that runs can
 * be listed and read without asking Step Functions. A row is written by the functions that start, cancel and retry a run, and
 * by the one that Step Functions tells about every change. They can be late or come twice, so a row only moves forward:
 *
 *   execution 1:  running -> completed, failed or cancelled  ->  execution 2:  running -> ...
 */
import type { Item } from "../aws/dynamodb.ts";
import { getItem, putItem } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { isProblemCode } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import { present } from "../present.ts";
import { fieldsOf, numberOf, textOf } from "../untrusted.ts";
import type { TaskError } from "./task-error.ts";

/** The statuses by which runs are listed. */
export const ROW_STATES = ["running", "completed", "failed", "cancelled"] as const;
export type RowState = (typeof ROW_STATES)[number];

/** The principal that started the run. */
export type RunOwner = Pick<Principal, "id" | "customerId">;

export interface RunRow {
  readonly runId: string;
  readonly workflowId: string;
  readonly version: string;
  readonly owner: RunOwner;
  /** The number of the run's latest execution, from 1. */
  readonly execution: number;
  readonly status: RowState;
  /** UTC, ISO 8601. */
  readonly startedAt: string;
  readonly endedAt?: string;
  readonly error?: TaskError;
}

/**
 * Whether a run of this owner is the principal's own. A principal that acts for one customer has only the runs that it started
 * for that customer.
 */
export function isOwner(owner: RunOwner, principal: RunOwner): boolean {
  if (owner.id !== principal.id) return false;
  return principal.customerId === undefined || principal.customerId === owner.customerId;
}

const DAY_SECONDS = 24 * 60 * 60;
/** As long as Step Functions keeps an execution after its end. */
const KEPT_DAYS = 90;
/** The longest that an execution can take. */
const LONGEST_DAYS = 366;

const IS_NEW = "attribute_not_exists(runId)";
const IS_LATER_EXECUTION = "execution < :execution";
const IS_NOT_EARLIER = "execution <= :execution";

/** Where a run is in a list: all runs of a workflow with one status, or those that one principal has started. */
export const listOfWorkflow = (workflowId: string, status: RowState) => `${workflowId}#${status}`;
export const listOfOwner = (workflowId: string, status: RowState, ownerId: string) =>
  `${listOfWorkflow(workflowId, status)}#${ownerId}`;

/** The place of a run in a list: later runs come after earlier ones. */
export const placeOf = ({ startedAt, runId }: Pick<RunRow, "startedAt" | "runId">) => `${startedAt} ${runId}`;

/** What is recorded of the run; undefined if nothing is. Throws SERVICE_UNAVAILABLE. */
export async function readRow(runId: string): Promise<RunRow | undefined> {
  const item = await getItem(env("WORKFLOW_RUNS_TABLE"), { runId });
  return item === undefined ? undefined : rowOf(item);
}

/**
 * Records the run, unless more is recorded already: a later execution, or the end of this one. Returns whether it was written.
 * The end of an execution is final, so it also replaces what was recorded of it before. Throws SERVICE_UNAVAILABLE.
 */
export function writeRow(row: RunRow, now: Date): Promise<boolean> {
  const condition = row.status === "running" ? IS_LATER_EXECUTION : IS_NOT_EARLIER;
  return putItem(env("WORKFLOW_RUNS_TABLE"), itemOf(row, now), {
    expression: `${IS_NEW} OR ${condition}`,
    values: { ":execution": row.execution },
  });
}

function itemOf(row: RunRow, now: Date): Item {
  const { owner, status, workflowId, ...rest } = row;
  const keptDays = status === "running" ? LONGEST_DAYS + KEPT_DAYS : KEPT_DAYS;
  return {
    ...rest,
    workflowId,
    status,
    ownerId: owner.id,
    ...present({ customerId: owner.customerId }),
    ofWorkflow: listOfWorkflow(workflowId, status),
    ofOwner: listOfOwner(workflowId, status, owner.id),
    place: placeOf(row),
    expiresAt: Math.floor(now.getTime() / 1000) + keptDays * DAY_SECONDS,
  };
}

/** The row in an item of the table or of one of its indexes. */
export function rowOf(item: Item): RunRow {
  const text = (name: string) => textOf(item[name]) ?? "";
  return {
    runId: text("runId"),
    workflowId: text("workflowId"),
    version: text("version"),
    owner: { id: text("ownerId"), ...present({ customerId: textOf(item.customerId) }) },
    execution: numberOf(item.execution) ?? 1,
    status: ROW_STATES.find((state) => state === item.status) ?? "failed",
    startedAt: text("startedAt"),
    ...present({ endedAt: textOf(item.endedAt), error: errorOf(item.error) }),
  };
}

function errorOf(value: unknown): TaskError | undefined {
  const { code, message, step, declineCode } = fieldsOf(value);
  if (!isProblemCode(code)) return undefined;
  return {
    code,
    message: textOf(message) ?? "",
    ...present({ step: textOf(step), declineCode: textOf(declineCode) }),
  };
}
