/** Checks values in a source file against a field at generation time, with the same validator that later checks calls. */
import { Ajv, type ValidateFunction } from "ajv";
import { issueOf } from "../../contract/validation-issues.ts";
import type { Field } from "./field.ts";
import { formats } from "./formats.ts";
import { fieldSchema } from "./json-schema.ts";

const ajv = new Ajv({ allErrors: true, verbose: true, formats });

/** By schema, as JSON: most fields of a project look like another one, and compiling costs far more than checking. */
const validators = new Map<string, ValidateFunction>();

/** Why this field cannot have `value`, such as `must be a number, but is a string`; undefined when it can. */
export function literalMistake(field: Field, value: unknown): string | undefined {
  // A default belongs to the field, not to the value at hand.
  const { default: _default, description: _description, ...schema } = fieldSchema(field);
  const key = JSON.stringify(schema);
  const validate = validators.get(key) ?? ajv.compile(schema);
  validators.set(key, validate);
  if (validate(value)) return undefined;
  return (validate.errors ?? [])
    .map(issueOf)
    .map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
    .join("; ");
}
