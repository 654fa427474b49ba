/** Makes an entry of a line in a function's log. Pure. */
import { present } from "../../../lib/present.ts";
import { SUBJECT_FIELDS } from "../../../lib/subject-ids.ts";
import { type Fields, fieldsOf, numberOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import type { Entry, EntryKind, Outcome } from "./entry.ts";

export interface FunctionLine {
  /** The name of the function's folder. */
  readonly functionName: string;
  /** Unix milliseconds. */
  readonly at: number;
  readonly message: string;
}

/** Fields that hold an id, in addition to those of the subjects. */
const ID_FIELDS = [
  "requestId",
  "stripeRequestId",
  "eventId",
  "objectId",
  "messageId",
  "notificationId",
  "endpointId",
  "approvalId",
  "auditEventId",
] as const;

/** The entry; undefined for a line that is not one of ours, such as Lambda's report. */
export function entryOfLogLine({ functionName, at, message }: FunctionLine): Entry | undefined {
  const line = fieldsOf(parseJson(message));
  const event = textOf(line.event);
  if (event === undefined) return undefined;
  const ids = [...SUBJECT_FIELDS, ...ID_FIELDS].flatMap((field) => textOf(line[field]) ?? []);
  return {
    id: `log:${textOf(line.requestId) ?? ""}:${event}:${at}`,
    at,
    kind: kindOf(event),
    outcome: outcomeOf(line),
    title: titleOf(event, line),
    ids,
    functionName,
    event,
    ...present({
      alarm: textOf(line.alarm),
      count: numberOf(line.missing) ?? numberOf(line.drifted) ?? numberOf(line.attempts),
      detail: textOf(line.reason) ?? textOf(line.message) ?? textOf(line.status),
      code: textOf(line.code),
      principal: textOf(line.principalId),
      decision: decisionOf(line),
      durationMs: numberOf(line.durationMs),
    }),
  };
}

function kindOf(event: string): EntryKind {
  const [topic = ""] = event.split(".");
  if (topic === "webhook") return "event";
  if (topic === "capability" || topic === "approval" || topic === "audit") return "call";
  if (topic === "workflow") return "run";
  if (topic === "mail") return "mail";
  if (topic === "notification" || topic === "delivery") return "notification";
  return "schedule";
}

function outcomeOf({ outcome, level, status }: Fields): Outcome {
  if (outcome === "replayed") return "replayed";
  if (outcome === "denied") return "refused";
  if (level === "error" || (outcome === "failed" && !(typeof status === "number" && status < 500)))
    return "failed";
  if (outcome === "failed" || level === "warn") return "refused";
  return "succeeded";
}

function titleOf(event: string, line: Fields): string {
  return textOf(line.capabilityId) ?? textOf(line.eventType) ?? event;
}

function decisionOf({ decision, ruleId }: Fields) {
  return typeof decision === "string" && typeof ruleId === "string" ? { decision, ruleId } : undefined;
}
