/** The query of `GET /api/workflows/{workflowId}/runs`, from text. Pure. */
import { shownName } from "../contract/input-shape.ts";
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";
import { present } from "../present.ts";
import { ROW_STATES, type RowState } from "./run-row.ts";

const PARAMETERS = ["status", "limit", "after"];
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

export interface ListParameters {
  readonly status?: RowState;
  readonly limit: number;
  /** The place of the last run of the page before. */
  readonly after?: string;
}

/** The parameters. Throws VALIDATION_FAILED with every wrong one. */
export function listParameters(given: Readonly<Record<string, string | undefined>>): ListParameters {
  const issues = new IssueList();
  for (const name of Object.keys(given).filter((name) => !PARAMETERS.includes(name)))
    issues.add(`query.${shownName(name)}`, `is not known; the parameters are ${PARAMETERS.join(", ")}`);
  const status = ROW_STATES.find((known) => known === given.status);
  if (given.status !== undefined && status === undefined)
    issues.add("query.status", `must be one of ${ROW_STATES.join(", ")}`);
  const limit = given.limit === undefined ? DEFAULT_LIMIT : limitIn(given.limit);
  if (limit === undefined) issues.add("query.limit", `must be a whole number from 1 to ${MAX_LIMIT}`);
  const after = given.after === undefined ? undefined : placeIn(given.after);
  if (given.after !== undefined && after === undefined)
    issues.add("query.after", "must be `next` of the previous page, unchanged");
  if (!issues.isEmpty) throw invalidFields(issues);
  return { limit: limit ?? DEFAULT_LIMIT, ...present({ status, after }) };
}

/** The opaque text that requests the next page. */
export const writeCursor = (place: string): string => Buffer.from(place).toString("base64url");

function placeIn(cursor: string): string | undefined {
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z run-[0-9a-f]{32}$/.test(place) ? place : undefined;
}

function limitIn(text: string): number | undefined {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT ? limit : undefined;
}
