/** A value that a field can have, where only its type is known. Pure. */
import type { Field, Fields } from "./field.ts";

/** One value for each field, optional ones included. */
export function sampleOf(fields: Fields): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, sampleValue(field)]));
}

function sampleValue(field: Field): unknown {
  if (field.enum !== undefined) return field.enum[0];
  switch (field.type) {
    case "number":
      return field.minimum ?? field.maximum ?? 1;
    case "boolean":
      return true;
    case "object":
      return sampleOf(field.properties ?? {});
    case "array":
      return field.items === undefined ? [] : [sampleValue(field.items)];
    case "timestamp":
      return "2026-01-01T00:00:00.000Z";
    default:
      return "sample";
  }
}
