/** Notes usage that Stripe does not charge for, and tells the application. */
import { createHash } from "node:crypto";
import { env } from "../env.ts";
import type { Metrics } from "../metrics.ts";
import { NOTIFICATION_VERSION, type NotificationType } from "../notifications/notification.ts";
import { publishNotification } from "../notifications/publish-notification.ts";
import { isLiveStage } from "../stripe/stripe-keys.ts";
import { noteRefused, type UsageState } from "./usage-records.ts";

const TYPE: NotificationType = "usage.refused";

export const ONE_REFUSAL: readonly Metrics[] = [{ dimensions: ["stage"], values: { UsageRefused: 1 } }];

/**
 * Publishes `usage.refused`, unless this refusal was published before. After a crash it can be published again, with the same id.
 * `reason` is one of Stripe's codes.
 */
export async function refuseUsage(
  { record, state, attempt }: UsageState,
  reason: string,
  now: Date,
): Promise<void> {
  if (state === "refused") return;
  const { identifier, occurredAt, ...usage } = record;
  const digest = createHash("sha256").update(identifier).digest("hex").slice(0, 32);
  const notification = {
    version: NOTIFICATION_VERSION,
    id: `evt_usage_${digest}_${attempt}`,
    type: TYPE,
    occurredAt: now.toISOString(),
    livemode: isLiveStage(env("STAGE")),
    object: {
      ...{ type: "usage", id: identifier, status: "refused", reason },
      ...usage,
      occurredAt: new Date(occurredAt * 1000).toISOString(),
    },
    application: {},
  };
  await publishNotification(notification);
  await noteRefused(identifier, reason, attempt);
}
