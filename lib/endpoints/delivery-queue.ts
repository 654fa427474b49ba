/** The messages of the queue `delivery`: which notification goes to which endpoint. What is sent, and what became of it, is in the table. */
import { Problem } from "../errors.ts";
import { sendSigned } from "../events/enqueue.ts";
import { fieldsOf, parseJson } from "../untrusted.ts";
import { ENDPOINT_ID_PATTERN } from "./endpoint.ts";

export interface DeliveryReference {
  readonly notificationId: string;
  readonly endpointId: string;
}

/** Throws SERVICE_UNAVAILABLE if SQS did not store the message. */
export async function enqueueDelivery({ notificationId, endpointId }: DeliveryReference): Promise<void> {
  const messageId = await sendSigned("delivery", JSON.stringify({ notificationId, endpointId }));
  if (messageId === undefined)
    throw new Problem("SERVICE_UNAVAILABLE", `SQS does not accept the delivery of ${notificationId}`);
}

/** Throws BAD_REQUEST for a body that is not one of these messages. */
export function readReference(body: string): DeliveryReference {
  const { notificationId, endpointId } = fieldsOf(parseJson(body));
  if (
    typeof notificationId !== "string" ||
    typeof endpointId !== "string" ||
    !ENDPOINT_ID_PATTERN.test(endpointId)
  )
    throw new Problem("BAD_REQUEST", "The message does not name a notification and an endpoint");
  return { notificationId, endpointId };
}
