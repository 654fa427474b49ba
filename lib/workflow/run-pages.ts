/** Pages of the lists in the table WorkflowRuns, newest first. */
import { type Item, queryItems } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import type { Principal } from "../identity/principal.ts";
import { present } from "../present.ts";
import { type ListParameters, writeCursor } from "./list-parameters.ts";
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

export interface PageOfRuns {
  readonly rows: readonly RunRow[];
  /** `after` for the next page; left out on the last one. */
  readonly next?: string;
}

/**
 * The next runs of these workflows in all wanted statuses, merged by their places. `owner`: whose runs; everybody's if it is left
 * out. Throws SERVICE_UNAVAILABLE.
 */
export async function pageOfRuns(
  workflowIds: readonly string[],
  owner: Principal | undefined,
  { status, limit, after }: ListParameters,
): Promise<PageOfRuns> {
  const statuses = status === undefined ? ROW_STATES : [status];
  // One more than the page has, to know whether another page follows.
  const lists = workflowIds.flatMap((workflowId) =>
    statuses.map((each) => rowsBefore(workflowId, owner, each, after, limit + 1)),
  );
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
