/** The responses to calls that are refused or fail, one for each code of the table in lib/errors.ts. Pure. */
import {
  APPROVAL_STATUSES,
  type ApprovalNotice,
  PROBLEM_KINDS,
  Problem,
  type ProblemCode,
  type ProblemDocument,
} from "../../errors.ts";
import { present } from "../../present.ts";
import type { JsonSchema } from "../contract/json-schema.ts";
import {
  headerRef,
  INTEGER,
  listOf,
  objectOf,
  oneOf,
  type Ref,
  type Response,
  responseRef,
  schemaRef,
  TEXT,
  TIME,
  typeName,
} from "./operation.ts";

/** Every problem code. */
export const CODES = Object.keys(PROBLEM_KINDS).filter((code): code is ProblemCode =>
  Object.hasOwn(PROBLEM_KINDS, code),
);

/** What a caller can do about each, as docs/errors.md says in full. */
export const MEANINGS: Readonly<Record<ProblemCode, string>> = {
  BAD_REQUEST: "The request could not be read: its content type, its JSON or a header",
  UNAUTHENTICATED: "The API key or token is missing, unknown, revoked or expired",
  PAYMENT_REQUIRED:
    "The payment was declined; declineCode says why. A new attempt needs a new Idempotency-Key",
  FORBIDDEN:
    "The policy does not permit this call, or it needed an approval that was rejected, has expired or was used",
  APPROVAL_REQUIRED:
    "Another principal must approve this call: `approval` names it. After that, send the same request again, with the same Idempotency-Key",
  NOT_FOUND: "The object, workflow or run does not exist, or is not this key's customer's",
  METHOD_NOT_ALLOWED: "The route does not support this method",
  CONFLICT:
    "The state of the object does not allow it. With Retry-After, another call with this Idempotency-Key is in progress: send the same request again after that time",
  GONE: "It existed and has expired",
  PRECONDITION_FAILED: "A condition of the request is not met",
  PAYLOAD_TOO_LARGE: "The body is too large",
  VALIDATION_FAILED: "Fields are invalid, or the Idempotency-Key was used before with other inputs",
  RATE_LIMITED: "Too many calls, or a limit of one day is reached: wait for Retry-After",
  INTERNAL_ERROR: "An error in this service: report the requestId",
  NOT_IMPLEMENTED: "Not implemented",
  BAD_GATEWAY:
    "Stripe or SES failed, and the work may have been done: send the same request again, with the same Idempotency-Key",
  SERVICE_UNAVAILABLE:
    "A service is busy or down: send the same request again, with the same Idempotency-Key",
  TIMEOUT:
    "No response in time, and the work may have been done: send the same request again, with the same Idempotency-Key",
};

const ISSUE = objectOf({
  path: { type: "string", description: "The field, from the root of the inputs; empty for the whole body" },
  message: TEXT,
});

const APPROVAL = objectOf({
  approvalId: TEXT,
  status: oneOf(APPROVAL_STATUSES),
  expiresAt: { ...TIME, description: "UTC; until when the call can be approved and begin" },
  reason: TEXT,
} satisfies FieldsOf<ApprovalNotice>);

type FieldsOf<T> = Readonly<Record<keyof T, JsonSchema>>;

const FIELDS = {
  type: { type: "string", format: "uri-reference" },
  title: TEXT,
  status: INTEGER,
  code: oneOf(CODES),
  detail: TEXT,
  retryable: {
    type: "boolean",
    description: "Whether the same request, with the same Idempotency-Key, can succeed later",
  },
} satisfies Partial<FieldsOf<ProblemDocument>>;

const OPTIONAL = {
  instance: { type: "string", description: "The path of the request" },
  requestId: {
    type: "string",
    description: "Finds the call in the log; the header X-Request-Id has it, too",
  },
  declineCode: { type: "string", description: "Stripe's decline code, such as insufficient_funds" },
  approval: { ...APPROVAL, description: "The approval of a call that needs one" },
  issues: listOf(ISSUE),
  moreIssues: { type: "integer", description: "How many issues are not listed" },
} satisfies Omit<FieldsOf<ProblemDocument>, keyof typeof FIELDS>;

export const PROBLEM_SCHEMA: JsonSchema = {
  ...objectOf(FIELDS, OPTIONAL),
  description: "RFC 9457. Write code against `code`; texts can change",
};

const EXAMPLE_ISSUE = { path: "amount", message: "must be at least 50 ($0.50)" };

const EXAMPLE_APPROVAL: ApprovalNotice = {
  approvalId: "apr_abcdefghijklmnopabcdefghijklmnop",
  status: "pending",
  expiresAt: "2026-11-26T10:00:00.000Z",
  reason: "The role agent may refund payments with an approval",
};

/** `#/components/responses/<name>`. */
const nameOf = (codes: readonly ProblemCode[]) =>
  codes.map((code) => typeName(code.toLowerCase().replaceAll("_", "-"))).join("Or");

/** Codes that have one status. */
const TOGETHER: readonly (readonly ProblemCode[])[] = [["FORBIDDEN", "APPROVAL_REQUIRED"]];

export const REFUSALS: Readonly<Record<string, Response>> = Object.fromEntries(
  [...CODES.map((code) => [code]), ...TOGETHER].map((codes) => [nameOf(codes), refusal(codes)]),
);

function refusal(codes: readonly ProblemCode[]): Response {
  const has = (...some: readonly ProblemCode[]) => codes.some((code) => some.includes(code));
  const [only, ...others] = codes;
  return {
    description: codes.map((code) => MEANINGS[code]).join(". "),
    headers: {
      "X-Request-Id": headerRef("RequestId"),
      ...(has("CONFLICT", "RATE_LIMITED", "SERVICE_UNAVAILABLE")
        ? { "Retry-After": headerRef("RetryAfter") }
        : {}),
      ...(has("UNAUTHENTICATED") ? { "WWW-Authenticate": headerRef("WwwAuthenticate") } : {}),
    },
    content: {
      "application/problem+json": {
        schema: schemaRef("Problem"),
        ...(only !== undefined && others.length === 0
          ? { example: exampleOf(only) }
          : { examples: Object.fromEntries(codes.map((code) => [code, { value: exampleOf(code) }])) }),
      },
    },
  };
}

function exampleOf(code: ProblemCode): ProblemDocument {
  const { title } = PROBLEM_KINDS[code];
  return new Problem(code, code === "VALIDATION_FAILED" ? "amount must be at least 50 ($0.50)" : title, {
    issues: code === "VALIDATION_FAILED" ? [EXAMPLE_ISSUE] : [],
    ...present({ approval: code === "APPROVAL_REQUIRED" ? EXAMPLE_APPROVAL : undefined }),
  }).toDocument();
}

/** Responses by status, for `responses` of an operation. */
export function refusedWith(...codes: readonly ProblemCode[]): Readonly<Record<string, Ref>> {
  const byStatus = Map.groupBy(codes, (code) => PROBLEM_KINDS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, same]) => [String(status), responseRef(nameOf(same))]),
  );
}
