/** The query of `GET /api/workflows/{workflowId}/runs/{runId}`, from text. Pure. */
import { shownName } from "../contract/input-shape.ts";
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";

export interface ReadParameters {
  /** Whether the response has the run's steps and output. */
  readonly steps: boolean;
}

/** The parameters; by default with steps. Throws VALIDATION_FAILED with every wrong one. */
export function readParameters(given: Readonly<Record<string, string | undefined>>): ReadParameters {
  const issues = new IssueList();
  for (const name of Object.keys(given).filter((name) => name !== "steps"))
    issues.add(`query.${shownName(name)}`, "is not known; the only parameter is steps");
  if (given.steps !== undefined && given.steps !== "true" && given.steps !== "false")
    issues.add("query.steps", "must be true or false");
  if (!issues.isEmpty) throw invalidFields(issues);
  return { steps: given.steps !== "false" };
}
