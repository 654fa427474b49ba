/**
 * An approval: whether one principal may make one call that the policy wants another principal to decide about. An item of the
 * table Approvals:
 *
 *   (none) --the call--> pending --approve--> approved --the same call--> used
 *                           \--reject--> rejected
 *
 * A pending or approved one is expired from `expiresAt` on: no write makes it so, hence none can be late. The id is a
 * keyed digest of the principal, the capability, the Idempotency-Key and the exact inputs, so an approval is never found
 * for anything else.
 */
import { canonicalJson } from "../canonical-json.ts";
import { type ApprovalNotice, type ApprovalStatus, Problem } from "../errors.ts";
import type { Principal } from "../identity/principal.ts";
import type { ApprovableAction } from "../policy/policy.ts";
import { macOf } from "../sealing/mac.ts";

export interface Approval {
  readonly approvalId: string;
  readonly status: ApprovalStatus;
  /** The capability's or workflow's id. */
  readonly capability: string;
  /** `invoke` a capability, or `start` a workflow. */
  readonly action: ApprovableAction;
  /** The checked input, without what the contract keeps from the audit log. */
  readonly input: unknown;
  /** The rule that wants an approval, and why. */
  readonly ruleId: string;
  readonly reason: string;
  /** Who wants to make the call. */
  readonly principal: Pick<Principal, "id" | "roles">;
  /** UTC, ISO 8601. */
  readonly requestedAt: string;
  /** UTC, ISO 8601: until when the call can be approved and begin. */
  readonly expiresAt: string;
  /** Who approved or rejected it. */
  readonly decidedBy?: string;
  readonly decidedAt?: string;
  readonly comment?: string;
  readonly usedAt?: string;
}

/** In addition to what is shown. */
export interface StoredApproval extends Approval {
  /** What a rule about approvals can read of the call. */
  readonly call: ApprovedCall;
  readonly use?: ApprovalUse;
}

/** The input of the actions `approve` and `reject`: facts of the call that waits. Amounts are in the smallest unit. */
export interface ApprovedCall {
  readonly capability: string;
  readonly principalId: string;
  readonly amount?: number;
  readonly currency?: string;
  readonly customerId?: string;
}

/** The call that has used the approval. */
export interface ApprovalUse {
  /** Unique to every attempt. */
  readonly owner: string;
  /** When the claim that it had on the Idempotency-Key ends: Unix seconds. */
  readonly claimEndsAt?: number;
}

const ID = /^apr_[a-p]{32}$/;

export const isApprovalId = (text: string): boolean => ID.test(text);

/**
 * The id for each of `appSecrets`: the first is for a new approval, any of them finds one, also after a rotation. Letters only,
 * so that no id looks like the number of a card.
 *
 * @param scopedKey of the principal, the capability or workflow, and the Idempotency-Key
 */
export function approvalIds(scopedKey: string, inputs: unknown, appSecrets: readonly string[]): string[] {
  const parts = [scopedKey, canonicalJson(inputs)];
  return appSecrets.map((secret) => {
    const digest = Buffer.from(macOf("approval-id/v1", parts, [secret]), "base64url");
    return `apr_${digest.toString("hex").slice(0, 32).replaceAll(/./g, letterOf)}`;
  });
}

const letterOf = (digit: string) => String.fromCharCode(97 + Number.parseInt(digit, 16));

/** What the caller of the call is told. */
export function noticeOf({ approvalId, status, expiresAt, reason }: Approval): ApprovalNotice {
  return { approvalId, status, expiresAt, reason };
}

const OVER: Readonly<Record<Exclude<ApprovalStatus, "pending" | "approved">, string>> = {
  rejected: "was rejected",
  expired: "has expired",
  used: "was used by an earlier call",
};

/** The refusal of a call whose approval does not let it run. */
export function refusal(approval: Approval): Problem {
  const { approvalId, status, reason } = approval;
  const options = { approval: noticeOf(approval) };
  const why = reason.replace(/\.$/, "");
  if (status === "pending" || status === "approved") {
    const next = "repeat this call with the same Idempotency-Key and the same inputs";
    return new Problem(
      "APPROVAL_REQUIRED",
      status === "pending"
        ? `${why}. Another principal must approve ${approvalId}; after that, ${next}`
        : `${why}. ${approvalId} is approved: ${next}`,
      options,
    );
  }
  return new Problem(
    "FORBIDDEN",
    `The approval ${approvalId} of this call ${OVER[status]}; to ask again, send the call with a new Idempotency-Key`,
    options,
  );
}
