/** Masks the fields that REDACT rules name. Pure. */

/** Replaces a masked value. */
export const REDACTED = "[redacted]";

/**
 * `answer`, copied as far as needed, in which the value at each dotted path is `[redacted]`. A path goes through arrays: `entries.actor.id`
 * is masked in every entry. A path that leads nowhere changes nothing.
 */
export function maskFields(answer: object, paths: readonly string[]): object {
  return maskFieldsOf(
    answer,
    paths.map((path) => path.split(".")),
  );
}

function maskFieldsOf(value: object, paths: readonly (readonly string[])[]): object {
  if (paths.length === 0) return value;
  if (Array.isArray(value)) return value.map((item) => mask(item, paths));
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const below = paths.filter(([first]) => first === name).map(([, ...rest]) => rest);
      if (below.some((rest) => rest.length === 0)) return [name, REDACTED];
      return [name, mask(item, below)];
    }),
  );
}

function mask(value: unknown, paths: readonly (readonly string[])[]): unknown {
  return typeof value === "object" && value !== null ? maskFieldsOf(value, paths) : value;
}
