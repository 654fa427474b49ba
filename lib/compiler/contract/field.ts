/** The field dialect of contracts, workflows' inputs and mail templates' data: what a field can declare. Pure. */

export const FIELD_TYPES = [
  "string",
  "number",
  "boolean",
  "object",
  "array",
  "timestamp",
  "file",
  "bytes",
  "buffer",
] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export interface Field {
  readonly type: FieldType;
  readonly description?: string;
  readonly default?: unknown;
  readonly optional?: boolean;
  readonly items?: Field;
  readonly properties?: Fields;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly integer?: boolean;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly pattern?: string;
  readonly maxLength?: number;
  readonly sensitive?: boolean;
}

export type Fields = Readonly<Record<string, Field>>;

/** A field is required by default. */
export function isRequired(field: Field): boolean {
  return field.optional !== true && field.default === undefined;
}

/** The field of that name; undefined for names that every object inherits, such as `constructor`. */
export function fieldNamed(fields: Fields, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
}

/** Whether a value of one type fits where the other is wanted: all types but these are sent as text. */
export function fits(given: FieldType, wanted: FieldType): boolean {
  const kind = (type: FieldType) =>
    type === "number" || type === "boolean" || type === "object" || type === "array" ? type : "text";
  return kind(given) === kind(wanted);
}

/** `a number`, `an object`: for messages. */
export const withArticle = (type: FieldType) => (/^[ao]/.test(type) ? `an ${type}` : `a ${type}`);
