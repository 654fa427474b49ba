/** Publishes a notification to the topic of the application. */
import { publish } from "../aws/sns.ts";
import { env } from "../env.ts";
import { signedAttributes } from "../events/message-mac.ts";
import { appSecrets } from "../secrets/secrets.ts";

/** Of the message: the text attribute by which subscribers filter. */
const TYPE_ATTRIBUTE = "type";

/**
 * Publishes `notification` with its type and its MAC, which the queue of the endpoints checks. Throws SERVICE_UNAVAILABLE unless
 * SNS accepts it. SNS has no idempotency keys: a repeated call publishes it again, with the same id.
 */
export async function publishNotification<Published extends { readonly id: string; readonly type: string }>(
  notification: Published,
): Promise<void> {
  const body = JSON.stringify(notification);
  const signed = signedAttributes("notification", body, await appSecrets());
  await publish(env("NOTIFICATIONS_TOPIC_ARN"), body, {
    [TYPE_ATTRIBUTE]: notification.type,
    ...Object.fromEntries(Object.entries(signed).map(([name, { stringValue = "" }]) => [name, stringValue])),
  });
}
