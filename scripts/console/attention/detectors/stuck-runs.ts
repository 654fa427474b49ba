import { queryItems } from "../../../../lib/aws/dynamodb.ts";
import { env } from "../../../../lib/env.ts";
import { listOfWorkflow, rowOf } from "../../../../lib/workflow/run-row.ts";
import { type Detector, evidenceOf } from "../finding.ts";
import { workflowIds } from "../workflow-ids.ts";

/** Runs that a person or a payer has to finish take longer than the steps of a run. */
const LONG_MS = 15 * 60 * 1000;
const DAY_MS = 24 * 60 * 60 * 1000;
const MOST = 20;

/** Runs that have not moved for a quarter of an hour, and those of the last day that failed. */
export const stuckRuns: Detector = {
  looksFor: "runs that are stuck",
  detect: async ({ journal, now }) => {
    const rows = await Promise.all(
      workflowIds().flatMap((workflowId) => [rowsOf(workflowId, "running"), rowsOf(workflowId, "failed")]),
    );
    return rows.flat().flatMap(({ runId, workflowId, status, startedAt, endedAt, error }) => {
      const entries = journal.about(runId).toReversed();
      const lastMoved = Math.max(Date.parse(endedAt ?? startedAt), entries[0]?.at ?? 0);
      const idleMs = now.getTime() - lastMoved;
      const isMatter = status === "failed" ? idleMs < DAY_MS : idleMs > LONG_MS;
      if (!isMatter) return [];
      const path = `$API_URL/api/workflows/${workflowId}/runs/${runId}`;
      return {
        id: `stuck-runs:${runId}`,
        title:
          status === "failed"
            ? `A run of ${workflowId} has failed`
            : `A run of ${workflowId} has not moved for ${Math.floor(idleMs / 60_000)} minutes`,
        cause:
          error === undefined
            ? "It waits: for an event at Stripe, for a payer, or for the next try of a step. Its page says for what, and until when."
            : `The step ${error.step ?? "before its first one"} failed with ${error.code}: ${error.message}`,
        ...evidenceOf(entries),
        since: lastMoved,
        ids: [runId],
        repairs: [
          { does: "See the run", command: curl("GET", path) },
          status === "failed"
            ? { does: "Go on from the failed step", command: curl("POST", `${path}/retry`) }
            : { does: "End it, if nobody will finish it", command: curl("POST", `${path}/cancel`) },
          {
            does: "Deliver what may have been lost while it waits",
            command: "npm run events -- reconcile --since 1h",
          },
        ],
      };
    });
  },
};

async function rowsOf(workflowId: string, status: "running" | "failed") {
  const { items } = await queryItems(env("WORKFLOW_RUNS_TABLE"), {
    index: "by-workflow",
    key: {
      expression: "ofWorkflow = :list",
      values: { ":list": listOfWorkflow(workflowId, status) },
    },
    limit: MOST,
    descending: true,
  });
  return items.map(rowOf);
}

const curl = (method: string, path: string) =>
  `curl -s -X ${method} ${path} -H "Authorization: Bearer $API_KEY"`;
