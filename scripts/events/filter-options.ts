/** `--type`, `--object` and `--since`, with which an operator selects events. Pure. */
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import type { Arguments } from "../command-line/arguments.ts";
import type { OptionSpec } from "../command-line/command.ts";
import { readTime } from "../command-line/values.ts";
import type { EventFilter } from "./event-filter.ts";

export const FILTER_OPTIONS = {
  type: { value: "<type>", about: "only events of this type, such as invoice.paid or charge.*" },
  object: {
    value: "<id>",
    about: "only events of this object at Stripe, such as pi_3MtwBwLkdIwHu7ix28a3tqPa",
  },
  since: {
    value: "<time>",
    about:
      "only events that Stripe created since this time: 30m, 2h or 3d ago, or UTC: 2026-11-25 or 2026-11-25T08:30:00Z",
  },
} satisfies Readonly<Record<string, OptionSpec>>;

/** Throws VALIDATION_FAILED with a message that says what would be right. */
export function readFilter(given: Arguments, now: Date): EventFilter {
  const [type, objectId, since] = [given.text("type"), given.text("object"), given.text("since")];
  if (type !== undefined && !isTypePattern(type)) {
    throw invalidField("--type", "must be a type of event, such as invoice.paid or charge.*");
  }
  if (objectId !== undefined && !isObjectId(objectId)) {
    throw invalidField(
      "--object",
      "must be the id of an object at Stripe, such as pi_3MtwBwLkdIwHu7ix28a3tqPa",
    );
  }
  return {
    ...present({ type, objectId }),
    ...(since === undefined ? {} : { since: readTime("--since", since, now) }),
  };
}

export const isTypePattern = (text: string) => /^[a-z0-9_.]+\*?$/.test(text);

export const isObjectId = (text: string) => /^\w{1,255}$/.test(text);
