/** Approvals as people read them. Pure; times are UTC. */
import type { Approval } from "../../lib/approvals/approval.ts";
import { textTable } from "../text-table.ts";

const HEADINGS = ["APPROVAL", "STATUS", "CALL", "BY", "REQUESTED", "EXPIRES"];

/** One line for each approval below the headings. */
export function approvalTable(approvals: readonly Approval[]): string {
  return textTable([HEADINGS, ...approvals.map(rowOf)]);
}

function rowOf({ approvalId, status, action, capability, principal, requestedAt, expiresAt }: Approval) {
  return [
    approvalId,
    status,
    `${action} ${capability}`,
    principal.id,
    minute(requestedAt),
    minute(expiresAt),
  ];
}

/** Everything about one approval. */
export function approvalText(approval: Approval): string {
  const { principal, decidedBy, decidedAt = "", usedAt, comment } = approval;
  const roles = principal.roles.length === 0 ? "no roles" : `roles ${principal.roles.join(", ")}`;
  const rows = [
    ["approval", approval.approvalId],
    ["status", approval.status],
    ["call", `${approval.action} ${approval.capability}`],
    ["by", `${principal.id} (${roles})`],
    ["because", `${approval.reason} (${approval.ruleId})`],
    ["requested", minute(approval.requestedAt)],
    ["expires", minute(approval.expiresAt)],
    ...(decidedBy === undefined ? [] : [["decided", `${minute(decidedAt)} by ${decidedBy}`]]),
    ...(comment === undefined ? [] : [["comment", JSON.stringify(comment)]]),
    ...(usedAt === undefined ? [] : [["used", minute(usedAt)]]),
  ];
  return `${textTable(rows)}\n\n${JSON.stringify(approval.input, null, 2)}`;
}

/** `2026-11-25T10:20:30.000Z` -> `2026-11-25 10:20` */
const minute = (iso: string) => iso.slice(0, 16).replace("T", " ");
