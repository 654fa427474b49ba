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
  /** The version that `object` is in; null if Stripe does not say. */
  apiVersion?: string | null;
  livemode?: boolean;
  /** The connected account that the event is about. */
  account?: string;
  deliver: boolean;
}

const FIELDS = [
  ...["type", "object", "previous_attributes", "created", "id", "deliver"],
  ...["api_version", "livemode", "account"],
];

/** Reads one event or a list of events. Throws a ControlInputError. */
export function eventsFrom(body: unknown): GivenEvent[] {
  return (Array.isArray(body) ? body : [body]).map((item: unknown) =>
    eventFrom(fields(item, FIELDS, "event")),
  );
}

function eventFrom(input: Fields): GivenEvent {
  const { deliver = true, id, livemode, api_version: apiVersion } = input;
  if (typeof deliver !== "boolean") throw new ControlInputError("deliver", "true or false", deliver);
  if (livemode !== undefined && typeof livemode !== "boolean")
    throw new ControlInputError("livemode", "true or false", livemode);
  if (id !== undefined && (typeof id !== "string" || !/^evt_\w+$/.test(id))) {
    throw new ControlInputError("id", "evt_ followed by letters or digits", id);
  }
  return {
    type: textField(input, "type"),
    object: objectField(input, "object"),
    deliver,
    ...present({
      id,
      livemode,
      apiVersion:
        apiVersion === undefined || apiVersion === null ? apiVersion : textField(input, "api_version"),
      account: input.account === undefined ? undefined : textField(input, "account"),
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
