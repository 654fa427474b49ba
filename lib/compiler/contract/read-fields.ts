/** Reads fields. A mistake is noted at its place in the file, and its field is left out. */

import { suggestion } from "../../contract/suggestion.ts";
import { present } from "../../present.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import { FIELD_TYPES, type Field, type Fields, type FieldType } from "./field.ts";
import { CONSTRAINTS, FIELD_KEYS, FIELD_NAME, FORMATS } from "./field-keys.ts";
import { literalMistake } from "./literal.ts";

/** A map of fields, empty if `node` is left out or empty. `what` names it in messages: `inputs`. */
export function readFields(node: YamlNode | undefined, what: string): Fields {
  if (node === undefined) return {};
  const entries = node.entries;
  if (entries === undefined) {
    if (node.value !== null) node.issue(`${what} must be a map of field names to fields`);
    return {};
  }
  const fields: [string, Field][] = [];
  for (const { key, keyNode, value } of entries) {
    if (!FIELD_NAME.test(key) || key === "__proto__") {
      keyNode.issue(
        `"${key}" is not a field name: letters, digits, _ and - are allowed, the first a letter or _`,
      );
    }
    const field = readField(value, `field "${key}"`);
    if (field !== undefined) fields.push([key, field]);
  }
  return Object.fromEntries(fields);
}

function readField(node: YamlNode, what: string): Field | undefined {
  const known = node.knownEntries(what, FIELD_KEYS);
  const type = readType(known.find(({ key }) => key === "type")?.value, node, what);
  if (type === undefined) return undefined;
  const fitting = known.filter(({ key, keyNode }) => {
    const types = CONSTRAINTS.get(key);
    if (types === undefined || types.includes(type)) return true;
    keyNode.issue(`${what} is of type ${type}; ${key} applies to ${types.join(", ")} only`);
    return false;
  });
  const at = (key: keyof typeof FIELD_KEYS) => fitting.find((entry) => entry.key === key)?.value;
  const itemsNode = at("items");
  const items = itemsNode === undefined ? undefined : readField(itemsNode, `items of ${what}`);
  const properties =
    at("properties") === undefined ? undefined : readFields(at("properties"), `properties of ${what}`);
  const field: Field = {
    type,
    ...present({
      description: text(at("description")),
      default: at("default")?.value,
      optional: flag(at("optional")),
      items,
      properties,
      minimum: numeric(at("minimum")),
      maximum: numeric(at("maximum")),
      integer: flag(at("integer")),
      enum: list(at("enum")),
      format: format(at("format")),
      pattern: pattern(at("pattern")),
      maxLength: numeric(at("maxLength")),
      sensitive: flag(at("sensitive")),
    }),
  };
  const { minimum, maximum } = field;
  if (minimum !== undefined && maximum !== undefined && minimum > maximum)
    at("minimum")?.issue(`the minimum of ${what} is above its maximum`);
  const wrong = field.default === undefined ? undefined : literalMistake(field, field.default);
  if (wrong !== undefined) at("default")?.issue(`the default of ${what} ${wrong}`);
  return field;
}

function readType(node: YamlNode | undefined, parent: YamlNode, what: string): FieldType | undefined {
  if (node === undefined) {
    if (parent.lacks("type", FIELD_KEYS))
      parent.issue(`${what} has no type; known: ${FIELD_TYPES.join(", ")}`);
    return undefined;
  }
  const written = node.text ?? "";
  const type = FIELD_TYPES.find((known) => known === written);
  if (type === undefined)
    node.issue(`unknown type "${written}" of ${what}${suggestion(written, FIELD_TYPES)}`);
  return type;
}

function text(node: YamlNode | undefined): string | undefined {
  if (node !== undefined && node.text === undefined) node.issue("must be text");
  return node?.text;
}

function flag(node: YamlNode | undefined): boolean | undefined {
  if (node === undefined) return undefined;
  if (typeof node.value === "boolean") return node.value;
  node.issue("must be true or false");
  return undefined;
}

function numeric(node: YamlNode | undefined): number | undefined {
  if (node === undefined) return undefined;
  if (typeof node.value === "number") return node.value;
  node.issue("must be a number");
  return undefined;
}

function list(node: YamlNode | undefined): unknown[] | undefined {
  if (node === undefined) return undefined;
  const values = node.items?.map((item) => item.value);
  if (values === undefined || values.length === 0) node.issue("must be a list of at least one value");
  return values;
}

function format(node: YamlNode | undefined): string | undefined {
  const written = text(node);
  if (written === undefined || FORMATS.some((known) => known === written)) return written;
  node?.issue(`unknown format "${written}"${suggestion(written, FORMATS)}`);
  return undefined;
}

function pattern(node: YamlNode | undefined): string | undefined {
  const written = text(node);
  if (written === undefined) return undefined;
  try {
    new RegExp(written, "u");
    return written;
  } catch {
    node?.issue(`is not a regular expression: ${written}`);
    return undefined;
  }
}
