/** Fields of Stripe's objects, read with suspicion. Pure. */

export function field(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

export function textIn(value: unknown, name: string): string | undefined {
  const text = field(value, name);
  return typeof text === "string" && text !== "" ? text : undefined;
}

export function numberIn(value: unknown, name: string): number | undefined {
  const number = field(value, name);
  return typeof number === "number" ? number : undefined;
}

/** The id of a reference that may be expanded to the object itself. */
export function idIn(value: unknown, name: string): string | undefined {
  return textIn(value, name) ?? textIn(field(value, name), "id");
}

/** The objects of a list as Stripe answers it. */
export function listed(list: unknown): unknown[] {
  const data = field(list, "data");
  return Array.isArray(data) ? data : [];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
