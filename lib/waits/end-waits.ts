/** The effect that ends the steps of runs that wait for an event. */
import type { Effect } from "../events/consume.ts";
import { subjectsOfObject } from "../events/event-subjects.ts";
import { log } from "../log.ts";
import { createSealer } from "../sealing/sealing.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { subjectsAmong } from "../subject-ids.ts";
import { endWait } from "./end-wait.ts";
import { outcomeOf } from "./wait.ts";
import { waitsFor } from "./wait-items.ts";

/**
 * Ends every step that waits for the event. It must come before effects that can fail: a run should not wait because a
 * mail cannot be sent. A step that no longer waits is forgotten: that is no failure.
 */
export const endWaits: Effect = async ({ event, current, seen }, { requestId }) => {
  const secrets = await appSecrets();
  const { waits, unreadable } = await waitsFor(event.object.id, createSealer(secrets));
  const subjects = { ...subjectsOfObject(event.object), ...subjectsAmong(current.customerId) };
  for (const waiting of waits) {
    const outcome = outcomeOf(waiting, { state: current, types: seen ?? [event.type] });
    if (outcome === undefined) continue;
    const wasWaiting = await endWait(waiting, outcome, secrets);
    const { runId, step, objectId } = waiting;
    const about = { ...subjects, runId, step, objectId, eventId: event.id };
    const fields = { requestId, ...about, result: outcome.kind };
    log("info", { event: "wait.ended", ...fields, outcome: wasWaiting ? "succeeded" : "ignored" });
  }
  for (const waitId of unreadable) {
    const fields = { requestId, ...subjects, waitId, objectId: event.object.id };
    log("error", { event: "wait.unreadable", ...fields, outcome: "failed" });
  }
};
