/** What the Lambdas know about a payload (a capability's inputs or outputs): its check, and where each field can be shown. */
import type { FoundIssues } from "../issue-list.ts";

/** A payload that was checked against the contract: the typed value with defaults filled in, or its issues. */
export type Checked<T> = { readonly ok: true; readonly value: T } | ({ readonly ok: false } & FoundIssues);

/** Paths from the root of a payload; `*` stands for any item of an array. */
export interface AuditableFields {
  /** Declared text, numbers and timestamps that are not sensitive: their values are kept. */
  readonly auditablePaths: readonly (readonly string[])[];
  /** Every other declared field: sensitive, free-form or bytes. Only their presence is shown. */
  readonly withheldPaths: readonly (readonly string[])[];
}

export interface PayloadContract<T> extends AuditableFields {
  /** Checks without changing `value`. Unknown fields are issues; every issue is reported, not just the first, as far as lib/issue-list.ts allows. */
  readonly check: (value: unknown) => Checked<T>;
  /** Paths of the fields that must never leave unencrypted: `sensitive: true`, or sensitive by name. `["data", "clientSecret"]` */
  readonly sensitivePaths: readonly (readonly string[])[];
}
