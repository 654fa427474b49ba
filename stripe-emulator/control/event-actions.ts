/** The actions of the control interface on events: look at them, give some, deliver one again. */

import type { Emulator } from "../emulator/emulator.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { ControlInputError } from "../protocol/json-input.ts";
import { newEvent } from "../state/emit-event.ts";
import type { StoredEvent } from "../state/store.ts";
import { eventsFrom } from "./event-input.ts";

export function listEvents(emulator: Emulator): object {
  return { events: emulator.store.all("event").map((event) => withDeliveries(emulator, event)) };
}

/** Records and delivers the events of the body, all of them or none; no object of the emulator changes. */
export function giveEvents({ store, clock, faults, webhooks }: Emulator, body: unknown): object {
  const given = eventsFrom(body);
  const ids = given.flatMap(({ id }) => id ?? []);
  const taken = ids.find((id, index) => store.find("event", id) !== undefined || ids.indexOf(id) !== index);
  if (taken !== undefined) throw new ControlInputError("id", "an id that no event has yet", taken);
  const events = given.map(({ type, object, previousAttributes, created, id, deliver }) => {
    const data = {
      object,
      ...(previousAttributes === undefined ? {} : { previous_attributes: previousAttributes }),
    };
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

/** Delivers the event as a destination for thin events would get it. */
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
  const deliveries = webhooks.deliveriesOf(id);
  return { id, type, created, delivered: webhooks.isDelivered(id), deliveries, event };
}
