/** Reads the events that are given through the control interface. */
import { ControlInputError, type Fields, fields, integerField, textField } from "../protocol/json-input.ts";

/** An event to record as it is, whatever the emulator's own objects say. */
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

/** One event or a list of them. */
export function eventsFrom(body: unknown): GivenEvent[] {
  return (Array.isArray(body) ? body : [body]).map((item: unknown) =>
    eventFrom(fields(item, FIELDS, "event")),
  );
}

function eventFrom(input: Fields): GivenEvent {
  const { deliver = true, id } = input;
  if (typeof deliver !== "boolean") throw new ControlInputError("deliver", "true or false", deliver);
  if (id !== undefined && (typeof id !== "string" || !/^evt_\w+$/.test(id))) {
    throw new ControlInputError("id", "evt_ and letters or digits", id);
  }
  return {
    type: textField(input, "type"),
    object: objectField(input, "object"),
    deliver,
    ...(id === undefined ? {} : { id }),
    ...(input.created === undefined ? {} : { created: integerField(input, "created", 0) }),
    ...(input.previous_attributes === undefined
      ? {}
      : { previousAttributes: objectField(input, "previous_attributes") }),
  };
}

function objectField(input: Fields, name: string): object {
  const value = input[name];
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw new ControlInputError(name, "an object", value);
}
