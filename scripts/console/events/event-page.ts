/** Everything about one event: where it is, when it got there, its payload, and what it changed. */
import type { Item } from "../../../lib/aws/dynamodb.ts";
import { deliveriesOf } from "../../../lib/endpoints/delivery-table.ts";
import { type ObjectState, objectState } from "../../../lib/events/object-state.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { fetchObject } from "../../../lib/events/resolve-event.ts";
import { present } from "../../../lib/present.ts";
import { singleWord } from "../../../lib/scrub.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { numberOf, textOf } from "../../../lib/untrusted.ts";
import { adviceOn } from "../../events/event-advice.ts";
import { findKnownEvent, type KnownEvent } from "../../events/known-event.ts";
import { readNow } from "../../events/stripe-events.ts";
import type { Entry } from "../journal/entry.ts";
import type { ConsoleContext } from "../server/route.ts";
import { type Difference, differencesBetween } from "./differences.ts";
import { aboutEvent, type EventLine, readEventLog } from "./event-log.ts";
import { type EventRow, eventRow } from "./inbox-page.ts";
import { shownPayload } from "./payload.ts";
import { explained } from "./why-different.ts";

export interface EventStep {
  /** UTC, ISO 8601. */
  readonly at: string;
  readonly where: string;
  readonly what: string;
}

export interface ToldEndpoint {
  readonly notificationId: string;
  readonly type: string;
  readonly endpointId: string;
  readonly status: string;
  readonly attempts: number;
}

export interface EventPage {
  readonly eventId: string;
  readonly type: string;
  readonly objectId?: string;
  readonly objectType?: string;
  /** Left out if the inbox does not have it. */
  readonly inbox?: EventRow;
  /** The queues in whose dead-letter queues it is. */
  readonly deadIn: readonly string[];
  readonly advice: string;
  /** Why Stripe could not be asked. */
  readonly failure?: string;
  /** In the order of time. */
  readonly steps: readonly EventStep[];
  /** As JSON. Left out if Stripe does not have it any more. */
  readonly payload?: string;
  readonly differences: readonly Difference[];
  /** Why the sides differ, or may. */
  readonly explanations: readonly string[];
  /** Whether the record differs from Stripe. */
  readonly isDrifted: boolean;
  readonly told: readonly ToldEndpoint[];
  /** Whether Stripe's emulator can send it again. */
  readonly canResend: boolean;
  readonly resendCommand: string;
  /** Of the time line, newest first. */
  readonly entries: readonly Entry[];
}

/** Its lines are looked for from a day before its creation: clocks differ, and the log is asked for a range. */
const DAY_MS = 24 * 60 * 60 * 1000;

/** Throws the problems of `findKnownEvent`. */
export async function eventPage(eventId: string, context: ConsoleContext): Promise<EventPage> {
  const now = await context.now();
  const known = await findKnownEvent(eventId, now, { isQuick: true });
  const { type, objectId, item, object, queued, atStripe, failure, letters } = known;
  const created = queued?.head.created ?? numberOf(item?.created) ?? 0;
  const from = new Date(created * 1000 - DAY_MS);
  const to = new Date(Math.max(now.getTime(), Date.now()) + DAY_MS);
  const [lines, sides, told] = await Promise.all([
    readEventLog(context.target, { from, to }, aboutEvent(eventId)).catch(() => []),
    sidesOf(known),
    endpointsTold(known),
  ]);
  const { record, stripe } = sides;
  const recordAndStripe = differencesBetween(present({ record, stripe }));
  return {
    ...{ eventId, type: singleWord(type), told },
    ...present({
      objectId: objectId === undefined ? undefined : singleWord(objectId),
      objectType: sides.event?.objectType ?? record?.objectType,
      inbox: item === undefined ? undefined : eventRow(item, now),
      failure: failure?.message,
      payload: atStripe === undefined ? undefined : shownPayload(atStripe.body),
    }),
    canResend: context.local?.embedsStripe === true,
    resendCommand: resendCommand(eventId, context),
    deadIn: letters.map(({ queue }) => queue),
    advice: adviceOn(known, now),
    steps: stepsOf(known, lines),
    differences: differencesBetween(present(sides)),
    explanations: explained({
      ...{ eventId, created, isStale: item?.stale === true },
      isOtherVersion: queued?.head.apiVersion !== undefined && queued.head.apiVersion !== STRIPE_API_VERSION,
      ...present({ recorded: object === undefined ? undefined : recordedFrom(object) }),
      eventDiffers: differs(sides.event, record),
      stripeDiffers: differs(record, stripe),
      isAtStripe: stripe !== undefined,
    }),
    isDrifted:
      record !== undefined && stripe !== undefined && recordAndStripe.some(({ isEqual }) => !isEqual),
    entries: [...context.journal.about(eventId)].reverse(),
  };
}

function resendCommand(eventId: string, { local }: ConsoleContext): string {
  return local?.embedsStripe === true
    ? `curl -X POST ${local.stripeEmulatorUrl}/_emulator/events/${eventId}/resend`
    : `stripe events resend ${eventId}`;
}

const differs = (a: unknown, b: unknown) =>
  a !== undefined &&
  b !== undefined &&
  differencesBetween({ event: a, record: b }).some(({ isEqual }) => !isEqual);

interface States {
  readonly event: ObjectState | undefined;
  readonly record: ObjectState | undefined;
  readonly stripe: ObjectState | undefined;
}

/** The recorded part of the object, from each side. Stripe is not asked again if it could not be asked for the event. */
async function sidesOf({ queued, object, failure, objectId }: KnownEvent): Promise<States> {
  const told = queued?.kind === "snapshot" ? objectState(queued.event.object, queued.event.type) : undefined;
  const record = object === undefined ? undefined : (await recordedIn(object)).state;
  const objectType = told?.objectType ?? record?.objectType;
  const found =
    failure !== undefined || objectId === undefined || objectType === undefined
      ? undefined
      : await fetchObject(objectType, objectId, readNow).catch(() => undefined);
  return { event: told, record, stripe: found === undefined ? undefined : objectState(found) };
}

function recordedFrom(object: Item) {
  return {
    eventId: singleWord(String(object.eventId)),
    eventType: singleWord(String(object.eventType)),
    eventCreated: Number(object.eventCreated),
  };
}

/** A notification has the id of its event; the one about a refund has an id of its own, because either of two events reports it. */
async function endpointsTold({ eventId, objectId }: KnownEvent): Promise<ToldEndpoint[]> {
  const ids = [eventId, ...(objectId?.startsWith("re_") ? [`evt_succeeded_${objectId}`] : [])];
  const found = await Promise.all(ids.map((id) => deliveriesOf(id)));
  return found.flatMap(({ type = "", deliveries }, index) =>
    deliveries.map(({ endpointId, status, attempts }) => ({
      notificationId: ids[index] ?? eventId,
      ...{ type, endpointId, status },
      attempts: attempts.length,
    })),
  );
}

function stepsOf(known: KnownEvent, lines: readonly EventLine[]): EventStep[] {
  const { atStripe, queued, deliveries, item, letters, object, eventId } = known;
  const created = queued?.head.created ?? numberOf(item?.created);
  const pending = atStripe?.pendingWebhooks ?? 0;
  const received = lines.filter(({ fields }) => fields.event === "webhook.received");
  const iso = (at: number) => new Date(at).toISOString();
  return [
    ...(created === undefined
      ? []
      : [
          {
            at: iso(created * 1000),
            where: "Stripe",
            what: pending === 0 ? "created" : `created; deliveries that are pending: ${pending}`,
          },
        ]),
    ...received.map(({ at, fields }) => ({
      at: iso(at),
      where: "webhook",
      what: `received, and put into the queue ${fields.queue}`,
    })),
    ...deliveries.map(({ timestamp, result, code }) => ({
      at: timestamp,
      where: "consumer",
      what: `delivered: ${code === undefined ? result : `${result}, ${code}`}`,
    })),
    ...inboxSteps(item),
    ...(object?.eventId === eventId
      ? [
          {
            at: String(object.recordedAt),
            where: "record",
            what: `its object was recorded as ${object.status}`,
          },
        ]
      : []),
    ...letters.map(({ sentAt, queue }) => ({
      at: sentAt.toISOString(),
      where: "dead letters",
      what: `set aside from the queue ${queue}`,
    })),
  ].sort((a, b) => a.at.localeCompare(b.at));
}

function inboxSteps(item: Item | undefined): EventStep[] {
  const [receivedAt, appliedAt] = [textOf(item?.receivedAt), textOf(item?.appliedAt)];
  const begun = item?.state === "queued" ? "noted as queued" : "begun";
  return [
    ...(receivedAt === undefined ? [] : [{ at: receivedAt, where: "inbox", what: begun }]),
    ...(appliedAt === undefined
      ? []
      : [{ at: appliedAt, where: "inbox", what: item?.stale === true ? "done: it was stale" : "done" }]),
  ];
}
