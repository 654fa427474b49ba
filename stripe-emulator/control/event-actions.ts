/** The actions of the control interface on events: list them, record more, deliver one again. */

import type { Emulator } from "../emulator/emulator.ts";
import { present } from "../present.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { ControlInputError } from "../protocol/json-input.ts";
import { newEvent } from "../state/emit-event.ts";
import type { StoredEvent } from "../state/store.ts";
import { eventsFrom } from "./event-input.ts";

export function listEvents(emulator: Emulator): object {
  return { events: emulator.store.all("event").map((event) => withDeliveries(emulator, event)) };
}

/** Records and delivers the events in the body, all of them or none. No object of the emulator changes. */
export function giveEvents({ store, clock, faults, webhooks }: Emulator, body: unknown): object {
  const given = eventsFrom(body);
  const ids = given.flatMap(({ id }) => id ?? []);
  const taken = ids.find((id, index) => store.find("event", id) !== undefined || ids.indexOf(id) !== index);
  if (taken !== undefined) throw new ControlInputError("id", "an id that no event has yet", taken);
  const events = given.map(({ type, object, previousAttributes, created, id, deliver }) => {
    const data = { object, ...present({ previous_attributes: previousAttributes }) };
    const second = created ?? faults.createdOf(type, clock.now());
    const event = newEvent(type, second, data, { id: null, idempotency_key: null }, id);
    store.put("event", event);
    if (deliver) webhooks.publish(event);
    return { id: event.id, type, created: event.created };
  });
  return { events };
}

export function resendEvent(emulator: Emulator, _body: unknown, id: string): object {
  const event = eventOf(emulator, id);
  emulator.webhooks.resend(event);
  return withDeliveries(emulator, event);
}

/** Delivers the event in its thin form. */
export function sendThinEvent(emulator: Emulator, _body: unknown, id: string): object {
  const event = eventOf(emulator, id);
  emulator.webhooks.resend(event, "thin");
  return withDeliveries(emulator, event);
}

function eventOf({ store }: Emulator, id: string): StoredEvent {
  const event = store.find("event", id);
  if (event === undefined) throw resourceMissing("event", id);
  return event;
}

function withDeliveries({ webhooks }: Emulator, event: StoredEvent): object {
  const { id, type, created } = event;
  const deliveries = webhooks.deliveries.of(id);
  return { id, type, created, delivered: webhooks.deliveries.isDelivered(id), deliveries, event };
}
