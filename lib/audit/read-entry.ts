/**
 * Converts a stored item to the entry that readers get. Pure. Trusts no attribute: a log that somebody tampered with
 * must still be readable. `npm run audit -- verify` shows whether somebody did.
 */

import type { Item } from "../aws/dynamodb.ts";
import { isProblemCode } from "../errors.ts";
import { EFFECTS } from "../policy/policy.ts";
import { present } from "../present.ts";
import { type Fields, fieldsOf, numberOf, parseJson, textOf, textsOf } from "../untrusted.ts";
import {
  AUDIT_EVENT_TYPES,
  AUDIT_RESOURCE_TYPES,
  AUDIT_RESULTS,
  type AuditActor,
  type AuditDecision,
  type AuditEntry,
  type AuditResource,
  type AuditResult,
} from "./audit-entry.ts";

/**
 * The entry in `item`; undefined if it is not one. `now` separates an attempt in progress from one that was cut off.
 */
export function readEntry(item: Item, now: Date): AuditEntry | undefined {
  const eventType = AUDIT_EVENT_TYPES.find((type) => type === item.eventType);
  const actor = readActor(item.actor);
  const resource = readResource(item.resource);
  const { timestamp, eventId, action, requestId } = item;
  if (
    eventType === undefined ||
    actor === undefined ||
    resource === undefined ||
    typeof timestamp !== "string" ||
    typeof eventId !== "string" ||
    typeof action !== "string" ||
    typeof requestId !== "string"
  ) {
    return undefined;
  }
  const ending = fieldsOf(item.ending);
  return {
    timestamp,
    eventId,
    eventType,
    actor,
    resource,
    action,
    requestId,
    ...readEnding(ending, item.deadline, now),
    objects: [...textsOf(item.objects), ...textsOf(ending.objects)],
    metadata: present({ inputs: parseJson(item.inputs), outputs: parseJson(ending.outputs) }),
  };
}

function readEnding(
  ending: Fields,
  deadline: unknown,
  now: Date,
): Pick<AuditEntry, "result"> & Partial<AuditEntry> {
  return {
    result: AUDIT_RESULTS.find((result) => result === ending.result) ?? unendedResult(deadline, now),
    ...present({
      durationMs: numberOf(ending.durationMs),
      stripeRequestId: textOf(ending.stripeRequestId),
      code: isProblemCode(ending.code) ? ending.code : undefined,
      declineCode: textOf(ending.declineCode),
      policyDecision: readDecision(ending.policyDecision),
    }),
  };
}

function unendedResult(deadline: unknown, now: Date): AuditResult {
  return typeof deadline === "number" && deadline >= now.getTime() ? "pending" : "interrupted";
}

function readActor(value: unknown): AuditActor | undefined {
  const { id, roles, ipAddress } = fieldsOf(value);
  if (typeof id !== "string") return undefined;
  return { id, roles: textsOf(roles), ...present({ ipAddress: textOf(ipAddress) }) };
}

function readResource(value: unknown): AuditResource | undefined {
  const { type: given, id, version } = fieldsOf(value);
  const type = AUDIT_RESOURCE_TYPES.find((known) => known === given);
  if (type === undefined || typeof id !== "string") return undefined;
  return { type, id, ...present({ version: textOf(version) }) };
}

function readDecision(value: unknown): AuditDecision | undefined {
  const { decision: given, ruleId, reason } = fieldsOf(value);
  const decision = EFFECTS.find((effect) => effect === given);
  if (decision === undefined || typeof ruleId !== "string" || typeof reason !== "string") return undefined;
  return { decision, ruleId, reason };
}
