/**
 * Which fields the audit log can keep. It is an allow-list: a field that was forgotten is not kept. Pure.
 */
import type { AuditableFields } from "../../contract/payload-contract.ts";
import type { Field, Fields } from "./field.ts";
import { sensitivePaths } from "./sensitive-fields.ts";

export function auditableFields(fields: Fields): AuditableFields {
  const leaves = leavesOf(fields, sensitivePaths(fields));
  return {
    auditablePaths: leaves.filter(({ kept }) => kept).map(({ path }) => path),
    withheldPaths: leaves.filter(({ kept }) => !kept).map(({ path }) => path),
  };
}

interface Leaf {
  readonly path: string[];
  readonly kept: boolean;
}

/** `sensitive`: paths relative to these fields. */
function leavesOf(fields: Fields, sensitive: readonly (readonly string[])[]): Leaf[] {
  return Object.entries(fields).flatMap(([name, field]) => leavesAt(name, field, below(sensitive, name)));
}

function leavesAt(name: string, field: Field, sensitive: readonly (readonly string[])[]): Leaf[] {
  if (sensitive.some((path) => path.length === 0)) return [{ path: [name], kept: false }];
  const inside = leavesInside(field, sensitive);
  if (inside.length > 0) return inside.map(({ path, kept }) => ({ path: [name, ...path], kept }));
  return [{ path: [name], kept: isKept(field) }];
}

function leavesInside(field: Field, sensitive: readonly (readonly string[])[]): Leaf[] {
  if (field.type === "array" && field.items !== undefined)
    return leavesAt("*", field.items, below(sensitive, "*"));
  if (field.type === "object" && field.properties !== undefined) return leavesOf(field.properties, sensitive);
  return [];
}

function isKept({ type }: Field): boolean {
  return type === "string" || type === "number" || type === "boolean" || type === "timestamp";
}

const below = (paths: readonly (readonly string[])[], step: string) =>
  paths.filter((path) => path[0] === step).map((path) => path.slice(1));
