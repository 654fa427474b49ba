/** Notifies the application of an event, through the SNS topic that it subscribes to. */

import { publish } from "../aws/sns.ts";
import { accessUntil } from "../customers/access.ts";
import { graceDays } from "../customers/grace-days.ts";
import { env } from "../env.ts";
import type { Effect } from "../events/consume.ts";
import { surroundingsOf } from "./application-ids.ts";
import { notificationOf, notificationType } from "./notification.ts";

/**
 * Publishes once for each event that is applied. SNS has no idempotency keys: if a consumer dies after the topic
 * accepted the message and before the inbox says done, the notification is published again with the same id.
 */
export const notifyApplication: Effect = async (applied, context) => {
  const type = notificationType(applied);
  if (type === undefined) return;
  const { current } = applied;
  const until =
    current.objectType === "subscription"
      ? accessUntil(current, { now: context.now(), graceDays: graceDays() })
      : undefined;
  const notification = notificationOf(applied, type, await surroundingsOf(applied, context), until);
  await publish(env("NOTIFICATIONS_TOPIC_ARN"), JSON.stringify(notification), { type });
};
