/** Events: the inbox, one event, dead letters, lag, the comparison with Stripe, and the actions on them. */
import { Problem } from "../../../lib/errors.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import { readTime } from "../../command-line/values.ts";
import type { ConsoleContext, Route } from "../server/route.ts";
import { eventIdIn, fixObject, reconcile, redrive, redriveInputIn, replay, resend } from "./actions.ts";
import { comparison } from "./comparison.ts";
import { deadLetterList } from "./dead-letter-page.ts";
import { eventPage } from "./event-page.ts";
import { eventList } from "./inbox-page.ts";
import { lagPage } from "./lag-page.ts";
import { oneAtATime, queuesOf } from "./select-queues.ts";

export const eventRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/console/api/events",
    respond: async ({ query }, { now }) => eventList(query, await now()),
  },
  {
    method: "GET",
    path: "/console/api/events/:eventId",
    respond: async ({ parameters }, context) => {
      const eventId = eventIdIn(parameters.eventId);
      await queuesOf(context.target);
      return oneAtATime(() => eventPage(eventId, context));
    },
  },
  {
    method: "GET",
    path: "/console/api/dead-letters",
    respond: async (_request, context) => {
      await queuesOf(context.target);
      return oneAtATime(() => deadLetterList(context));
    },
  },
  {
    method: "GET",
    path: "/console/api/event-lag",
    respond: async (_request, context) => {
      await queuesOf(context.target);
      return lagPage(context);
    },
  },
  {
    method: "GET",
    path: "/console/api/event-comparison",
    respond: async ({ query }, { now }) => {
      const at = await now();
      return comparison(sinceIn(query.get("since"), at), at);
    },
  },
  {
    method: "POST",
    path: "/console/api/events/:eventId/resend",
    does: "Lets Stripe's emulator send the event again",
    respond: ({ parameters }, context) => resend(eventIdIn(parameters.eventId), context),
  },
  {
    method: "POST",
    path: "/console/api/events/:eventId/replay",
    does: "Sends the event through its consumer",
    respond: async ({ parameters, body }, context) => {
      const again = fieldOf(body, "again") === true;
      await queuesOf(context.target);
      return replay(eventIdIn(parameters.eventId), { again }, context);
    },
  },
  {
    method: "POST",
    path: "/console/api/dead-letters/redrive",
    does: "Moves the messages of a dead-letter queue back",
    respond: async ({ body }, context) => {
      const input = redriveInputIn(body);
      await queuesOf(context.target);
      return oneAtATime(() => redrive(input));
    },
  },
  {
    method: "POST",
    path: "/console/api/event-comparison/reconcile",
    does: "Queues the events that Stripe has and the inbox lacks",
    respond: async ({ body }, context: ConsoleContext) => {
      const since = sinceIn(fieldOf(body, "since"), await context.now());
      await queuesOf(context.target);
      return reconcile(since, context);
    },
  },
  {
    method: "POST",
    path: "/console/api/objects/:objectId/fix",
    does: "Records the state at Stripe of an object that differs",
    respond: ({ parameters }, context) => fixObject(parameters.objectId ?? "", context),
  },
];

/** Throws BAD_REQUEST for what is not a time. */
function sinceIn(text: unknown, now: Date): Date | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  if (typeof text !== "string") throw new Problem("BAD_REQUEST", "The time is 30m, 2h or 3d ago, or UTC");
  return readTime("since", text, now);
}
