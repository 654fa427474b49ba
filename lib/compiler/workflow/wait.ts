/** A step that waits for an event at Stripe: what it waits for, and what is known of its output. */

import type { ObjectKind } from "../../events/event-objects.ts";
import { objectOfEvent } from "../../events/event-objects.ts";
import type { ObjectState } from "../../events/object-state.ts";
import type { Field, Fields } from "../contract/field.ts";

/** The function that such a step invokes. Its inputs are those of lib/waits/wait.ts. */
export const WAITING_FUNCTION = "wait-for-event";

export interface Wait {
  /** The event types that end it. */
  readonly events: readonly string[];
  /** The event types that fail it. */
  readonly failOn: readonly string[];
  /** The id of the object, with its references. */
  readonly object: string;
}

/** The kind of object that the wait is about; undefined if its events do not say. */
export function objectOfWait({ events }: Wait): ObjectKind | undefined {
  return objectOfEvent(events[0] ?? "");
}

const text: Field = { type: "string", optional: true };
const number: Field = { type: "number", integer: true, optional: true };
const flag: Field = { type: "boolean", optional: true };
const time: Field = { type: "timestamp", optional: true };
const required = ({ optional: _optional, ...field }: Field): Field => field;

/** The recorded state of an object, as a run sees it. The compiler says which fields it has, so that none is forgotten. */
const STATE: Readonly<Record<keyof ObjectState, Field>> = {
  objectType: required(text),
  status: required(text),
  final: required(flag),
  customerId: text,
  amount: number,
  amountRefunded: number,
  amountReceived: number,
  currency: text,
  declineCode: text,
  chargeId: text,
  paymentIntentId: text,
  subscriptionId: text,
  invoiceId: text,
  mode: text,
  paymentStatus: text,
  attemptCount: number,
  reason: text,
  currentPeriodEnd: time,
  pausedCollection: text,
  collectionResumesAt: time,
  items: { type: "array", items: { type: "object" }, optional: true },
  cancelAtPeriodEnd: flag,
  cancelAt: time,
  trialEnd: time,
  trialEndsWithoutCard: text,
  overdueSince: time,
  createdAt: time,
  delinquent: flag,
  defaultPaymentMethodId: text,
  email: text,
  expires: text,
  entitlements: { type: "array", items: { type: "string" }, optional: true },
  metadata: { type: "object", optional: true },
};

/** What Stripe's objects of a kind always have. */
const ALWAYS: Readonly<Record<string, readonly (keyof ObjectState)[]>> = {
  payment_intent: ["amount", "currency"],
  invoice: ["amount", "currency"],
  charge: ["amount", "currency"],
  refund: ["amount", "currency"],
  dispute: ["amount", "currency"],
  subscription: ["customerId"],
  customer: ["customerId"],
};

/** The fields of the output. */
export function outputsOfWait(wait: Wait): Fields {
  const always = new Set<string>(ALWAYS[objectOfWait(wait)?.objectType ?? ""]);
  const state = Object.entries(STATE).map(([name, field]) => [
    name,
    always.has(name) ? required(field) : field,
  ]);
  return { objectId: required(text), event: required(text), ...Object.fromEntries(state) };
}

/** The field of a run's input that is the id of the object. */
export function inputOfWait(wait: Wait): Field {
  const kind = objectOfWait(wait);
  return { type: "string", pattern: `^(${(kind?.prefixes ?? []).join("|")})\\w+$` };
}
