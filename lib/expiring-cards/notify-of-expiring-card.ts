import { publish } from "../aws/sns.ts";
import { env } from "../env.ts";
import type { ExpiringCardEffect } from "./expiring-card.ts";

/** Publishes `payment_method.expiring`. When it is repeated, it publishes the same id again. */
export const notifyOfExpiringCard: ExpiringCardEffect = ({ notification }) =>
  publish(env("NOTIFICATIONS_TOPIC_ARN"), JSON.stringify(notification), { type: notification.type });
