/**
 * The keys that a map of the dialect can have, as one table. The loaders' checks, the editors' schemas and the test of
 * docs/dialect.md all come from it. Pure.
 */

/** JSON Schema, draft 7: the one that editors understand best. */
export type ValueSchema = { readonly [keyword: string]: unknown };

export interface Key {
  /** Shown by the editor. */
  readonly description: string;
  /** What the value can be, as far as an editor can check without other files. */
  readonly value: ValueSchema;
  readonly required?: true;
}

/** By key, in the order in which messages list them. */
export type KeyTable = Readonly<Record<string, Key>>;

/** The schema of a map with the keys of this table, and no others. */
export function tableSchema(table: KeyTable): ValueSchema {
  const keys = Object.entries(table);
  return {
    type: "object",
    properties: Object.fromEntries(
      keys.map(([name, { description, value }]) => [name, { description, ...value }]),
    ),
    required: keys.filter(([, { required }]) => required === true).map(([name]) => name),
    additionalProperties: false,
  };
}

/** The schema of a list with at least one item. */
export const listOf = (items: ValueSchema): ValueSchema => ({ type: "array", items, minItems: 1 });
/** The schema of text that is not empty. */
export const TEXT: ValueSchema = { type: "string", minLength: 1 };
/** The schema of one of these words. */
export const oneOf = (words: readonly string[]): ValueSchema => ({ enum: words });
/** YAML reads 1.0 as a number; the loaders read it as written. */
export const VERSION: ValueSchema = { type: ["string", "number"], minLength: 1 };
