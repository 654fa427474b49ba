/** Lists approvals from the table Approvals, the newest first. */
import { type Item, queryItems } from "../aws/dynamodb.ts";
import { shownName } from "../contract/input-shape.ts";
import { APPROVAL_STATUSES, type ApprovalStatus, invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";
import { present } from "../present.ts";
import type { Approval, StoredApproval } from "./approval.ts";
import { approvalOf, approvalsTable, documentOf, placeOf } from "./approval-item.ts";

const PARAMETERS = ["status", "limit", "after"];
const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;
const PLACE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z apr_[a-p]{32}$/;

export interface ApprovalList {
  readonly status?: ApprovalStatus;
  readonly limit: number;
  /** The place of the last approval of the page before. */
  readonly after?: string;
}

export interface ApprovalPage {
  readonly items: readonly Approval[];
  /** `after` for the next page; left out on the last one. */
  readonly next?: string;
}

/**
 * The query of `GET /api/approvals`. Throws VALIDATION_FAILED with every wrong parameter.
 *
 * @param prefix of the parameters' names in messages
 */
export function readApprovalList(
  given: Readonly<Record<string, string | undefined>>,
  prefix = "query.",
): ApprovalList {
  const issues = new IssueList();
  for (const name of Object.keys(given).filter((name) => !PARAMETERS.includes(name)))
    issues.add(`${prefix}${shownName(name)}`, `is not known; the parameters are ${PARAMETERS.join(", ")}`);
  const status = APPROVAL_STATUSES.find((known) => known === given.status);
  if (given.status !== undefined && status === undefined)
    issues.add(`${prefix}status`, `must be one of ${APPROVAL_STATUSES.join(", ")}`);
  const limit = given.limit === undefined ? DEFAULT_LIMIT : limitIn(given.limit);
  if (limit === undefined) issues.add(`${prefix}limit`, `must be a whole number from 1 to ${MAX_LIMIT}`);
  const after = given.after === undefined ? undefined : placeIn(given.after);
  if (given.after !== undefined && after === undefined)
    issues.add(`${prefix}after`, "must be `next` of the previous page, unchanged");
  if (!issues.isEmpty) throw invalidFields(issues);
  return { limit: limit ?? DEFAULT_LIMIT, ...present({ status, after }) };
}

/** One page, of one status or of all, as of now. Throws SERVICE_UNAVAILABLE. */
export async function listApprovals(
  { status, limit, after }: ApprovalList,
  now: Date,
): Promise<ApprovalPage> {
  // One more than the page has, to know whether another page follows.
  const lists = storedAs(status).map((stored) => approvalsBefore(stored, status, after, limit + 1, now));
  const found = (await Promise.all(lists)).flat().sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
  // The index follows the table a moment later: an approval that was just decided can be in two lists.
  const page = found.filter(({ approvalId }, at) => found[at - 1]?.approvalId !== approvalId).slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(documentOf),
    ...(found.length > limit && last !== undefined ? { next: cursorOf(placeOf(last)) } : {}),
  };
}

/** The stored statuses that approvals with this status can have: one that expires is not written. */
function storedAs(status: ApprovalStatus | undefined): readonly ApprovalStatus[] {
  if (status === undefined) return ["pending", "approved", "rejected", "used"];
  return status === "expired" ? ["pending", "approved"] : [status];
}

/** At most `count` approvals, from the one before `after`, newest first. `shown`: the status that they have now. */
async function approvalsBefore(
  stored: ApprovalStatus,
  shown: ApprovalStatus | undefined,
  after: string | undefined,
  count: number,
  now: Date,
): Promise<StoredApproval[]> {
  const found: StoredApproval[] = [];
  let from: Item | undefined;
  do {
    const page = await queryItems(approvalsTable(), {
      index: "by-status",
      descending: true,
      limit: count,
      key: {
        expression: after === undefined ? "#status = :status" : "#status = :status AND place < :after",
        names: { "#status": "status" },
        values: { ":status": stored, ...present({ ":after": after }) },
      },
      ...present({ after: from }),
    });
    const approvals = page.items.map((item) => approvalOf(item, now));
    found.push(...approvals.filter(({ status }) => shown === undefined || status === shown));
    from = page.next;
  } while (from !== undefined && found.length < count);
  return found.slice(0, count);
}

const cursorOf = (place: string): string => Buffer.from(place).toString("base64url");

function placeIn(cursor: string): string | undefined {
  const place = Buffer.from(cursor, "base64url").toString("utf8");
  return PLACE.test(place) ? place : undefined;
}

function limitIn(text: string): number | undefined {
  const limit = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= MAX_LIMIT ? limit : undefined;
}
