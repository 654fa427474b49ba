/** The configuration that the webhook endpoint at Stripe must have. */
import { awaitedEvents } from "../../lib/compiler/workflow/awaited-events.ts";
import { subscribedEventTypes } from "../../lib/events/event-queues.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import { loadProject } from "../generate/load-project.ts";
import type { Wanted } from "./endpoint-check.ts";

export const WANTED_ENDPOINT: Wanted = {
  apiVersion: STRIPE_API_VERSION,
  events: subscribedEventTypes(awaitedEvents(loadProject().workflows)),
};
