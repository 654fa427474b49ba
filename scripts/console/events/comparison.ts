/** What Stripe has and we lack, and which of our records differ from Stripe. Changes nothing. */
import { objectIdOf } from "../../../lib/events/stripe-event.ts";
import { present } from "../../../lib/present.ts";
import { singleWord } from "../../../lib/scrub.ts";
import { findDrifts } from "../../events/drift.ts";
import { compareWithStripe, lackOf } from "../../events/reconcile.ts";

export interface MissingRow {
  readonly eventId: string;
  readonly type: string;
  readonly objectId?: string;
  /** UTC, ISO 8601. */
  readonly created: string;
  /** `missing`, or `lost while queued`. */
  readonly lack: string;
}

export interface DriftRow {
  readonly objectId: string;
  readonly objectType: string;
  readonly fields: readonly string[];
  readonly recordedStatus: string;
  readonly stripeStatus: string;
}

export interface Comparison {
  /** UTC, ISO 8601. */
  readonly from: string;
  readonly until: string;
  readonly events: number;
  readonly missing: readonly MissingRow[];
  readonly objects: number;
  readonly drifts: readonly DriftRow[];
}

/** Each object is a request to Stripe; `npm run events -- drift` compares more. */
const MOST_OBJECTS = 200;

export async function comparison(since: Date | undefined, now: Date): Promise<Comparison> {
  const asked = { dryRun: true, ...present({ since }) };
  const { from, until, listed, missing } = await compareWithStripe(asked, now);
  const { compared, drifts } = await findDrifts({ limit: MOST_OBJECTS });
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    ...{ from: iso(from), until: iso(until), events: listed, objects: compared },
    missing: missing.map((event) => {
      const { head } = event.queued;
      const objectId = objectIdOf(event.queued);
      return {
        eventId: singleWord(head.id),
        type: singleWord(head.type),
        created: iso(head.created),
        lack: lackOf(event),
        ...present({ objectId: objectId === undefined ? undefined : singleWord(objectId) }),
      };
    }),
    drifts: drifts.map(({ objectId, objectType, fields, recordedStatus, stripeStatus }) => ({
      ...{ objectId, objectType, fields, recordedStatus, stripeStatus },
    })),
  };
}
