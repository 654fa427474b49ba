/** Reading the audit log is an attempt itself: the policy decides on it, and it is recorded before the response. */

import type { AuditEntry } from "../../lib/audit/audit-entry.ts";
import { CallRecord } from "../../lib/audit/call-record.ts";
import { findEntries } from "../../lib/audit/query.ts";
import { AUDIT_PARAMETERS, readAuditQuery, writeCursor } from "../../lib/audit/query-parameters.ts";
import { redact } from "../../lib/audit/redact.ts";
import type { CallContext } from "../../lib/call-context.ts";
import { enforcePolicy, policyQuery } from "../../lib/capability/enforce-policy.ts";
import { asProblem } from "../../lib/errors.ts";
import type { Principal } from "../../lib/identity/principal.ts";
import type { Metrics } from "../../lib/metrics.ts";
import type { Policy } from "../../lib/policy/decide.ts";
import { maskFields } from "../../lib/policy/mask-fields.ts";
import { present } from "../../lib/present.ts";

export interface AuditCall extends CallContext {
  readonly parameters: Readonly<Record<string, string | undefined>>;
  readonly principal: Principal;
  readonly ipAddress?: string;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** How many entries were left out because somebody changed them or added them; left out if none were. */
  readonly unverified?: number;
  /** The parameter `cursor` of the next page. */
  readonly next?: string;
}

/** The parameters are ids, times and words of ours; anything else that was sent is not kept. */
const KEPT = { auditablePaths: AUDIT_PARAMETERS.map((name) => [name]), withheldPaths: [] };

/**
 * One `AuditPage`, without the fields that the policy masks. Throws FORBIDDEN, VALIDATION_FAILED with the parameter's
 * path, or SERVICE_UNAVAILABLE.
 */
export async function readAudit(policy: Policy, call: AuditCall): Promise<object> {
  const { parameters } = call;
  const record = new CallRecord({
    ...call,
    eventType: "audit.read",
    resource: { type: "audit", id: "audit" },
    action: "read",
  });
  try {
    record.noteInputs(redact(parameters, KEPT));
    const query = policyQuery(call, { resource: "audit", action: "read", input: {} });
    const { redactFields } = enforcePolicy(policy, query, record);
    const page = await findPage(parameters, query.now);
    await record.end("succeeded", { entries: page.entries.length });
    record.writeLogLine("succeeded", present({ unverified: page.unverified }), undefined, unverifiedIn(page));
    return maskFields(page, redactFields);
  } catch (thrown) {
    throw await record.refuse(asProblem(thrown));
  }
}

/** For the alarm. Nothing is counted while nothing is wrong. */
function unverifiedIn({ unverified }: AuditPage): Metrics[] {
  if (unverified === undefined) return [];
  return [{ dimensions: ["stage"], values: { AuditUnverified: unverified } }];
}

async function findPage(parameters: AuditCall["parameters"], now: Date): Promise<AuditPage> {
  const query = readAuditQuery(parameters, now);
  const { entries, unverified, end } = await findEntries(query, now);
  return {
    entries,
    ...present({
      unverified: unverified === 0 ? undefined : unverified,
      next: end === undefined ? undefined : writeCursor(end, query),
    }),
  };
}
