/** Notifies the application of an event, through the SNS topic that it subscribes to. */

import { accessUntil } from "../customers/access.ts";
import { graceDays } from "../customers/grace-days.ts";
import type { Effect } from "../events/consume.ts";
import { surroundingsOf } from "./application-ids.ts";
import { notificationOf, notificationTypes } from "./notification.ts";
import { publishNotification } from "./publish-notification.ts";

/**
 * Publishes once for each event that is applied, and what it means. SNS has no idempotency keys: if a consumer dies after the topic
 * accepted the message and before the inbox says done, the notification is published again with the same id.
 */
export const notifyApplication: Effect = async (applied, context) => {
  const types = notificationTypes(applied);
  if (types.length === 0) return;
  const { current } = applied;
  const until =
    current.objectType === "subscription"
      ? accessUntil(current, { now: context.now(), graceDays: graceDays() })
      : undefined;
  const surroundings = await surroundingsOf(applied, context);
  for (const type of types) {
    await publishNotification(notificationOf(applied, type, surroundings, until));
  }
};
