/**
 * Converts items to DynamoDB's attribute values and back: the one place that does. Items can contain any JSON from outside, with
 * any names in it, such as `constructor` and `__proto__`. So only the own fields of objects are read, and no class or
 * method of a value decides anything. Pure.
 */
import type { AttributeValue } from "@aws-sdk/client-dynamodb";
import { setOwnField } from "../own-field.ts";

/** Fields by name, which may come from outside. */
export type Attributes = Record<string, AttributeValue>;

/** DynamoDB's numbers: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html */
const LARGEST = 9.99e125;
const SMALLEST = 1e-130;

/**
 * Names that are stored with a mark in front: for `__proto__` the SDK would set the prototype and lose the field, and
 * DynamoDB accepts no empty name. A name that looks marked already gets another mark.
 */
const UNSAFE_NAME = /^\0*(?:__proto__)?$/;
const MARK = "\0";

/**
 * The fields as attributes, without those that are undefined. A number that DynamoDB cannot store, such as 1e400, becomes
 * text; a Set becomes a set of texts. Throws a TypeError for what JSON cannot contain: a function, a symbol or a bigint is a mistake of ours.
 */
export function toAttributes(fields: object): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) attributes[storedName(name)] = toAttribute(value);
  return attributes;
}

/** The fields in the attributes. Their numbers are JavaScript's: one that has no exact form is rounded. */
export function fromAttributes(attributes: Attributes): Record<string, unknown> {
  const fields: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(attributes))
    setOwnField(fields, originalName(name), fromAttribute(value));
  return fields;
}

function toAttribute(value: unknown): AttributeValue {
  switch (typeof value) {
    case "string":
      return { S: value };
    case "boolean":
      return { BOOL: value };
    case "number":
      return isStorable(value) ? { N: String(value) } : { S: String(value) };
    case "object": {
      if (value === null) return { NULL: true };
      if (Array.isArray(value)) return { L: value.map(toElement) };
      // JSON from outside is never a Set.
      if (value instanceof Set) return { SS: [...value].map(String) };
      return { M: toAttributes(value) };
    }
    default:
      throw new TypeError(`A ${typeof value} cannot be stored in an item`);
  }
}

/** A list keeps its length: as in JSON, undefined becomes null there. */
const toElement = (value: unknown): AttributeValue => toAttribute(value === undefined ? null : value);

function fromAttribute(attribute: AttributeValue): unknown {
  if (attribute.S !== undefined) return attribute.S;
  if (attribute.N !== undefined) return Number(attribute.N);
  if (attribute.BOOL !== undefined) return attribute.BOOL;
  if (attribute.M !== undefined) return fromAttributes(attribute.M);
  if (attribute.L !== undefined) return attribute.L.map(fromAttribute);
  if (attribute.NULL !== undefined) return null;
  if (attribute.SS !== undefined) return new Set(attribute.SS);
  // We store no bytes and no numbers in sets; another writer's are not worth a failure.
  return attribute.NS?.map(Number) ?? attribute.B ?? attribute.BS;
}

function isStorable(number: number): boolean {
  const size = Math.abs(number);
  return number === 0 || (size >= SMALLEST && size <= LARGEST);
}

/** Never `__proto__`. Few names begin like an unsafe one, and only those need the slower look. */
const storedName = (name: string) =>
  (name === "" || name.startsWith(MARK) || name.startsWith("_")) && UNSAFE_NAME.test(name)
    ? MARK + name
    : name;
const originalName = (name: string) =>
  name.startsWith(MARK) && UNSAFE_NAME.test(name) ? name.slice(MARK.length) : name;
