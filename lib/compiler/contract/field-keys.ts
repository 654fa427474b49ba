/** The keys of a field. */
import { type Key, TEXT, tableSchema, type ValueSchema } from "../source/key-table.ts";
import { FIELD_TYPES, type FieldType } from "./field.ts";

export const FORMATS = ["date-time", "date", "email", "uri", "uuid"] as const;

/** The first letter is one that TypeScript and `${...}` accept too. */
export const FIELD_NAME = /^[A-Za-z_][\w-]*$/;

/** In the schema of a file with fields, a field is defined once, because it can contain other fields. */
const FIELD_REF = "#/definitions/field";

export const FIELDS: ValueSchema = {
  type: ["object", "null"],
  propertyNames: { pattern: FIELD_NAME.source },
  additionalProperties: { $ref: FIELD_REF },
};

interface FieldKey extends Key {
  /** The types that the key applies to; left out if it applies to all of them. */
  readonly types?: readonly FieldType[];
}

const FLAG: ValueSchema = { type: "boolean" };

export const FIELD_KEYS = {
  type: {
    description: "What the value is. Files, bytes and buffers are sent as base64.",
    value: { enum: FIELD_TYPES },
    required: true,
  },
  description: { description: "For readers; it changes nothing.", value: { type: "string" } },
  default: {
    description: "The value used when none is sent. A field with a default is not required.",
    value: {},
  },
  optional: { description: "Whether the field may be left out.", value: FLAG },
  items: {
    description: "The field that every item of the array must be.",
    value: { $ref: FIELD_REF },
    types: ["array"],
  },
  properties: {
    description: "The fields of the object, and no others. An object without properties accepts any.",
    value: FIELDS,
    types: ["object"],
  },
  minimum: { description: "The smallest number allowed.", value: { type: "number" }, types: ["number"] },
  maximum: { description: "The largest number allowed.", value: { type: "number" }, types: ["number"] },
  integer: { description: "Whether the number must be whole.", value: FLAG, types: ["number"] },
  enum: { description: "The only values allowed.", value: { type: "array", minItems: 1 } },
  format: { description: "The form of the text.", value: { enum: FORMATS }, types: ["string"] },
  pattern: {
    description: "A regular expression that the text must match somewhere; ^ and $ stand for its ends.",
    value: TEXT,
    types: ["string"],
  },
  maxLength: {
    description: "The maximum number of characters.",
    value: { type: "number" },
    types: ["string", "file", "bytes", "buffer"],
  },
  sensitive: {
    description:
      "Whether the value is sealed before it is stored, and kept out of the audit log. By default, fields named clientSecret, email, name, phone and address are.",
    value: FLAG,
  },
} as const satisfies Readonly<Record<string, FieldKey>>;

/** The keys that apply to some types only. */
export const CONSTRAINTS: ReadonlyMap<string, readonly FieldType[]> = new Map(
  Object.entries<FieldKey>(FIELD_KEYS).flatMap(([key, { types }]) =>
    types === undefined ? [] : [[key, types] as const],
  ),
);

/** The definitions that FIELDS refers to. */
export const FIELD_DEFINITIONS: Readonly<Record<string, ValueSchema>> = {
  field: {
    ...tableSchema(FIELD_KEYS),
    allOf: [...CONSTRAINTS].map(([key, types]) => ({
      if: { required: [key] },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
      then: { properties: { type: { enum: types } } },
    })),
  },
};
