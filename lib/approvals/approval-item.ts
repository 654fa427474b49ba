/** Approvals as items of the table Approvals. */
import { getItem, type Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { APPROVAL_STATUSES, type ApprovalStatus } from "../errors.ts";
import { present } from "../present.ts";
import { fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import type { Approval, ApprovalUse, ApprovedCall, StoredApproval } from "./approval.ts";

/** How long an approval can be looked up after it was asked for. */
const KEPT_SECONDS = 90 * 24 * 60 * 60;

export const approvalsTable = () => env("APPROVALS_TABLE");
export const approvalKey = (approvalId: string) => ({ approvalId });

/** The approval as of now; undefined if there is none. Throws SERVICE_UNAVAILABLE. */
export async function readApproval(approvalId: string, now: Date): Promise<StoredApproval | undefined> {
  const item = await getItem(approvalsTable(), approvalKey(approvalId));
  return item === undefined ? undefined : approvalOf(item, now);
}

/** Later requests come after earlier ones. */
export const placeOf = ({ requestedAt, approvalId }: Pick<Approval, "requestedAt" | "approvalId">) =>
  `${requestedAt} ${approvalId}`;

/** Without the key and the version. */
export function itemOf({ approvalId: _key, input, ...approval }: StoredApproval): Item {
  return {
    ...approval,
    place: placeOf({ approvalId: _key, requestedAt: approval.requestedAt }),
    // As text: DynamoDB does not support all of JSON's numbers and depths.
    input: JSON.stringify(input ?? null),
    validUntil: approval.expiresAt,
    expiresAt: Math.floor(Date.parse(approval.requestedAt) / 1000) + KEPT_SECONDS,
  };
}

/** The approval in an item of the table or of its index, as of now. */
export function approvalOf(item: Item, now: Date): StoredApproval {
  const text = (name: string) => textOf(item[name]) ?? "";
  const stored = APPROVAL_STATUSES.find((known) => known === item.status) ?? "expired";
  const { id, roles } = fieldsOf(item.principal);
  return {
    approvalId: text("approvalId"),
    status: statusAt(stored, text("validUntil"), now),
    capability: text("capability"),
    action: item.action === "start" ? "start" : "invoke",
    input: JSON.parse(text("input") || "null"),
    ruleId: text("ruleId"),
    reason: text("reason"),
    principal: { id: textOf(id) ?? "", roles: listOf(roles).map(String) },
    requestedAt: text("requestedAt"),
    expiresAt: text("validUntil"),
    ...present({
      decidedBy: textOf(item.decidedBy),
      decidedAt: textOf(item.decidedAt),
      comment: textOf(item.comment),
      usedAt: textOf(item.usedAt),
      use: useOf(item.use),
    }),
    call: callOf(item.call),
  };
}

/** What is shown of it. */
export function documentOf({ call: _call, use: _use, ...approval }: StoredApproval): Approval {
  return approval;
}

function statusAt(stored: ApprovalStatus, validUntil: string, now: Date): ApprovalStatus {
  const canExpire = stored === "pending" || stored === "approved";
  return canExpire && !(now.getTime() < Date.parse(validUntil)) ? "expired" : stored;
}

function callOf(value: unknown): ApprovedCall {
  const { capability, principalId, amount, currency, customerId } = fieldsOf(value);
  return {
    capability: textOf(capability) ?? "",
    principalId: textOf(principalId) ?? "",
    ...present({
      amount: numberOf(amount),
      currency: textOf(currency),
      customerId: textOf(customerId),
    }),
  };
}

function useOf(value: unknown): ApprovalUse | undefined {
  const { owner, claimEndsAt } = fieldsOf(value);
  if (typeof owner !== "string") return undefined;
  return { owner, ...present({ claimEndsAt: numberOf(claimEndsAt) }) };
}
