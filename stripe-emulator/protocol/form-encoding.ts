/**
 * The request encoding of Stripe's v1 API: `application/x-www-form-urlencoded` with brackets for nesting,
 * `items[0][price]=price_1&metadata[order]=42&expand[]=customer`.
 *
 * The parser does not guess whether brackets mean a list or a hash (`metadata[0]=x` is a hash); it returns nested maps
 * in the order of the text, and the parameter's declared kind decides. No I/O.
 */

export type FormValue = string | FormFields;
export type FormFields = Map<string, FormValue>;

/** What {@link encodeForm} accepts: the shapes that the caller of an SDK may write. */
export type Encodable =
  | string
  | number
  | boolean
  | readonly Encodable[]
  | { readonly [key: string]: Encodable };

/** Deeper than any parameter of Stripe's. The limit keeps a hostile body from exhausting the stack. */
const MAX_DEPTH = 16;

/** The text is not a form that Stripe can read; the message says which part is wrong. */
export class FormEncodingError extends Error {
  override name = "FormEncodingError";
}

/** Parses a query string or body. The last value of a repeated name wins. Throws {@link FormEncodingError}. */
export function parseForm(text: string): FormFields {
  const fields: FormFields = new Map();
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    const name = decode(equals === -1 ? pair : pair.slice(0, equals));
    const value = equals === -1 ? "" : decode(pair.slice(equals + 1));
    assign(fields, splitName(name), value, name);
  }
  return fields;
}

/** Reads a JSON body, as version 2 of the API takes it, into the same shape. Throws {@link FormEncodingError}. */
export function parseJsonFields(text: string): FormFields {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new FormEncodingError("Invalid request body: it is not JSON.");
  }
  const fields = fieldValue(body, 0);
  if (typeof fields === "string")
    throw new FormEncodingError("Invalid request body: it is not a JSON object.");
  return fields;
}

function fieldValue(value: unknown, depth: number): FormValue {
  if (depth > MAX_DEPTH) throw new FormEncodingError("Invalid request body: it is nested too deeply.");
  if (value === null || typeof value !== "object") return value === null ? "" : String(value);
  return new Map(Object.entries(value).map(([name, item]) => [name, fieldValue(item, depth + 1)]));
}

/** Writes nested data as Stripe's SDKs do: indexed brackets for lists, names in brackets for hashes. */
export function encodeForm(data: { readonly [key: string]: Encodable }): string {
  const pairs: string[] = [];
  const add = (name: string, value: Encodable): void => {
    if (isList(value)) {
      for (const [index, item] of value.entries()) add(`${name}[${index}]`, item);
    } else if (typeof value === "object") {
      for (const [key, item] of Object.entries(value)) add(`${name}[${key}]`, item);
    } else {
      pairs.push(`${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`);
    }
  };
  for (const [key, value] of Object.entries(data)) add(key, value);
  return pairs.join("&");
}

/** A text that is the same for requests with the same parameters in any order. */
export function canonicalForm(fields: FormFields): string {
  const sorted = [...fields].sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(
    sorted.map(([key, value]) => [key, typeof value === "string" ? value : canonicalForm(value)]),
  );
}

function isList(value: Encodable): value is readonly Encodable[] {
  return Array.isArray(value);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    throw new FormEncodingError(`Invalid percent-encoding in "${text.slice(0, 40)}".`);
  }
}

/** `items[0][price]` -> `["items", "0", "price"]`; `expand[]` -> `["expand", ""]`. */
function splitName(name: string): string[] {
  const open = name.indexOf("[");
  if (open === -1) return [name];
  if (open === 0 || !name.endsWith("]")) throw new FormEncodingError(`Invalid parameter name "${name}".`);
  const path = [name.slice(0, open), ...name.slice(open + 1, -1).split("][")];
  if (path.length > MAX_DEPTH)
    throw new FormEncodingError(`Parameter "${name.slice(0, 40)}…" is nested too deeply.`);
  return path;
}

function assign(fields: FormFields, path: readonly string[], value: string, name: string): void {
  const [head = "", ...rest] = path;
  const key = head === "" ? String(fields.size) : head;
  if (rest.length === 0) {
    if (fields.get(key) instanceof Map) throw conflict(name);
    fields.set(key, value);
    return;
  }
  const existing = fields.get(key) ?? new Map<string, FormValue>();
  if (typeof existing === "string") throw conflict(name);
  fields.set(key, existing);
  assign(existing, rest, value, name);
}

function conflict(name: string): FormEncodingError {
  return new FormEncodingError(`Parameter "${name}" is given both as a value and as a hash.`);
}
