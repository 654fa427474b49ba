/** What the log line says about a call. Pure; lib/call-metrics.ts says which metrics it contains. */
import type { LogFields } from "../log.ts";
import { type SubjectIds, subjectsAmong } from "../subject-ids.ts";
import { fieldOf, textOf } from "../untrusted.ts";
import type { AuditMark } from "./attempt.ts";
import { objectIdsIn } from "./object-ids.ts";
import type { CallFacts, RecordedCall } from "./recorded-call.ts";

/** `mark`: that of the call's audit entry, once it exists. */
export function lineOf(
  call: RecordedCall,
  durationMs: number,
  facts: CallFacts,
  mark: AuditMark | undefined,
): LogFields {
  const { eventType, requestId, resource, action, principal, logFields } = call;
  const { decision, vendorRequestId } = facts;
  // A dimension of metrics: an id that differs from call to call must not become one.
  const hasCapability = resource.type === "capability" || resource.type === "workflow";
  return {
    event: eventType,
    requestId,
    ...(hasCapability ? { capabilityId: resource.id } : {}),
    action,
    principalId: principal.id,
    decision: decision?.decision,
    ruleId: decision?.ruleId,
    durationMs,
    stripeRequestId: vendorRequestId,
    // A second witness: with the digest in CloudWatch, the table cannot be rewritten unnoticed.
    ...mark,
    ...subjectsOf(call, facts),
    ...moneyIn(facts.inputs),
    ...moneyIn(facts.outputs),
    ...logFields,
  };
}

/** What the call is about, in the currency's smallest unit: an amount says nothing without its currency. */
function moneyIn(value: unknown): Pick<LogFields, "amount" | "currency"> {
  const currency = textOf(fieldOf(value, "currency"));
  const amount = [fieldOf(value, "amount"), fieldOf(value, "amountDue")].find(Number.isSafeInteger);
  return currency === undefined || typeof amount !== "number" ? {} : { amount, currency };
}

/** What was asked for comes before what came of it: a created payment belongs to the customer of the inputs. */
function subjectsOf(
  { eventType, principal }: RecordedCall,
  { objects, inputs, outputs, subjects }: CallFacts,
): SubjectIds {
  // Reading the history of a customer does not concern the customer.
  if (eventType === "audit.read") return {};
  return {
    ...subjectsAmong(principal.customerId),
    ...subjectsAmong(...objectIdsIn(outputs)),
    ...subjectsAmong(...objects, ...objectIdsIn(inputs)),
    ...subjects,
  };
}
