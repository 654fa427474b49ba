import type { ValidatorError } from "./validation-issues.ts";

/** The parameter of each keyword that an issue is made from, by ajv's name. */
const PARAMS = {
  required: "missingProperty",
  additionalProperties: "additionalProperty",
  type: "type",
  enum: "allowedValues",
  pattern: "pattern",
  minimum: "limit",
  maximum: "limit",
  maxLength: "limit",
  format: "format",
} as const;

/**
 * Adds an error, as ajv describes it, to those of a validator that `npm run generate` has compiled. `errors` is null before the
 * first one; `param` is the keyword's parameter.
 */
export function noteError(
  errors: ValidatorError[] | null,
  instancePath: string,
  keyword: keyof typeof PARAMS,
  param: unknown,
  data: unknown,
  parentSchema?: unknown,
): ValidatorError[] {
  const params = { [PARAMS[keyword]]: param };
  const found = errors ?? [];
  found.push({
    instancePath,
    keyword,
    params,
    data,
    ...(parentSchema === undefined ? {} : { parentSchema }),
  });
  return found;
}
