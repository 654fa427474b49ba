import { executionChangeHandler } from "../../lib/transport/execution-change.ts";
import { recordExecution } from "../../lib/workflow/record-run.ts";

export const handler = executionChangeHandler("workflow.recorded", recordExecution);
