import type { ValidatorError } from "./validation-issues.ts";

/** Adds an error, in ajv's form, to those of a validator that `npm run generate` has compiled. `errors` is null before the first one. */
export function noteError(
  errors: ValidatorError[] | null,
  instancePath: string,
  keyword: string,
  params: ValidatorError["params"],
  data: unknown,
  parentSchema?: unknown,
): ValidatorError[] {
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
