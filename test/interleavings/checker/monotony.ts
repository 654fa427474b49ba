/** Object states are monotone: what has ended stays so, counters only grow, and no write is lost. */
import { fromAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Fields, fieldOf, fieldsOf } from "../../../lib/untrusted.ts";
import type { Write } from "../services/dynamodb/dynamodb.ts";
import type { World } from "../world/world.ts";
import { about, type Finding } from "./finding.ts";

const wrong = about("object states are monotone");

/** What is wrong with the change of an item, as the end of a sentence about it. */
type Rule = (before: Fields, after: Fields | undefined, write: Write) => string | undefined;

const FINAL = ["succeeded", "canceled", "deleted", "paid", "void", "refunded"];

const versioned: Rule = (before, after) =>
  after !== undefined && Number(after.version) <= Number(before.version)
    ? `was written over version ${String(before.version)} as version ${String(after.version)}`
    : undefined;

const keepsEnd =
  (...ends: readonly string[]): Rule =>
  ({ state }, after) =>
    ends.includes(String(state)) && after?.state !== state
      ? `was ${String(state)}, and became ${String(after?.state)}`
      : undefined;

const objects: Rule = (before, after) => {
  const { objectType, status } = before;
  // The status of a charge says nothing about its refunds, and a refund can still fail.
  if (objectType !== "payment_intent" && objectType !== "subscription") return undefined;
  return FINAL.includes(String(status)) && after?.status !== status
    ? `was ${String(status)}, and became ${String(after?.status)}`
    : undefined;
};

const failedPayments: Rule = (before, after) => {
  if (before.status === "recovered" && after?.status !== "recovered")
    return `was recovered, and became ${String(after?.status)}`;
  return Number(after?.attempts) < Number(before.attempts) ? "has lost an attempt" : undefined;
};

const audit: Rule = (before, after) => {
  const partition = String(before.partition);
  if (after === undefined) return "was deleted";
  if (partition.startsWith("heads#"))
    return Number(after.sequence) < Number(before.sequence) || Number(after.version) < Number(before.version)
      ? "is a head that went back"
      : undefined;
  if (partition.startsWith("object#")) return undefined;
  const revision = (item: Fields) => Number(fieldOf(item, "ending", "revision") ?? 0);
  if (revision(after) < revision(before)) return "has an older ending than it had";
  return after.digest === before.digest ? undefined : "was replaced by another entry";
};

const answers: Rule = (before, after) => {
  if (before.state !== "completed") return undefined;
  return after?.answer === before.answer ? undefined : "had an answer, and has another one";
};

const RULES: Readonly<Record<string, readonly Rule[]>> = {
  IdempotencyKeysTable: [answers, keepsEnd("refunded")],
  StripeEventsTable: [keepsEnd("done")],
  StripeObjectsTable: [versioned, objects],
  FailedPaymentsTable: [versioned, failedPayments],
  SentMailsTable: [versioned, keepsEnd("sent", "refused")],
  UsageRecordsTable: [keepsEnd("sent")],
  AuditLogTable: [audit],
};

export function monotonyFindings({ dynamodb }: World): Finding[] {
  return dynamodb.writes.flatMap((write) => {
    const rules = RULES[write.table];
    if (rules === undefined || write.before === undefined) return [];
    const before = fieldsOf(fromAttributes(write.before));
    const after = write.after && fieldsOf(fromAttributes(write.after));
    return rules.flatMap((rule) => {
      const what = rule(before, after, write);
      return what === undefined ? [] : [wrong(`${write.table} ${write.key} ${what} by ${write.by}`)];
    });
  });
}
