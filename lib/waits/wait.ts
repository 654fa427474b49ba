/** What a waiting step waits for, and what has become of it. Pure. */
import { invalidField, missingObject, Problem } from "../errors.ts";
import { canHaveId, objectOfEvent } from "../events/event-objects.ts";
import type { ObjectState } from "../events/object-state.ts";
import { present } from "../present.ts";
import { entryOf, fieldsOf, numberOf, textOf, textsOf } from "../untrusted.ts";

export interface WaitInputs {
  /** The event types that end the wait. */
  readonly events: readonly string[];
  /** The event types that fail it. */
  readonly failOn: readonly string[];
  readonly objectId: string;
  readonly timeoutMs: number;
}

/** What a step waits for, and for whom. */
export interface Awaited extends Pick<WaitInputs, "events" | "failOn" | "objectId"> {
  /** The customer that the run's principal is bound to: it waits for no other customer's objects. */
  readonly customerId?: string;
}

/** What is recorded of an object. */
export interface Seen {
  readonly state: ObjectState;
  /** The types of the events that were applied to it. */
  readonly types: readonly string[];
}

export type Outcome =
  | { readonly kind: "arrived"; readonly output: Readonly<Record<string, unknown>> }
  | { readonly kind: "failed"; readonly problem: Problem };

/** Outputs that can be personal data. */
export const SENSITIVE_OUTPUTS = [["metadata"], ["email"]];

/** The inputs of a wait, as its step's template gives them. Throws VALIDATION_FAILED if `object` is not such an object's id. */
export function checkedWait(inputs: unknown): WaitInputs {
  const { events, failOn, object, timeoutMs } = fieldsOf(inputs);
  const types = textsOf(events);
  const kind = objectOfEvent(types[0] ?? "");
  const objectId = textOf(object);
  if (objectId === undefined || kind === undefined || !canHaveId(kind, objectId))
    throw invalidField("object", `must be the id of ${kind?.name ?? "the event's object"}`);
  return { events: types, failOn: textsOf(failOn), objectId, timeoutMs: numberOf(timeoutMs) ?? 0 };
}

/**
 * The final statuses that Stripe gives an object with one event only. The status can be known before the event: Stripe is
 * asked when the order of other events is not clear.
 */
const STATUS_AFTER: Readonly<Record<string, string>> = {
  "payment_intent.succeeded": "succeeded",
  "payment_intent.canceled": "canceled",
  "invoice.paid": "paid",
  "invoice.voided": "void",
  "customer.subscription.deleted": "canceled",
  "customer.deleted": "deleted",
  "payment_method.detached": "detached",
};

/**
 * What has become of the wait, by what is recorded of its object: an event counts from the object's creation on, whenever
 * the wait began. Undefined while it has to go on.
 */
export function outcomeOf(awaited: Awaited, { state, types }: Seen): Outcome | undefined {
  const { customerId, objectId } = awaited;
  if (customerId !== undefined && state.customerId !== customerId)
    return { kind: "failed", problem: missingObject("object") };
  const has = (type: string) =>
    types.includes(type) || (state.final && entryOf(STATUS_AFTER, type) === state.status);
  const event = awaited.events.find(has);
  if (event !== undefined) return { kind: "arrived", output: { objectId, event, ...state } };
  const failure = awaited.failOn.find(has);
  if (failure === undefined) return undefined;
  const problem = new Problem(
    "PRECONDITION_FAILED",
    `${failure} happened to ${objectId}, where the step waits for ${awaited.events.join(" or ")}`,
    present({ declineCode: state.declineCode }),
  );
  return { kind: "failed", problem };
}
