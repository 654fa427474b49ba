/** Which fields must never leave unencrypted: those marked `sensitive`, and those that are sensitive by name. Pure. */
import type { Field, Fields } from "./field.ts";

/**
 * Sensitive unless the contract says `sensitive: false`. By name, because the specification's contracts load unmodified
 * and mark nothing.
 */
const SENSITIVE_NAMES: ReadonlySet<string> = new Set(["clientSecret", "email", "name", "phone", "address"]);

/** Paths of the sensitive fields; `*` stands for any item of an array. */
export function sensitivePaths(fields: Fields): string[][] {
  return Object.entries(fields).flatMap(([name, field]) => pathsOf(name, field));
}

function pathsOf(name: string, field: Field): string[][] {
  if (field.sensitive ?? SENSITIVE_NAMES.has(name)) return [[name]];
  const below =
    field.items === undefined ? sensitivePaths(field.properties ?? {}) : pathsOf("*", field.items);
  return below.map((path) => [name, ...path]);
}
