import { invalidFields, type Problem } from "../errors.ts";
import type { FoundIssues } from "../issue-list.ts";

/** VALIDATION_FAILED for a mail's data; the paths of the issues start at the data's root. */
export function invalidData(found: FoundIssues): Problem {
  const issues = found.issues.map(({ path, message }) => ({
    path: path === "" ? "data" : `data.${path}`,
    message,
  }));
  return invalidFields({ ...found, issues });
}
