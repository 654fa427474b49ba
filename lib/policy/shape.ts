/** What fields an input or an answer can have, as far as a contract tells. Pure. */
import type { JsonSchema } from "../contract/json-schema.ts";

export type Shape =
  | { readonly kind: "value" }
  /** A free-form object: any name may be there, none must. */
  | { readonly kind: "open" }
  | { readonly kind: "list"; readonly items: Shape }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, ShapeField>> };

export interface ShapeField {
  readonly shape: Shape;
  /** Whether the object may be without it. */
  readonly optional: boolean;
}

export const VALUE: Shape = { kind: "value" };
export const OPEN: Shape = { kind: "open" };
export const NOTHING: Shape = { kind: "object", fields: {} };
/** A step of a path from a list to any of its items. */
export const ANY_ITEM = "*";

export type Finding =
  | { readonly known: true; readonly optional: boolean }
  /** `instead` are the names known where the path goes astray; none where nothing can be inside. */
  | { readonly known: false; readonly astray: string; readonly instead: readonly string[] };

/** The shape of what the schema accepts, with defaults filled in. */
export function shapeOf(schema: JsonSchema): Shape {
  const [first] = list(schema.allOf);
  if (first !== undefined) return shapeOf(object(first));
  if (Object.keys(schema).length === 0) return OPEN;
  if (schema.type === "array") {
    return { kind: "list", items: schema.items === undefined ? OPEN : shapeOf(object(schema.items)) };
  }
  if (schema.type !== "object") return VALUE;
  if (schema.properties === undefined) return OPEN;
  const required = list(schema.required);
  return {
    kind: "object",
    fields: Object.fromEntries(
      Object.entries(object(schema.properties)).map(([name, field]) => [
        name,
        { shape: shapeOf(object(field)), optional: !required.includes(name) },
      ]),
    ),
  };
}

/** Where `path` leads. `ANY_ITEM` goes into a list; with `throughLists`, every name does. */
export function findField(shape: Shape, path: readonly string[], throughLists = false): Finding {
  const [name, ...deeper] = path;
  if (name === undefined) return { known: true, optional: false };
  switch (shape.kind) {
    case "open":
      return { known: true, optional: name !== ANY_ITEM };
    case "value":
      return { known: false, astray: name, instead: [] };
    case "list":
      if (throughLists) return findField(shape.items, path, throughLists);
      return name === ANY_ITEM ? findField(shape.items, deeper) : { known: false, astray: name, instead: [] };
    case "object": {
      const field = Object.hasOwn(shape.fields, name) ? shape.fields[name] : undefined;
      if (field === undefined) return { known: false, astray: name, instead: Object.keys(shape.fields) };
      return deeper.length === 0
        ? { known: true, optional: field.optional }
        : findField(field.shape, deeper, throughLists);
    }
  }
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function object(value: unknown): JsonSchema {
  return typeof value === "object" && value !== null ? Object.fromEntries(Object.entries(value)) : {};
}
