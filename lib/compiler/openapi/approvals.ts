/** The paths of the approvals. Pure. */
import type { Approval } from "../../approvals/approval.ts";
import { MAX_COMMENT } from "../../approvals/decide-approval.ts";
import type { ApprovalPage } from "../../approvals/list-approvals.ts";
import { APPROVAL_STATUSES, type ProblemCode } from "../../errors.ts";
import { APPROVABLE_ACTIONS } from "../../policy/policy.ts";
import type { JsonSchema } from "../contract/json-schema.ts";
import {
  type DocumentPart,
  headerRef,
  listOf,
  type Operation,
  objectOf,
  oneOf,
  type Parameter,
  parameterRef,
  type Response,
  schemaRef,
  TEXT,
  TIME,
} from "./operation.ts";
import { refusedWith } from "./refusals.ts";

export const APPROVALS_TAG = "Approvals";

type SchemasOf<T> = Readonly<Required<Record<keyof T, JsonSchema>>>;

const { decidedBy, decidedAt, comment, usedAt, ...APPROVAL } = {
  approvalId: TEXT,
  status: oneOf(APPROVAL_STATUSES),
  capability: { ...TEXT, description: "The capability or workflow that is to be called" },
  action: oneOf(APPROVABLE_ACTIONS),
  input: {
    description: "The checked input. What the contract keeps from the audit log has the value [redacted]",
  },
  ruleId: { ...TEXT, description: "The rule that wants an approval" },
  reason: TEXT,
  principal: {
    ...objectOf({ id: TEXT, roles: listOf(TEXT) } satisfies SchemasOf<Approval["principal"]>),
    description: "Who wants to make the call",
  },
  requestedAt: TIME,
  expiresAt: { ...TIME, description: "UTC; until when the call can be approved and begin" },
  decidedBy: { ...TEXT, description: "Who approved or rejected it" },
  decidedAt: TIME,
  comment: TEXT,
  usedAt: TIME,
} satisfies SchemasOf<Approval>;

const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  Approval: objectOf(APPROVAL, { decidedBy, decidedAt, comment, usedAt }),
  ApprovalPage: objectOf(
    { items: listOf(schemaRef("Approval")) } satisfies Partial<SchemasOf<ApprovalPage>>,
    {
      next: { type: "string", description: "`after` for the next page; left out on the last one" },
    } satisfies Partial<SchemasOf<ApprovalPage>>,
  ),
  ApprovalComment: {
    ...objectOf(
      {},
      {
        comment: {
          type: "string",
          minLength: 1,
          maxLength: MAX_COMMENT,
          description: "For other people who look at the approval",
        },
      },
    ),
    additionalProperties: false,
  },
};

const EXAMPLE: Approval = {
  approvalId: "apr_abcdefghijklmnopabcdefghijklmnop",
  status: "pending",
  capability: "stripe-refund-payment",
  action: "invoke",
  input: { paymentIntentId: "pi_paid", amount: 4200 },
  ruleId: "agent-needs-approval",
  reason: "The role agent makes this call only with the approval of another principal",
  principal: { id: "support-agent", roles: ["agent"] },
  requestedAt: "2026-11-25T10:00:00.000Z",
  expiresAt: "2026-11-26T10:00:00.000Z",
};

const CODES: readonly ProblemCode[] = [
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "VALIDATION_FAILED",
  "RATE_LIMITED",
  "INTERNAL_ERROR",
  "SERVICE_UNAVAILABLE",
  "TIMEOUT",
];

const STATUS_PARAMETERS: readonly Parameter[] = [
  { name: "status", in: "query", schema: oneOf(APPROVAL_STATUSES) },
  { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100, default: 20 } },
  { name: "after", in: "query", description: "`next` of the previous page", schema: TEXT },
];

const DECIDED = {
  decidedBy: "owner",
  decidedAt: "2026-11-25T10:05:00.000Z",
  comment: "Asked for by the customer",
};

const decision = (operationId: string, verb: string, status: Approval["status"]): Operation => ({
  operationId,
  summary: `${verb} a call of another principal`,
  description:
    status === "approved"
      ? "Its caller can then make it, once, until the approval expires. A repeated decision gets the same response."
      : "Its caller cannot make it. A repeated decision gets the same response.",
  tags: [APPROVALS_TAG],
  parameters: [parameterRef("ApprovalId")],
  requestBody: {
    required: false,
    content: {
      "application/json": { schema: schemaRef("ApprovalComment"), example: { comment: DECIDED.comment } },
    },
  },
  responses: {
    "200": found("The approval", "Approval", { ...EXAMPLE, status, ...DECIDED }),
    ...refusedWith("BAD_REQUEST", "NOT_FOUND", "CONFLICT", "PAYLOAD_TOO_LARGE", ...CODES),
  },
});

/** The paths of the approvals, and their schemas. */
export const APPROVAL_PATHS: DocumentPart = {
  paths: {
    "/api/approvals": {
      get: {
        operationId: "listApprovals",
        summary: "Lists calls that need an approval, the newest first",
        description: "By default those of every status.",
        tags: [APPROVALS_TAG],
        parameters: STATUS_PARAMETERS,
        responses: {
          "200": found("A page of approvals", "ApprovalPage", { items: [EXAMPLE] }),
          ...refusedWith(...CODES),
        },
      },
    },
    "/api/approvals/{approvalId}": {
      get: {
        operationId: "getApproval",
        summary: "Reads an approval",
        description: "The call, who wants to make it, and what was decided.",
        tags: [APPROVALS_TAG],
        parameters: [parameterRef("ApprovalId")],
        responses: {
          "200": found("The approval", "Approval", EXAMPLE),
          ...refusedWith("NOT_FOUND", ...CODES),
        },
      },
    },
    "/api/approvals/{approvalId}/approve": { post: decision("approveCall", "Approves", "approved") },
    "/api/approvals/{approvalId}/reject": { post: decision("rejectCall", "Rejects", "rejected") },
  },
  schemas: SCHEMAS,
};

function found(description: string, schema: string, example: unknown): Response {
  return {
    description,
    headers: { "X-Request-Id": headerRef("RequestId") },
    content: { "application/json": { schema: schemaRef(schema), example } },
  };
}
