/** The fields that an input or a response can have, as far as a contract says. Pure. */
import { entryOf, fieldsOf, listOf } from "../../untrusted.ts";
import type { JsonSchema } from "../contract/json-schema.ts";

export type Shape =
  | { readonly kind: "value" }
  /** A free-form object: any name can be present, none must be. */
  | { readonly kind: "open" }
  /** A resource that has mistakes of its own: any name could be right. */
  | { readonly kind: "unclear" }
  | { readonly kind: "list"; readonly items: Shape }
  | { readonly kind: "object"; readonly fields: Readonly<Record<string, ShapeField>> };

export interface ShapeField {
  readonly shape: Shape;
  /** Whether the object can be without it. */
  readonly optional: boolean;
}

export const VALUE: Shape = { kind: "value" };
export const OPEN: Shape = { kind: "open" };
export const UNCLEAR: Shape = { kind: "unclear" };
export const NOTHING: Shape = { kind: "object", fields: {} };
/** A step of a path from a list to any of its items. */
export const ANY_ITEM = "*";

export type Finding = { readonly known: true; readonly optional: boolean } | Astray;

/** A path that leads nowhere. */
export interface Astray {
  readonly known: false;
  /** The number of names found before it. */
  readonly depth: number;
  /** The name that was not found, and the known names in its place; none where nothing can be inside. */
  readonly name: string;
  readonly instead: readonly string[];
}

/** The shape of what the schema accepts, with defaults filled in. */
export function shapeOf(schema: JsonSchema): Shape {
  const [first] = listOf(schema.allOf);
  if (first !== undefined) return shapeOf(fieldsOf(first));
  if (Object.keys(schema).length === 0) return OPEN;
  if (schema.type === "array") {
    return { kind: "list", items: shapeOf(fieldsOf(schema.items)) };
  }
  if (schema.type !== "object") return VALUE;
  if (schema.properties === undefined) return OPEN;
  const required = listOf(schema.required);
  return {
    kind: "object",
    fields: Object.fromEntries(
      Object.entries(fieldsOf(schema.properties)).map(([name, field]) => [
        name,
        { shape: shapeOf(fieldsOf(field)), optional: !required.includes(name) },
      ]),
    ),
  };
}

/** Where `path` leads. `ANY_ITEM` goes into a list; with `throughLists`, every name does. */
export function findField(shape: Shape, path: readonly string[], throughLists = false): Finding {
  let here = shape;
  let optional = false;
  for (const [depth, name] of path.entries()) {
    while (throughLists && here.kind === "list") here = here.items;
    if (here.kind === "unclear") return { known: true, optional: false };
    if (here.kind === "open") return { known: true, optional: name !== ANY_ITEM };
    const field = fieldIn(here, name);
    if (field === undefined) return { known: false, depth, name, instead: namesIn(here) };
    here = field.shape;
    optional = field.optional;
  }
  return { known: true, optional };
}

/** Of the paths that lead nowhere, those that got furthest, merged into one. */
export function furthest(findings: readonly Finding[]): Astray | undefined {
  const astray = findings.filter((finding) => !finding.known);
  const depth = Math.max(...astray.map((finding) => finding.depth));
  const [first, ...others] = astray.filter((finding) => finding.depth === depth);
  if (first === undefined) return undefined;
  const instead = [first, ...others].flatMap((finding) => finding.instead);
  return { ...first, instead: [...new Set(instead)] };
}

function fieldIn(shape: Shape, name: string): ShapeField | undefined {
  if (shape.kind === "list" && name === ANY_ITEM) return { shape: shape.items, optional: false };
  return shape.kind === "object" ? entryOf(shape.fields, name) : undefined;
}

const namesIn = (shape: Shape) => (shape.kind === "object" ? Object.keys(shape.fields) : []);
