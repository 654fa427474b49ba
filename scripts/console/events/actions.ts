/** What the pages about events can do: each is what an operator's command does, and returns the lines that the command prints. */
import { Problem } from "../../../lib/errors.ts";
import { CONSUMED_QUEUES, type ConsumedQueue } from "../../../lib/events/event-queues.ts";
import { fixDrift } from "../../../lib/reconcile/drift.ts";
import { fieldOf, fieldsOf, parseJson, textOf } from "../../../lib/untrusted.ts";
import { findDrifts } from "../../events/drift.ts";
import { isObjectId } from "../../events/filter-options.ts";
import { compareWithStripe, lackOf } from "../../events/reconcile.ts";
import { redriveDeadLetters } from "../../events/redrive.ts";
import { replayEvents } from "../../events/replay.ts";
import { counted, nameOf } from "../../events/shown.ts";
import type { ConsoleContext } from "../server/route.ts";

export interface ActionResult {
  /** What the command prints. */
  readonly lines: readonly string[];
}

/** An event's id; throws BAD_REQUEST for anything else. */
export function eventIdIn(text: string | undefined): string {
  if (text !== undefined && /^evt_\w{1,250}$/.test(text)) return text;
  throw new Problem("BAD_REQUEST", "An event has an id such as evt_3MtwBwLkdIwHu7ix28a3tqPa");
}

/** Lets Stripe's emulator deliver the event once more. Throws NOT_IMPLEMENTED where there is none. */
export async function resend(eventId: string, { local }: ConsoleContext): Promise<ActionResult> {
  if (local?.embedsStripe !== true)
    throw new Problem(
      "NOT_IMPLEMENTED",
      `Only Stripe can send an event again: stripe events resend ${eventId}, or in its dashboard`,
    );
  const response = await fetch(`${local.stripeEmulatorUrl}/_emulator/events/${eventId}/resend`, {
    method: "POST",
  });
  const answer = parseJson(await response.text());
  if (!response.ok)
    throw new Problem("NOT_FOUND", textOf(fieldOf(answer, "error", "message")) ?? "The emulator refuses it");
  return { lines: [`${eventId} is sent to the webhook once more.`] };
}

export async function replay(
  eventId: string,
  { again }: { readonly again: boolean },
  { now }: ConsoleContext,
): Promise<ActionResult> {
  return said(async (say) => {
    await replayEvents(
      { action: "replay", eventIds: [eventId], filter: {}, again, dryRun: false },
      await now(),
      say,
    );
  });
}

export interface RedriveInput {
  readonly queue: ConsumedQueue;
  /** Deletes what neither our functions nor SES have sent, if Stripe does not have it. */
  readonly discard: boolean;
  /** Only says what would be done. */
  readonly dryRun: boolean;
}

/** Throws BAD_REQUEST. */
export function redriveInputIn(body: unknown): RedriveInput {
  const { queue, discard, dryRun } = fieldsOf(body);
  const known = CONSUMED_QUEUES.find((each) => each === queue);
  if (known === undefined)
    throw new Problem("BAD_REQUEST", `The queue is one of ${CONSUMED_QUEUES.join(", ")}`);
  return { queue: known, discard: discard === true, dryRun: dryRun === true };
}

export async function redrive({ queue, discard, dryRun }: RedriveInput): Promise<ActionResult> {
  return said((say) =>
    redriveDeadLetters({ action: "redrive", queues: [queue], filter: {}, discard, dryRun }, say),
  );
}

/** Queues the events that Stripe has and we lack. */
export async function reconcile(since: Date | undefined, { now }: ConsoleContext): Promise<ActionResult> {
  return said(async (say) => {
    const asked = { dryRun: false, ...(since === undefined ? {} : { since }) };
    const { listed, missing } = await compareWithStripe(asked, await now(), (event) =>
      say(`${nameOf(event.queued)}: ${lackOf(event)}, queued`),
    );
    say(
      `${counted(listed, "event")} compared: ${missing.length} missing${missing.length === 0 ? "" : ", now queued"}.`,
    );
  });
}

/** Records the state at Stripe of an object whose record differs. */
export async function fixObject(objectId: string, { now }: ConsoleContext): Promise<ActionResult> {
  if (!isObjectId(objectId))
    throw new Problem("BAD_REQUEST", "An object has an id such as pi_3MtwBwLkdIwHu7ix28a3tqPa");
  const { drifts } = await findDrifts({ objectId, limit: 1 });
  const [drift] = drifts;
  if (drift === undefined) return { lines: [`${objectId} does not differ from Stripe.`] };
  const isFixed = await fixDrift(drift, await now());
  return {
    lines: [
      isFixed
        ? `${objectId} is recorded as at Stripe: ${drift.fields.join(", ")}.`
        : `${objectId} was not fixed: Stripe does not have it, or its record has changed since.`,
    ],
  };
}

async function said(act: (say: (line: string) => void) => Promise<void>): Promise<ActionResult> {
  const lines: string[] = [];
  await act((line) => lines.push(line.trim()));
  return { lines };
}
