/**
 * Declares and checks request parameters. Each endpoint has one table, name -> kind; the same table types the handler's
 * input. Errors carry Stripe's codes: https://docs.stripe.com/error-codes
 */
import { invalidRequest, type StripeApiError } from "./errors.ts";
import type { FormFields, FormValue } from "./form-encoding.ts";

/** How one parameter is read. `param` is its full name, such as `items[0][quantity]`. */
export interface Kind<T, Required extends boolean = false> {
  readonly required: Required;
  /** The API version that removed the parameter, such as `2025-03-31`. */
  readonly until?: string;
  /** Throws {@link StripeApiError} when the value is not of this kind. */
  read(value: FormValue, param: string): T;
}

export type Shape = Readonly<Record<string, Kind<unknown, boolean>>>;
type RequiredKeys<S extends Shape> = {
  [K in keyof S]: S[K] extends Kind<unknown, true> ? K : never;
}[keyof S];
type ValueOf<K> = K extends Kind<infer T, boolean> ? T : never;
/** The typed values that a table yields. */
export type Parsed<S extends Shape> = { [K in RequiredKeys<S>]: ValueOf<S[K]> } & {
  [K in Exclude<keyof S, RequiredKeys<S>>]?: ValueOf<S[K]>;
};

/**
 * Reads all parameters of a request or of a nested hash. Throws a 400 for unknown, missing and malformed ones, and for those
 * that `version`, which the request names, does not have any more.
 */
export function readParameters<S extends Shape>(
  shape: S,
  fields: FormFields,
  parent = "",
  version = "",
): Parsed<S> {
  const values: Record<string, unknown> = {};
  for (const [name, value] of fields) {
    const param = parent === "" ? name : `${parent}[${name}]`;
    const kind = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (kind === undefined || (kind.until !== undefined && version >= kind.until))
      throw unknownParameter(param);
    values[name] = kind.read(value, param);
  }
  for (const [name, kind] of Object.entries(shape)) {
    if (kind.required && !Object.hasOwn(values, name)) {
      const param = parent === "" ? name : `${parent}[${name}]`;
      throw invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
    }
  }
  // Each value came from the kind of the same name, which the compiler cannot follow through a loop.
  return values as Parsed<S>;
}

export function required<T>(kind: Kind<T, boolean>): Kind<T, true> {
  return { ...kind, required: true };
}

/**
 * A parameter that Stripe had until the API version `until`. A request that names no version may still use it, as with an
 * account whose own version is older.
 */
export function formerly<T>(until: string, kind: Kind<T>): Kind<T> {
  return { ...kind, until };
}

/** A parameter that an empty value unsets: it is read as `null`. */
export function emptyable<T>(kind: Kind<T>): Kind<T | null> {
  return optional((value, param) => (value === "" ? null : kind.read(value, param)));
}

export function string(maxLength = 5000): Kind<string> {
  return optional((value, param) => {
    if (typeof value !== "string") throw invalidRequest("Invalid string: expected text.", undefined, param);
    if (value === "") throw emptyParameter(param);
    if (value.length > maxLength) {
      const message = `Invalid string: ${value.slice(0, 20)}…; must be at most ${maxLength} characters`;
      throw invalidRequest(message, "parameter_invalid_string_too_long", param);
    }
    return value;
  });
}

export function integer(minimum = Number.MIN_SAFE_INTEGER, maximum = Number.MAX_SAFE_INTEGER): Kind<number> {
  return optional((value, param) => {
    if (value === "") throw emptyParameter(param);
    const number = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
    const code = "parameter_invalid_integer";
    if (number === undefined) throw invalidRequest(`Invalid integer: ${describe(value)}`, code, param);
    if (number < minimum) {
      throw invalidRequest(`This value must be greater than or equal to ${minimum}.`, code, param);
    }
    if (number > maximum)
      throw invalidRequest(`This value must be less than or equal to ${maximum}.`, code, param);
    return number;
  });
}

export function boolean(): Kind<boolean> {
  return optional((value, param) => {
    if (value === "true" || value === "1") return true;
    if (value === "false" || value === "0") return false;
    throw invalidRequest(`Invalid boolean: ${describe(value)}`, undefined, param);
  });
}

export function oneOf<const T extends string>(...choices: readonly T[]): Kind<T> {
  return optional((value, param) => {
    const choice = choices.find((candidate) => candidate === value);
    if (choice !== undefined) return choice;
    throw invalidRequest(`Invalid ${param}: must be one of ${choices.join(", ")}`, undefined, param);
  });
}

export function hash<S extends Shape>(shape: S): Kind<Parsed<S>> {
  return optional((value, param) => {
    if (typeof value === "string") throw invalidRequest("Invalid object", undefined, param);
    return readParameters(shape, value, param);
  });
}

export function list<T>(item: Kind<T, boolean>, maxLength = 100): Kind<T[]> {
  return optional((value, param) => {
    if (typeof value === "string") throw invalidRequest("Invalid array", undefined, param);
    const indexes = [...value.keys()];
    if (indexes.some((index) => !/^\d+$/.test(index)))
      throw invalidRequest("Invalid array", undefined, param);
    if (indexes.length > maxLength) {
      throw invalidRequest(`Invalid array: at most ${maxLength} items.`, "array_max_items", param);
    }
    const ordered = [...value].sort(([a], [b]) => Number(a) - Number(b));
    return ordered.map(([index, element]) => item.read(element, `${param}[${index}]`));
  });
}

/** A parameter of Stripe's API that the emulator does not act on. It is refused, because ignoring it would mislead. */
export function notEmulated(): Kind<never> {
  return optional((_value, param) => {
    const message = `Stripe has the parameter ${param}, but this emulator does not act on it. Leave it out, or use Stripe with a test key.`;
    throw invalidRequest(message, "parameter_not_emulated", param);
  });
}

/** An optional parameter that `read` reads. */
export function optional<T>(read: (value: FormValue, param: string) => T): Kind<T> {
  return { required: false, read };
}

function unknownParameter(param: string): StripeApiError {
  return invalidRequest(`Received unknown parameter: ${param}`, "parameter_unknown", param);
}

function emptyParameter(param: string): StripeApiError {
  const message = `You passed an empty string for '${param}'. An empty value unsets a parameter, and '${param}' cannot be unset.`;
  return invalidRequest(message, "parameter_invalid_empty", param);
}

function describe(value: FormValue): string {
  return typeof value === "string" ? value.slice(0, 40) : "a hash";
}
