/**
 * The MAC of a queued message. Somebody who can send to a queue, or invoke a consumer, can invent a message, so every
 * sender of ours signs what a consumer believes: the queue, and the body with the event's id and content, or the
 * reference to it. The MAC has no expiry: a message can wait for 14 days in a dead-letter queue, and the inbox applies
 * each event once. Pure.
 */
import { isMacOf, macOf } from "../sealing/mac.ts";
import type { EventQueue } from "./event-queues.ts";

/** The message attribute that contains the MAC. SQS keeps it when it moves a message to or from a dead-letter queue. */
export const MAC_ATTRIBUTE = "mac";

const PURPOSE = "queue-message/v1";

export function messageMac(queue: EventQueue, body: string, appSecrets: readonly string[]): string {
  return macOf(PURPOSE, [queue, body], appSecrets);
}

/** Whether a function or command of this stage has sent `body` to `queue`. */
export function isOurMessage(
  queue: EventQueue,
  { body, mac }: { readonly body: string; readonly mac?: string | undefined },
  appSecrets: readonly string[],
): boolean {
  return isMacOf(mac, PURPOSE, [queue, body], appSecrets);
}
