/** Schemas for readers that are not ours: OpenAPI tools and agents. Pure. */
import { fieldsOf } from "../../untrusted.ts";
import type { JsonSchema } from "./json-schema.ts";

/**
 * The schema without patterns that need Unicode classes: many tools read patterns without them. An object of free form says
 * that it is one: tools disagree about what to expect otherwise.
 */
export function portableSchema(schema: JsonSchema): JsonSchema {
  if (schema.type === "object" && schema.properties === undefined)
    return { ...schema, additionalProperties: true };
  return Object.fromEntries(
    Object.entries(schema).flatMap(([keyword, value]): [string, unknown][] => {
      if (keyword === "pattern" && String(value).includes("\\p{")) return [];
      if (keyword === "items") return [[keyword, portableSchema(fieldsOf(value))]];
      if (keyword !== "properties") return [[keyword, value]];
      const fields = Object.entries(fieldsOf(value));
      return [
        [keyword, Object.fromEntries(fields.map(([name, field]) => [name, portableSchema(fieldsOf(field))]))],
      ];
    }),
  );
}

/** The schema of an object of which a later version can have more fields. */
export const openSchema = ({ additionalProperties: _closed, ...schema }: JsonSchema): JsonSchema => schema;
