/** The actions of the control interface on events: list them, record more, deliver one again. */

import type { Emulator } from "../emulator/emulator.ts";
import { present } from "../present.ts";
import { isApiVersion } from "../protocol/api-version.ts";
import { resourceMissing } from "../protocol/errors.ts";
import { ControlInputError, fields, textField } from "../protocol/json-input.ts";
import { newEvent } from "../state/emit-event.ts";
import type { StoredEvent } from "../state/store.ts";
import { renderEvent } from "../versions/render-event.ts";
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
  const events = given.map(({ object, previousAttributes, deliver, ...fields }) => {
    const { type } = fields;
    const event = newEvent({
      apiVersion: store.apiVersion,
      created: faults.createdOf(type, clock.now()),
      ...fields,
      data: { object, ...present({ previous_attributes: previousAttributes }) },
      cause: { id: null, idempotency_key: null },
    });
    store.put("event", event);
    if (deliver) webhooks.publish(event);
    return { id: event.id, type, created: event.created };
  });
  return { events };
}

/** The account's API version, in which events are rendered from now on. */
export function changeApiVersion({ store }: Emulator, body: unknown): object {
  const version = textField(fields(body, ["version"]), "version");
  if (!isApiVersion(version))
    throw new ControlInputError("version", "an API version such as 2020-08-27", version);
  store.apiVersion = version;
  return { version };
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

function withDeliveries({ webhooks, store }: Emulator, stored: StoredEvent): object {
  const { id, type, created } = stored;
  const deliveries = webhooks.deliveries.of(id);
  const event = renderEvent(store, stored);
  return { id, type, created, delivered: webhooks.deliveries.isDelivered(id), deliveries, event };
}
