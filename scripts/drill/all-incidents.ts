/** Every incident of the drill, in the order in which they are played. */
import type { Incident } from "./incident.ts";
import { lostEvents } from "./incidents/lost-events.ts";
import { stripeDown } from "./incidents/stripe-down.ts";
import { webhookSecret } from "./incidents/webhook-secret.ts";

export const INCIDENTS: readonly Incident[] = [stripeDown, webhookSecret, lostEvents];
