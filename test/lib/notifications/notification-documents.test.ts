import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { ROUTED_EVENT_TYPES } from "../../../lib/events/event-queues.ts";
import { NOTIFICATION_TYPES } from "../../../lib/notifications/notification.ts";

describe("given the documents", () => {
  it("the schema lists exactly the types that exist", () => {
    const schema = JSON.parse(readFileSync("docs/notification.schema.json", "utf8"));
    expect(schema.properties.type.enum).toEqual(NOTIFICATION_TYPES);
  });

  it("every event type that causes a notification has a consumer", () => {
    const source = readFileSync("lib/notifications/notification.ts", "utf8");
    const told = [...source.matchAll(/^ {2}"([a-z_.]+)": \[/gm)].map(([, type]) => type);
    expect(told.length).toBeGreaterThan(20);
    expect(ROUTED_EVENT_TYPES).toEqual(expect.arrayContaining(told));
  });

  it("every type is in the table of docs/notifications.md", () => {
    const text = readFileSync("docs/notifications.md", "utf8");
    for (const type of NOTIFICATION_TYPES) {
      const [subject, fact] = type.split(".");
      expect(text).toMatch(new RegExp(`\`${subject}\\.${fact}\`|\`${subject}\\.\\w+\`.*\`\\.${fact}\``));
    }
  });
});
