import { type FieldIssue, Problem } from "../errors.ts";

/** VALIDATION_FAILED for a mail's data; the paths of the issues start at the data's root. */
export function invalidData(issuesOfData: readonly FieldIssue[]): Problem {
  const issues = issuesOfData.map(({ path, message }) => ({
    path: path === "" ? "data" : `data.${path}`,
    message,
  }));
  const detail = issues.map(({ path, message }) => `${path} ${message}`).join("; ");
  return new Problem("VALIDATION_FAILED", detail, { issues });
}
