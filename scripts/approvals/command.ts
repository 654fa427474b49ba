/** The commands of `npm run approvals`. No I/O, no clock. */
import { isApprovalId } from "../../lib/approvals/approval.ts";
import { type ApprovalDecision, readComment } from "../../lib/approvals/decide-approval.ts";
import type { ApprovalList } from "../../lib/approvals/list-approvals.ts";
import { readApprovalList } from "../../lib/approvals/list-approvals.ts";
import { APPROVAL_STATUSES } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import type { Action, Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";

export type ApprovalsAsked =
  | { readonly action: "list"; readonly list: ApprovalList; readonly json: boolean }
  | { readonly action: "show"; readonly approvalId: string }
  | { readonly action: ApprovalDecision; readonly approvalId: string; readonly comment?: string };

const APPROVAL = { name: "approval id", about: "apr_ and 32 letters; `list` shows ids" };

const list: Action<ApprovalsAsked> = {
  name: "list",
  summary:
    "Lists a page of approvals, newest first: those that wait for a decision, unless --status is given",
  options: {
    status: { value: "<status>", about: `${APPROVAL_STATUSES.join(", ")} or all; by default pending` },
    limit: { value: "<n>", about: "the largest number of approvals to list; by default 20" },
    after: { value: "<next>", about: "the next page, as the previous page names it" },
    json: { about: "JSON as GET /api/approvals returns it, instead of a table" },
  },
  read: (given) => {
    const status = given.text("status") ?? "pending";
    return {
      action: "list",
      list: readApprovalList(
        present({
          status: status === "all" ? undefined : status,
          limit: given.text("limit"),
          after: given.text("after"),
        }),
        "--",
      ),
      json: given.flag("json"),
    };
  },
};

const show: Action<ApprovalsAsked> = {
  name: "show",
  summary: "Shows an approval: the call, its inputs, who wants to make it and why it needs a decision",
  positionals: [APPROVAL],
  read: ({ positionals: [approvalId] }) => ({ action: "show", approvalId: readId(approvalId) }),
};

const decision = (name: ApprovalDecision, summary: string): Action<ApprovalsAsked> => ({
  name,
  summary,
  positionals: [APPROVAL],
  options: { comment: { value: "<text>", about: "for other people who look at the approval" } },
  read: (given) => ({
    action: name,
    approvalId: readId(given.positionals[0]),
    ...present({ comment: readComment(given.text("comment")) }),
  }),
});

export const approvalsCommand: Command<ApprovalsAsked> = {
  invocation: "npm run -s approvals --",
  summary: "Shows calls that wait for an approval, and approves or rejects them",
  actions: [
    list,
    show,
    decision("approve", "Approves the call: its caller can make it once, until the approval expires"),
    decision("reject", "Rejects the call: its caller cannot make it"),
  ],
  takesTarget: true,
  notes: [
    "The audit log names who has decided: the AWS identity of this shell, or on the local stack your user name.",
  ],
};

function readId(word = ""): string {
  if (isApprovalId(word)) return word;
  throw misused("Name the approval by its id, apr_ and 32 letters; `list` shows ids");
}
