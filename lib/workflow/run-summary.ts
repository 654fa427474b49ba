/** What the table WorkflowRuns says of a run; the run's own document has its steps and its output. Pure. */
import { present } from "../present.ts";
import type { RunRow } from "./run-row.ts";
import type { RunDocument } from "./run-status.ts";

export type RunSummary = Omit<RunDocument, "steps" | "output">;

export const summaryOf = ({
  runId,
  workflowId,
  version,
  status,
  startedAt,
  endedAt,
  error,
}: RunRow): RunSummary => ({
  ...{ runId, workflowId, version, status, startedAt },
  ...present({ endedAt, error }),
});
