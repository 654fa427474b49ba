/**
 * Finds what is wrong in the history of a world. It reads what clients saw, the objects at Stripe, the tables, the notifications and the
 * mails, and shares no decision with the product: it only knows the promises.
 */
import type { History } from "../actors/history.ts";
import type { Delivered } from "../actors/webhooks.ts";
import type { World } from "../world/world.ts";
import { eventFindings } from "./events.ts";
import { keyFindings } from "./keys.ts";
import { stripeObjects } from "./stripe-objects.ts";

export type Invariant =
  | "one effect per key"
  | "money is conserved"
  | "no event is lost"
  | "object states are monotone"
  | "audit is complete"
  | "one mail per claim"
  | "every call gets a final answer"
  | "limits hold";

export interface Finding {
  readonly invariant: Invariant;
  readonly wrong: string;
}

export async function check(
  world: World,
  history: History,
  events: readonly Delivered[],
): Promise<Finding[]> {
  const stripe = await stripeObjects(world);
  return [...keyFindings(history, stripe), ...eventFindings(world, events, stripe)];
}
