/**
 * Adds a delivery for each endpoint that wants a notification, and queues it. Safe to repeat: a delivery that was made is not queued
 * again.
 */
import { Problem } from "../errors.ts";
import type { QueueMessage } from "../events/queue-message.ts";
import { logCall } from "../log.ts";
import { appSecrets } from "../secrets/secrets.ts";
import { fieldsOf, parseJson } from "../untrusted.ts";
import { enqueueDelivery } from "./delivery-queue.ts";
import { addDelivery, deliveriesOf, storeNotification } from "./delivery-table.ts";
import type { Endpoint } from "./endpoint.ts";
import { listEndpoints } from "./endpoint-table.ts";
import { matchesType } from "./type-filter.ts";

/** Consumes one published notification. Throws BAD_REQUEST for a message that is none. */
export async function fanOut({ body, messageId, receiveCount, now }: QueueMessage): Promise<void> {
  const { id, type } = fieldsOf(parseJson(body));
  if (typeof id !== "string" || typeof type !== "string")
    throw new Problem("BAD_REQUEST", `Message ${messageId} is not a notification`);
  const receivers = (await listEndpoints()).filter((endpoint) => wants(endpoint, type));
  // A stage without endpoints does not pay for a line about each notification.
  if (receivers.length === 0) return;
  await addDeliveries({ id, type, body }, receivers, now());
  logCall({
    event: "notification.fanned-out",
    requestId: messageId,
    notificationId: id,
    type,
    receiveCount,
    endpoints: receivers.length,
    outcome: "succeeded",
  });
}

const wants = ({ disabledAt, types }: Endpoint, type: string) =>
  disabledAt === undefined && matchesType(types, type);

async function addDeliveries(
  notification: { readonly id: string; readonly type: string; readonly body: string },
  receivers: readonly Endpoint[],
  now: Date,
): Promise<void> {
  const { id: notificationId, type } = notification;
  await storeNotification(notification, now, await appSecrets());
  const added = await Promise.all(
    receivers.map(({ endpointId }) => addDelivery({ notificationId, endpointId, type }, now)),
  );
  // This message, or another with the same notification, has added them before, and may not have queued them.
  const known = added.every(Boolean) ? [] : (await deliveriesOf(notificationId)).deliveries;
  const statusAt = ({ endpointId }: Endpoint) =>
    known.find((delivery) => delivery.endpointId === endpointId)?.status ?? "waiting";
  await Promise.all(
    receivers
      .filter((endpoint) => statusAt(endpoint) === "waiting")
      .map(({ endpointId }) => enqueueDelivery({ notificationId, endpointId })),
  );
}
