/** A form for the input of a workflow or a capability, from its JSON Schema. Pure. */
import type { JsonSchema } from "../../../lib/compiler/contract/json-schema.ts";
import { present } from "../../../lib/present.ts";
import { fieldsOf, isRecord, listOf, numberOf, textOf, textsOf } from "../../../lib/untrusted.ts";

/** `json`: anything that the form has no controls for; it is written as JSON. */
export type FormKind = "text" | "number" | "flag" | "choice" | "object" | "list" | "json";

export interface FormField {
  readonly name: string;
  readonly kind: FormKind;
  readonly required: boolean;
  readonly description?: string;
  /** As JSON: what the contract fills in. */
  readonly default?: string;
  readonly integer?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
  /** In characters. */
  readonly maxLength?: number;
  /** Regular expressions, all of which the text must match. */
  readonly patterns?: readonly string[];
  readonly format?: string;
  /** As JSON. */
  readonly choices?: readonly string[];
  readonly fields?: readonly FormField[];
  readonly item?: FormField;
  /** Of the JSON: `object`, `array`. */
  readonly jsonType?: string;
  /** An amount in the smallest unit of a currency. */
  readonly isAmount?: boolean;
}

/** `descriptions`: of the fields at the top, where the schema has none. */
export function formOf(schema: JsonSchema, descriptions: Readonly<Record<string, string>> = {}): FormField[] {
  const required = textsOf(schema.required);
  return Object.entries(fieldsOf(schema.properties)).map(([name, property]) => {
    const field = fieldOfSchema(name, fieldsOf(property), required.includes(name));
    const description =
      field.description ?? (Object.hasOwn(descriptions, name) ? descriptions[name] : undefined);
    return { ...field, ...present({ description }) };
  });
}

function fieldOfSchema(name: string, schema: JsonSchema, required: boolean): FormField {
  const parts = schema.allOf === undefined ? [schema] : listOf(schema.allOf).map(fieldsOf);
  const types = new Set(parts.map(({ type }) => (type === "integer" ? "number" : textOf(type))));
  const [type] = types;
  const common = {
    name,
    required,
    ...present({
      description: parts.map(({ description }) => textOf(description)).find((text) => text !== undefined),
      default: schema.default === undefined ? undefined : JSON.stringify(schema.default),
    }),
  };
  if (types.size !== 1 || type === undefined) return { ...common, kind: "json" };
  const choices = choicesOf(parts);
  if (choices !== undefined) return { ...common, kind: "choice", choices };
  switch (type) {
    case "string":
      return { ...common, kind: "text", ...textLimits(parts) };
    case "number":
      return { ...common, kind: "number", ...numberLimits(parts), ...amountOf(name) };
    case "boolean":
      return { ...common, kind: "flag" };
    case "object": {
      const [only] = parts;
      if (parts.length > 1 || !isRecord(only?.properties)) return { ...common, kind: "json", jsonType: type };
      return { ...common, kind: "object", fields: formOf(only) };
    }
    case "array": {
      const [only] = parts;
      if (parts.length > 1 || !isRecord(only?.items)) return { ...common, kind: "json", jsonType: type };
      return { ...common, kind: "list", item: fieldOfSchema("", only.items, true) };
    }
    default:
      return { ...common, kind: "json" };
  }
}

/** What all lists of choices have, and no other limit refuses; undefined if there is no list. */
function choicesOf(parts: readonly JsonSchema[]): string[] | undefined {
  const [first, ...others] = parts.flatMap(({ enum: values }) =>
    Array.isArray(values) ? [listOf(values)] : [],
  );
  return first
    ?.filter((value) => isWithinLimits(value, parts))
    .map((value) => JSON.stringify(value))
    .filter((choice) => others.every((other) => other.some((value) => JSON.stringify(value) === choice)));
}

function isWithinLimits(value: unknown, parts: readonly JsonSchema[]): boolean {
  if (typeof value === "string") {
    const { maxLength = Number.POSITIVE_INFINITY, patterns = [] } = textLimits(parts);
    return (
      [...value].length <= maxLength && patterns.every((pattern) => new RegExp(pattern, "u").test(value))
    );
  }
  if (typeof value !== "number") return true;
  const { integer, minimum = value, maximum = value } = numberLimits(parts);
  return value >= minimum && value <= maximum && (!integer || Number.isInteger(value));
}

function textLimits(parts: readonly JsonSchema[]) {
  const lengths = parts.flatMap(({ maxLength }) => numberOf(maxLength) ?? []);
  const patterns = parts.flatMap(({ pattern }) => textOf(pattern) ?? []);
  return present({
    maxLength: lengths.length === 0 ? undefined : Math.min(...lengths),
    patterns: patterns.length === 0 ? undefined : patterns,
    format: parts.map(({ format }) => textOf(format)).find((format) => format !== undefined),
  });
}

function numberLimits(parts: readonly JsonSchema[]) {
  const least = parts.flatMap(({ minimum }) => numberOf(minimum) ?? []);
  const most = parts.flatMap(({ maximum }) => numberOf(maximum) ?? []);
  return {
    integer: parts.some(({ type }) => type === "integer"),
    ...present({
      minimum: least.length === 0 ? undefined : Math.max(...least),
      maximum: most.length === 0 ? undefined : Math.min(...most),
    }),
  };
}

/** As every contract names it. */
const amountOf = (name: string) => (/amount$/i.test(name) ? { isAmount: true } : {});
