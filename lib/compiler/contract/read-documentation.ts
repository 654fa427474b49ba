/** Reads what a contract says for docs/capabilities.md only: its area, an example, and the notifications that follow. */
import { suggestion } from "../../contract/suggestion.ts";
import { NOTIFICATION_TYPES, type NotificationType } from "../../notifications/notification.ts";
import { present } from "../../present.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import { AREA_NAMES, type Area } from "./areas.ts";
import { type Fields, fieldNamed, isRequired } from "./field.ts";
import { literalMistake } from "./literal.ts";

export interface Documentation {
  readonly area?: Area;
  /** The inputs of one call, which a test makes. */
  readonly example?: Readonly<Record<string, unknown>>;
  /** The types of the notifications that a call can cause, immediately or later. */
  readonly notifications?: readonly NotificationType[];
}

/** `inputs`: the fields that the example is checked against. Notes mistakes at their places in the file. */
export function readDocumentation(root: YamlNode, inputs: Fields): Documentation {
  return present({
    area: readArea(root.get("area")),
    example: readExample(root.get("example"), inputs),
    notifications: readNotifications(root.get("notifications")),
  });
}

function readArea(node: YamlNode | undefined): Area | undefined {
  if (node === undefined) return undefined;
  const written = node.text ?? "";
  const area = AREA_NAMES.find((known) => known === written);
  if (area === undefined) node.issue(`unknown area "${written}"${suggestion(written, AREA_NAMES)}`);
  return area;
}

function readExample(node: YamlNode | undefined, inputs: Fields): Documentation["example"] {
  if (node === undefined) return undefined;
  const { entries } = node;
  if (entries === undefined) {
    node.issue("example must be a map of the inputs of one call");
    return undefined;
  }
  for (const { key, keyNode, value } of entries) {
    const field = fieldNamed(inputs, key);
    if (field === undefined)
      keyNode.issue(`no input is named "${key}"${suggestion(key, Object.keys(inputs))}`);
    const mistake = field === undefined ? undefined : literalMistake(field, value.value);
    if (mistake !== undefined) value.issue(`the example of input "${key}" ${mistake}`);
  }
  for (const [name, field] of Object.entries(inputs))
    if (isRequired(field) && !entries.some(({ key }) => key === name))
      node.issue(`the example lacks the required input "${name}"`);
  return Object.fromEntries(entries.map(({ key, value }) => [key, value.value]));
}

function readNotifications(node: YamlNode | undefined): readonly NotificationType[] | undefined {
  if (node === undefined) return undefined;
  if (node.items === undefined) node.issue("notifications must be a list, which can be empty");
  return node.items?.flatMap((item) => {
    const written = item.text ?? "";
    const type = NOTIFICATION_TYPES.find((known) => known === written);
    if (type === undefined)
      item.issue(`unknown notification "${written}"${suggestion(written, NOTIFICATION_TYPES)}`);
    return type ?? [];
  });
}
