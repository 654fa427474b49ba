/**
 * The last known state of Stripe objects, in the table StripeObjects. A newer event wins; events of the same second
 * (`created` has whole seconds) never take an object out of a final state.
 */
import { putItem } from "../dynamodb.ts";
import { env } from "../env.ts";
import type { StripeEvent } from "./stripe-event.ts";

/** What is kept of an object: states, ids and amounts; no personal data and no client secret. */
export interface ObjectState {
  readonly objectType: string;
  readonly status: string;
  /** True when Stripe never changes this status again. */
  readonly final: boolean;
  readonly customerId?: string;
  /** In the currency's smallest unit. */
  readonly amount?: number;
  readonly currency?: string;
  readonly declineCode?: string;
  /** UTC, ISO 8601. */
  readonly currentPeriodEnd?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Records the state that `event` tells. False when what is recorded already is newer. */
export function recordState(event: StripeEvent, state: ObjectState): Promise<boolean> {
  return putItem(
    env("STRIPE_OBJECTS_TABLE"),
    {
      objectId: event.object.id,
      ...state,
      eventId: event.id,
      eventType: event.type,
      eventCreated: event.created,
      recordedAt: new Date().toISOString(),
    },
    {
      // objectIsNew OR eventIsNewer OR (sameSecond AND (recordedStateCanChange OR thisStateIsFinal))
      expression:
        "attribute_not_exists(objectId) OR eventCreated < :created OR (eventCreated = :created AND (#final = :false OR :final = :true))",
      names: { "#final": "final" },
      values: { ":created": event.created, ":final": state.final, ":true": true, ":false": false },
    },
  );
}
