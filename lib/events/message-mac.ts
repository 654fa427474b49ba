/**
 * The MAC of a queued message. Somebody who can send to a queue, or invoke a consumer, can invent a message, so every
 * sender of ours signs what a consumer believes: the queue, and the body with the event's id and content, or the
 * reference to it. The MAC has no expiry: a message can wait for 14 days in a dead-letter queue, and the inbox applies
 * each event once. Pure.
 */
import type { MessageAttributes } from "../aws/sqs.ts";
import { isMacOf, macOf } from "../sealing/mac.ts";
import type { SignedQueue } from "./event-queues.ts";

/** The message attribute that contains the MAC. SQS keeps it when it moves a message to or from a dead-letter queue. */
const MAC_ATTRIBUTE = "mac";

const PURPOSE = "queue-message/v1";

/** The attributes of a message with `body` in `queue`. */
export function signedAttributes(
  queue: SignedQueue,
  body: string,
  appSecrets: readonly string[],
): MessageAttributes {
  const stringValue = macOf(PURPOSE, [queue, body], appSecrets);
  return { [MAC_ATTRIBUTE]: { dataType: "String", stringValue } };
}

/** Whether a function or command of this stage has sent the message to `queue`, or why not. */
export function senderOf(
  queue: SignedQueue,
  { body, attributes }: { readonly body: string; readonly attributes: MessageAttributes },
  appSecrets: readonly string[],
): "us" | "missing" | "forged" {
  const mac = attributes[MAC_ATTRIBUTE]?.stringValue;
  if (isMacOf(mac, PURPOSE, [queue, body], appSecrets)) return "us";
  return mac === undefined ? "missing" : "forged";
}
