/** What the Lambdas know of a payload, a capability's inputs or outputs: its check, and which fields may be shown where. */
import type { FieldIssue } from "../errors.ts";

/** A payload that was checked against the contract: the typed value with defaults filled in, or what is wrong with it. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: FieldIssue[] };

/** Paths from the root of a payload; `*` stands for any item of an array. */
export interface AuditableFields {
  /** Declared text, numbers and timestamps that are not sensitive: their values are kept. */
  readonly auditablePaths: readonly (readonly string[])[];
  /** Every other declared field: sensitive, free-form or bytes. It is shown that they were there, and nothing of them. */
  readonly withheldPaths: readonly (readonly string[])[];
}

export interface PayloadContract<T> extends AuditableFields {
  /** Checks without changing `value`. Unknown fields are issues; every issue is reported, not just the first. */
  readonly check: (value: unknown) => Checked<T>;
  /** Paths of the fields that must never leave in clear: `sensitive: true`, or sensitive by name. `["data", "clientSecret"]` */
  readonly sensitivePaths: readonly (readonly string[])[];
}
