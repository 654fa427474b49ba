/** Sends notifications of the delivery log again, and a test notification: for operators' commands. */
import { randomBytes } from "node:crypto";
import type { Item } from "../aws/dynamodb.ts";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { ENDPOINT_TEST, NOTIFICATION_VERSION } from "../notifications/notification.ts";
import { isLiveStage } from "../stripe/stripe-keys.ts";
import { daysBetween } from "../utc-windows.ts";
import { enqueueDelivery } from "./delivery-queue.ts";
import {
  addDelivery,
  deliveriesOf,
  KEPT_DAYS,
  restart,
  storedOn,
  storeNotification,
} from "./delivery-table.ts";
import type { Endpoint } from "./endpoint.ts";
import { matchesType } from "./type-filter.ts";

/**
 * Sends the notification to each of `endpoints` that wants its type, with the same id and the same body, also if they have it
 * already. Returns to how many. Throws NOT_FOUND if the delivery log does not have it.
 */
export async function replayNotification(
  notificationId: string,
  endpoints: readonly Endpoint[],
  now: Date,
): Promise<number> {
  const { type } = await deliveriesOf(notificationId);
  if (type === undefined)
    throw new Problem(
      "NOT_FOUND",
      `The delivery log does not have ${notificationId}: it has what an endpoint wanted in the last ${KEPT_DAYS} days`,
    );
  const receivers = endpoints.filter(
    ({ types, disabledAt }) => disabledAt === undefined && matchesType(types, type),
  );
  for (const { endpointId } of receivers) {
    if (!(await addDelivery({ notificationId, endpointId, type }, now)))
      await restart(notificationId, endpointId, now);
    await enqueueDelivery({ notificationId, endpointId });
  }
  return receivers.length;
}

/** The ids of the notifications that were stored from `since` to before `until`, the oldest first, without tests. */
export async function* notificationsBetween(since: Date, until: Date): AsyncGenerator<string> {
  for (const day of daysBetween(since, until)) {
    let after: Item | undefined;
    do {
      const page = await storedOn(day, { since, until }, after);
      for (const id of page.ids) if (!id.startsWith(TEST_PREFIX)) yield id;
      after = page.next;
    } while (after !== undefined);
  }
}

const TEST_PREFIX = "evt_test_";

/** Queues a test notification for the endpoint, and returns its id. Throws CONFLICT if the endpoint is disabled. */
export async function sendTest(
  { endpointId, disabledAt }: Endpoint,
  now: Date,
  appSecrets: readonly string[],
): Promise<string> {
  if (disabledAt !== undefined)
    throw new Problem("CONFLICT", `${endpointId} is disabled: enable it before you test it`);
  const notification = {
    version: NOTIFICATION_VERSION,
    id: TEST_PREFIX + randomBytes(12).toString("hex"),
    type: ENDPOINT_TEST,
    occurredAt: `${now.toISOString().slice(0, 19)}.000Z`,
    livemode: isLiveStage(env("STAGE")),
    object: { type: "endpoint", id: endpointId, status: "enabled" },
    application: {},
  };
  const { id, type } = notification;
  await storeNotification({ id, type, body: JSON.stringify(notification) }, now, appSecrets);
  await addDelivery({ notificationId: id, endpointId, type }, now);
  await enqueueDelivery({ notificationId: id, endpointId });
  return id;
}
