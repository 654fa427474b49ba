/**
 * Finds what is wrong in the history of a world. It reads what clients saw, the objects at Stripe, every write to the tables, the
 * notifications and the mails. It shares no decision with the product: it only knows the promises.
 */
import type { History } from "../actors/history.ts";
import type { Delivered } from "../actors/webhooks.ts";
import type { World } from "../world/world.ts";
import { auditFindings } from "./audit.ts";
import { eventFindings } from "./events.ts";
import type { Finding } from "./finding.ts";
import { keyFindings } from "./keys.ts";
import { leaseFindings } from "./leases.ts";
import { mailFindings } from "./mails.ts";
import { moneyFindings } from "./money.ts";
import { monotonyFindings } from "./monotony.ts";
import { stripeObjects } from "./stripe-objects.ts";

export async function check(
  world: World,
  history: History,
  events: readonly Delivered[],
): Promise<Finding[]> {
  const stripe = await stripeObjects(world);
  return [
    ...keyFindings(history, stripe),
    ...moneyFindings(world, history, stripe),
    ...eventFindings(world, history, events, stripe),
    ...monotonyFindings(world),
    ...leaseFindings(world),
    ...auditFindings(world, history),
    ...mailFindings(world, history, stripe),
  ];
}
