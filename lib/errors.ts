/**
 * The closed table of problem codes, and the one error class that carries them (RFC 9457 on the wire).
 * No I/O. Everything that is thrown on purpose in this product is a `Problem`; anything else is an INTERNAL_ERROR.
 */
import { maskCardNumbers } from "./card-data.ts";
import { type FieldIssue, type FoundIssues, IssueList } from "./issue-list.ts";
import { present } from "./present.ts";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Whether the same call, unchanged and with the same Idempotency-Key, can succeed later. */
  readonly retryable: boolean;
}

export const PROBLEM_KINDS = {
  BAD_REQUEST: { status: 400, title: "Bad request", retryable: false },
  UNAUTHENTICATED: { status: 401, title: "Not authenticated", retryable: false },
  PAYMENT_REQUIRED: { status: 402, title: "Payment refused", retryable: false },
  FORBIDDEN: { status: 403, title: "Forbidden", retryable: false },
  APPROVAL_REQUIRED: { status: 403, title: "Approval required", retryable: false },
  NOT_FOUND: { status: 404, title: "Not found", retryable: false },
  METHOD_NOT_ALLOWED: { status: 405, title: "Method not allowed", retryable: false },
  CONFLICT: { status: 409, title: "Conflict", retryable: false },
  GONE: { status: 410, title: "Gone", retryable: false },
  PRECONDITION_FAILED: { status: 412, title: "Precondition failed", retryable: false },
  PAYLOAD_TOO_LARGE: { status: 413, title: "Payload too large", retryable: false },
  VALIDATION_FAILED: { status: 422, title: "Validation failed", retryable: false },
  RATE_LIMITED: { status: 429, title: "Rate limited", retryable: true },
  INTERNAL_ERROR: { status: 500, title: "Internal error", retryable: false },
  NOT_IMPLEMENTED: { status: 501, title: "Not implemented", retryable: false },
  BAD_GATEWAY: { status: 502, title: "Bad gateway", retryable: true },
  SERVICE_UNAVAILABLE: { status: 503, title: "Service unavailable", retryable: true },
  TIMEOUT: { status: 504, title: "Timed out", retryable: true },
} as const satisfies Record<string, ProblemKind>;

export type ProblemCode = keyof typeof PROBLEM_KINDS;

export function isProblemCode(value: unknown): value is ProblemCode {
  return typeof value === "string" && Object.hasOwn(PROBLEM_KINDS, value);
}

export type { FieldIssue } from "./issue-list.ts";

/** What the caller of a call that another principal must approve is told about the approval. */
export interface ApprovalNotice {
  readonly approvalId: string;
  readonly status: ApprovalStatus;
  /** UTC, ISO 8601: until when the call can be approved and begin. */
  readonly expiresAt: string;
  /** Of the policy's rule. */
  readonly reason: string;
}

export const APPROVAL_STATUSES = ["pending", "approved", "rejected", "expired", "used"] as const;
export type ApprovalStatus = (typeof APPROVAL_STATUSES)[number];

export interface ProblemOptions {
  /** As many are kept as lib/issue-list.ts allows. */
  readonly issues?: readonly FieldIssue[];
  /** How many there are in addition to `issues`. */
  readonly moreIssues?: number;
  /** Seconds after which a retry makes sense; becomes the `Retry-After` header. */
  readonly retryAfterSeconds?: number;
  /** Stripe's decline code of a refused card, such as `insufficient_funds`. */
  readonly declineCode?: string;
  /** The request id of the vendor's response, for the log. */
  readonly vendorRequestId?: string;
  /** True if this is the stored refusal of an earlier call with the same Idempotency-Key. */
  readonly replayed?: boolean;
  /** Why a call that needs an approval was not made. */
  readonly approval?: ApprovalNotice;
  /** Set when a person must act, such as `stripe-authentication`: the name that the log line and its alarm carry. */
  readonly alarm?: string;
  readonly cause?: unknown;
}

/** The wire form, `application/problem+json` (RFC 9457). */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly retryable: boolean;
  readonly instance?: string;
  readonly requestId?: string;
  readonly declineCode?: string;
  readonly approval?: ApprovalNotice;
  readonly issues?: readonly FieldIssue[];
  /** How many issues are not listed; left out if all are. */
  readonly moreIssues?: number;
}

/**
 * A failure with a code of the closed table. `message` is sent to the caller only below status 500, so it must
 * never contain a secret, a card number or personal data. At 500 and above the caller reads a fixed sentence.
 */
export class Problem extends Error {
  override readonly name = "Problem";
  readonly code: ProblemCode;
  readonly status: number;
  readonly retryable: boolean;
  readonly issues: readonly FieldIssue[];
  readonly moreIssues: number;
  readonly retryAfterSeconds: number | undefined;
  readonly declineCode: string | undefined;
  readonly vendorRequestId: string | undefined;
  readonly replayed: boolean;
  readonly approval: ApprovalNotice | undefined;
  readonly alarm: string | undefined;

  constructor(code: ProblemCode, message: string, options: ProblemOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    const kind = PROBLEM_KINDS[code];
    this.code = code;
    this.status = kind.status;
    this.retryable = kind.retryable;
    const { issues, moreIssues } = IssueList.of({ ...options, issues: options.issues ?? [] });
    this.issues = issues;
    this.moreIssues = moreIssues;
    this.retryAfterSeconds = options.retryAfterSeconds;
    this.declineCode = options.declineCode;
    this.vendorRequestId = options.vendorRequestId;
    this.replayed = options.replayed ?? false;
    this.approval = options.approval;
    this.alarm = options.alarm;
  }

  /** The wire form. `instance` is the request's path; `requestId` is the one of the `X-Request-Id` header. */
  toDocument(request: { instance?: string; requestId?: string } = {}): ProblemDocument {
    return {
      type: `urn:contractspec:problem:${this.code.toLowerCase().replaceAll("_", "-")}`,
      title: PROBLEM_KINDS[this.code].title,
      status: this.status,
      code: this.code,
      detail:
        this.status < 500
          ? maskCardNumbers(this.message, "[card number]")
          : UNEXPOSED_DETAIL[this.retryable ? "retryable" : "final"],
      retryable: this.retryable,
      ...present({
        instance: request.instance,
        requestId: request.requestId,
        declineCode: this.declineCode,
        approval: this.approval,
      }),
      ...(this.issues.length === 0 ? {} : { issues: this.issues }),
      ...(this.moreIssues === 0 ? {} : { moreIssues: this.moreIssues }),
    };
  }
}

const UNEXPOSED_DETAIL = {
  retryable: "The request could not be completed now. Send it again with the same Idempotency-Key.",
  final: "The request could not be completed. The request id identifies the cause in the log.",
} as const;

/** Any thrown value as a Problem: an unknown error becomes INTERNAL_ERROR and keeps its cause for the log. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem("INTERNAL_ERROR", message, { cause: thrown });
}

/** A VALIDATION_FAILED problem for one field. */
export function invalidField(path: string, message: string): Problem {
  return new Problem("VALIDATION_FAILED", `${path} ${message}`, { issues: [{ path, message }] });
}

/** A NOT_FOUND problem for the field that names an object which Stripe does not have, or which is not the caller's. */
export function missingObject(path: string): Problem {
  const message = "does not exist at Stripe";
  return new Problem("NOT_FOUND", `${path} ${message}`.trim(), { issues: [{ path, message }] });
}

/** A VALIDATION_FAILED problem for at least one issue; its detail is the first one, and the number of the others. */
export function invalidFields({ issues, moreIssues = 0 }: FoundIssues): Problem {
  const [first, ...others] = issues;
  const more = others.length + moreIssues;
  const detail = `${first?.path ?? ""} ${first?.message ?? "The inputs are not valid"}`.trim();
  return new Problem("VALIDATION_FAILED", more === 0 ? detail : `${detail} (and ${more} more)`, {
    issues,
    moreIssues,
  });
}
