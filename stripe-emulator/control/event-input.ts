/** Reads the events that are recorded through the control interface. */
import { present } from "../present.ts";
import { ControlInputError, type Fields, fields, integerField, textField } from "../protocol/json-input.ts";

/** An event to record as it is, independent of the emulator's objects. */
export interface GivenEvent {
  type: string;
  object: object;
  previousAttributes?: object;
  /** Unix seconds. */
  created?: number;
  id?: string;
  deliver: boolean;
}

const FIELDS = ["type", "object", "previous_attributes", "created", "id", "deliver"];

/** Reads one event or a list of events. Throws a ControlInputError. */
export function eventsFrom(body: unknown): GivenEvent[] {
  return (Array.isArray(body) ? body : [body]).map((item: unknown) =>
    eventFrom(fields(item, FIELDS, "event")),
  );
}

function eventFrom(input: Fields): GivenEvent {
  const { deliver = true, id } = input;
  if (typeof deliver !== "boolean") throw new ControlInputError("deliver", "true or false", deliver);
  if (id !== undefined && (typeof id !== "string" || !/^evt_\w+$/.test(id))) {
    throw new ControlInputError("id", "evt_ followed by letters or digits", id);
  }
  return {
    type: textField(input, "type"),
    object: objectField(input, "object"),
    deliver,
    ...present({
      id,
      created: input.created === undefined ? undefined : integerField(input, "created", 0),
      previousAttributes:
        input.previous_attributes === undefined ? undefined : objectField(input, "previous_attributes"),
    }),
  };
}

function objectField(input: Fields, name: string): object {
  const value = input[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ControlInputError(name, "an object", value);
}
