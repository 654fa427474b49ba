/**
 * What agents never get. A transcript of an agent is stored and read by others, like a log. Payers are sent to the pay page, so
 * no agent needs a client secret. Pure.
 */
import { isRecord } from "../untrusted.ts";

const WITHHELD: ReadonlySet<string> = new Set(["clientSecret"]);

/** Whether a field of this name is left out of every result of a tool. */
export const isWithheld = (name: string): boolean => WITHHELD.has(name);

/** A copy of the value without the fields that are withheld, at any depth. */
export function withoutWithheld(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutWithheld);
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      isWithheld(name) ? [] : [[name, withoutWithheld(item)]],
    ),
  );
}
