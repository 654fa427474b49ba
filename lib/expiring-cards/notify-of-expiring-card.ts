import { publishNotification } from "../notifications/publish-notification.ts";
import type { ExpiringCardEffect } from "./expiring-card.ts";

/** Publishes `payment_method.expiring`. When it is repeated, it publishes the same id again. */
export const notifyOfExpiringCard: ExpiringCardEffect = ({ notification }) =>
  publishNotification(notification);
