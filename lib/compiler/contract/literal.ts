/** Checks values in a source file against a field at generation time, with the same validator that later checks calls. */
import { Ajv } from "ajv";
import { issueOf } from "../../contract/validation-issues.ts";
import type { Field } from "./field.ts";
import { formats } from "./formats.ts";
import { fieldSchema } from "./json-schema.ts";

const ajv = new Ajv({ allErrors: true, verbose: true, formats });

/** Why this field cannot have `value`, such as `must be a number, but is a string`; undefined when it can. */
export function literalMistake(field: Field, value: unknown): string | undefined {
  // A default belongs to the field, not to the value at hand.
  const { default: _default, ...schema } = fieldSchema(field);
  if (ajv.validate(schema, value)) return undefined;
  return (ajv.errors ?? [])
    .map(issueOf)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
}
