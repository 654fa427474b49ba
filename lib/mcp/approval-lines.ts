/** What an agent reads when a call waits for an approval, or its approval lets it run no more. Pure. */
import { type Fields, fieldsOf, textOf } from "../untrusted.ts";

/** The call that the approval is for. */
export interface AskedCall {
  readonly tool: string;
  /** As the agent has sent it. */
  readonly input: Fields;
}

/** The lines; undefined if the problem is not about an approval. `problem`: as the API sent it. */
export function approvalLines(problem: Fields, { tool, input }: AskedCall): readonly string[] | undefined {
  const { approvalId, status, expiresAt, reason } = fieldsOf(problem.approval);
  const id = textOf(approvalId);
  if (id === undefined) return undefined;
  if (status === "rejected" || status === "expired" || status === "used")
    return [
      `FORBIDDEN: The approval ${id} ${OVER[status]}. Nothing was done now.`,
      "Tell the person you work for. Only if that person wants to ask again: call with a callReference, which asks for a new approval.",
    ];
  return [
    `APPROVAL_REQUIRED: ${textOf(reason) ?? "Another principal must approve this call"}`,
    `The approval ${id} is ${String(status)} until ${String(expiresAt)}. It is for this call and no other:`,
    `${tool} ${JSON.stringify(input)}`,
    "Nothing is done yet. Tell the person you work for the id and what it is for. You cannot approve it yourself.",
    "Once somebody has approved it, call the same tool with exactly the same arguments: then it is carried out, once.",
  ];
}

const OVER = {
  rejected: "of this call was rejected",
  expired: "of this call has expired",
  used: "of this call was used by an earlier call",
} as const;
