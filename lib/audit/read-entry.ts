/**
 * From the stored item to the entry that readers get. Pure. Reads every attribute with suspicion: a log that somebody
 * tampered with must still be readable. Whether it was, `npm run audit -- verify` tells.
 */

import type { Item } from "../aws/dynamodb.ts";
import { PROBLEM_KINDS, type ProblemCode } from "../errors.ts";
import { EFFECTS } from "../policy/policy.ts";
import { present } from "../present.ts";
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

/** The entry in `item`; undefined when it is none. `now` tells an attempt under way from one that was cut off. */
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
  const ending = fields(item.ending);
  return {
    timestamp,
    eventId,
    eventType,
    actor,
    resource,
    action,
    requestId,
    ...readEnding(ending, item.deadline, now),
    objects: [...texts(item.objects), ...texts(ending.objects)],
    metadata: { ...payload("inputs", item.inputs), ...payload("outputs", ending.outputs) },
  };
}

function readEnding(
  ending: Item,
  deadline: unknown,
  now: Date,
): Pick<AuditEntry, "result"> & Partial<AuditEntry> {
  const code = readCode(ending.code);
  const policyDecision = readDecision(ending.policyDecision);
  return {
    result: AUDIT_RESULTS.find((result) => result === ending.result) ?? unendedResult(deadline, now),
    ...(typeof ending.durationMs === "number" ? { durationMs: ending.durationMs } : {}),
    ...(typeof ending.stripeRequestId === "string" ? { stripeRequestId: ending.stripeRequestId } : {}),
    ...present({ code }),
    ...(typeof ending.declineCode === "string" ? { declineCode: ending.declineCode } : {}),
    ...present({ policyDecision }),
  };
}

function unendedResult(deadline: unknown, now: Date): AuditResult {
  return typeof deadline === "number" && deadline >= now.getTime() ? "pending" : "interrupted";
}

function readActor(value: unknown): AuditActor | undefined {
  const { id, roles, ipAddress } = fields(value);
  if (typeof id !== "string") return undefined;
  return { id, roles: texts(roles), ...(typeof ipAddress === "string" ? { ipAddress } : {}) };
}

function readResource(value: unknown): AuditResource | undefined {
  const { type: given, id, version } = fields(value);
  const type = AUDIT_RESOURCE_TYPES.find((known) => known === given);
  if (type === undefined || typeof id !== "string") return undefined;
  return { type, id, ...(typeof version === "string" ? { version } : {}) };
}

function readDecision(value: unknown): AuditDecision | undefined {
  const { decision: given, ruleId, reason } = fields(value);
  const decision = EFFECTS.find((effect) => effect === given);
  if (decision === undefined || typeof ruleId !== "string" || typeof reason !== "string") return undefined;
  return { decision, ruleId, reason };
}

function readCode(value: unknown): ProblemCode | undefined {
  const isCode = (text: string): text is ProblemCode => Object.hasOwn(PROBLEM_KINDS, text);
  return typeof value === "string" && isCode(value) ? value : undefined;
}

function payload(name: "inputs" | "outputs", text: unknown): { inputs?: unknown; outputs?: unknown } {
  if (typeof text !== "string") return {};
  try {
    return { [name]: JSON.parse(text) };
  } catch {
    return {};
  }
}

function fields(value: unknown): Item {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
