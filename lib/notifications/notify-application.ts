/** Notifies the application of an event, through the SNS topic that it subscribes to. */

import { publish } from "../aws/sns.ts";
import { accessUntil } from "../customers/access.ts";
import { graceDays } from "../customers/grace-days.ts";
import { env } from "../env.ts";
import type { Effect } from "../events/consume.ts";
import { surroundingsOf } from "./application-ids.ts";
import { notificationOf, notificationTypes } from "./notification.ts";

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
    const notification = notificationOf(applied, type, surroundings, until);
    await publish(env("NOTIFICATIONS_TOPIC_ARN"), JSON.stringify(notification), { type });
  }
};
