/** Tells the application of what an event means to it, through the SNS topic that it subscribes to. */

import { publish } from "../aws/sns.ts";
import { env } from "../env.ts";
import type { Effect } from "../events/consume.ts";
import { applicationIds } from "./application-ids.ts";
import { notificationOf, notificationType } from "./notification.ts";

/**
 * Publishes once for each event that is applied. SNS knows no idempotency: a consumer that dies after the topic took
 * the message, and before the inbox says done, publishes again with the same id.
 */
export const notifyApplication: Effect = async (applied, context) => {
  const type = notificationType(applied);
  if (type === undefined) return;
  const notification = notificationOf(applied, type, await applicationIds(applied, context));
  await publish(env("NOTIFICATIONS_TOPIC_ARN"), JSON.stringify(notification), { type });
};
