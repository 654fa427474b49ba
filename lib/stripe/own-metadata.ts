/**
 * The product's own entries in the metadata of objects at Stripe. Callers can neither set nor see them. Pure.
 *
 * `contractspec_call`: the digest of the call that created the subscription, by which a repeated call finds it again.
 * `contractspec_second`: the caller wants this subscription in addition to another one to the same product.
 * `contractspec_refund`: why a refund was made without a call.
 * `contractspec_portal`: the configuration of the portal is ours; a digest of what it offers.
 */
import { createHash } from "node:crypto";
import { invalidFields } from "../errors.ts";
import { IssueList } from "../issue-list.ts";
import { fieldOf, textOf } from "../untrusted.ts";

const PREFIX = "contractspec_";
const CALL = `${PREFIX}call`;
const SECOND = `${PREFIX}second`;
const REFUND = `${PREFIX}refund`;
const PORTAL = `${PREFIX}portal`;

/** The mark of a call with this idempotency key. */
export const callMark = (idempotencyKey: string): string =>
  createHash("sha256").update(idempotencyKey).digest("hex").slice(0, 32);

/** The metadata of a new subscription. */
export function marksOf(call: { readonly mark: string; readonly isSecond: boolean }): Record<string, string> {
  return { [CALL]: call.mark, ...(call.isSecond ? { [SECOND]: "allowed" } : {}) };
}

/** The marks on an object. */
export function marksOn(object: unknown): { readonly call: string | undefined; readonly isSecond: boolean } {
  const metadata = fieldOf(object, "metadata");
  return { call: textOf(fieldOf(metadata, CALL)), isSecond: fieldOf(metadata, SECOND) === "allowed" };
}

/** The metadata of a refund that `reason` caused. */
export const refundMark = (reason: string): Record<string, string> => ({ [REFUND]: reason });

/** Whether `reason` caused this refund. */
export const isRefundFor = (reason: string, refund: unknown): boolean =>
  fieldOf(fieldOf(refund, "metadata"), REFUND) === reason;

/** The metadata of the portal's configuration that offers what `digest` is of. */
export const portalMark = (digest: string): Record<string, string> => ({ [PORTAL]: digest });

/** The digest on a configuration of the portal; undefined for one that is not ours. */
export const portalMarkOn = (configuration: unknown): string | undefined =>
  textOf(fieldOf(fieldOf(configuration, "metadata"), PORTAL));

/** The metadata without our entries, as callers and applications see it. */
export function withoutOwnMetadata<T>(metadata: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !name.startsWith(PREFIX)));
}

/** Throws VALIDATION_FAILED for entries that a caller must not set. */
export function refuseOwnMetadata(metadata: Readonly<Record<string, unknown>> = {}): void {
  const issues = new IssueList();
  for (const name of Object.keys(metadata).filter((name) => name.startsWith(PREFIX)))
    issues.add(`metadata.${name}`, `has a reserved name; names must not begin with ${PREFIX}`);
  if (!issues.isEmpty) throw invalidFields(issues);
}
