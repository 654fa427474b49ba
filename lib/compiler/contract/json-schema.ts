/** Fields as JSON Schema (draft 2020-12): validators and types are generated from it. Pure. */
import { present } from "../../present.ts";
import { type Field, type Fields, isRequired } from "./field.ts";

export type JsonSchema = { readonly [keyword: string]: unknown };

/** Which fields must be present: those that a caller must send, or those that are present once defaults are filled in. */
export type Presence = "sent" | "checked";

/** The schema of an object with exactly these fields. */
export function objectSchema(fields: Fields, presence: Presence = "sent"): JsonSchema {
  const required = Object.entries(fields).filter(
    ([, field]) => isRequired(field) || (presence === "checked" && field.default !== undefined),
  );
  return {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, presence)]),
    ),
    required: required.map(([name]) => name),
    additionalProperties: false,
  };
}

export function fieldSchema(field: Field, presence: Presence = "sent"): JsonSchema {
  return {
    ...typeSchema(field, presence),
    ...present({
      description: field.description,
      default: field.default,
      minimum: field.minimum,
      maximum: field.maximum,
      enum: field.enum,
      format: field.format,
      pattern: field.pattern,
      maxLength: field.maxLength,
    }),
  };
}

function typeSchema(field: Field, presence: Presence): JsonSchema {
  switch (field.type) {
    case "string":
      return { type: "string" };
    case "number":
      return { type: field.integer === true ? "integer" : "number" };
    case "boolean":
      return { type: "boolean" };
    case "timestamp":
      return { type: "string", format: "date-time" };
    // JSON has no bytes: they are sent as base64.
    case "file":
    case "bytes":
    case "buffer":
      return { type: "string", pattern: "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$" };
    case "array":
      return {
        type: "array",
        ...(field.items === undefined ? {} : { items: fieldSchema(field.items, presence) }),
      };
    case "object":
      return field.properties === undefined ? { type: "object" } : objectSchema(field.properties, presence);
  }
}
