/** generated/client/notifications.ts: a type for each notification, from docs/notification.schema.json. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "json-schema-to-typescript";
import { fieldOf, fieldsOf, listOf, textOf, textsOf } from "../../lib/untrusted.ts";
import { BANNER, type Output } from "./output.ts";

const SCHEMA_FILE = "docs/notification.schema.json";
const ROOT = join(import.meta.dirname, "../..");

/** Throws an Error if the schema does not say of a type what its object is. */
export async function generateNotificationTypes(output: Output): Promise<void> {
  const schema = fieldsOf(JSON.parse(readFileSync(join(ROOT, SCHEMA_FILE), "utf8")));
  const { $id: _id, $schema: _schema, allOf, ...shape } = schema;
  const rules = listOf(allOf).map((rule) => ({
    pattern: textOf(fieldOf(rule, "if", "properties", "type", "pattern")) ?? "",
    objectType: textOf(fieldOf(rule, "then", "properties", "object", "properties", "type", "const")),
  }));
  const types = textsOf(fieldOf(schema, "properties", "type", "enum"));
  const objects = types.map((type) => {
    const rule = rules.find(({ pattern }) => new RegExp(pattern).test(type));
    if (rule?.objectType === undefined)
      throw new Error(`${SCHEMA_FILE} does not say what the object of ${type} is: add an entry to allOf`);
    return `  ${JSON.stringify(type)}: ${JSON.stringify(rule.objectType)};`;
  });
  const base = await compile({ ...shape, title: "AnyNotification" }, "AnyNotification", {
    bannerComment: "",
    format: false,
    additionalProperties: false,
  });
  output.write("client/notifications.ts", [BANNER + base, ofTypes(objects)].join("\n"));
}

const ofTypes = (
  objects: readonly string[],
) => `/** The type of the object that each notification is about. */
export interface NotificationObjects {
${objects.join("\n")}
}

export type NotificationType = keyof NotificationObjects;

/** The notification of one type. */
export type NotificationOf<Type extends NotificationType> = Omit<AnyNotification, "type" | "object"> & {
  type: Type;
  object: AnyNotification["object"] & { type: NotificationObjects[Type] };
};

/** Any notification: its \`type\` says what its \`object\` is. */
export type Notification = { [Type in NotificationType]: NotificationOf<Type> }[NotificationType];
`;
