/** The commands of `npm run events`. No I/O, no clock. */
import { CONSUMED_QUEUES, type ConsumedQueue } from "../../lib/events/event-queues.ts";
import { present } from "../../lib/present.ts";
import type { Action, Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { numberIn, oneOf } from "../command-line/values.ts";
import type { EventFilter } from "./event-filter.ts";
import { FILTER_OPTIONS, readFilter } from "./filter-options.ts";

export const INBOX_STATES = ["done", "processing", "queued", "ignored"] as const;
export type InboxState = (typeof INBOX_STATES)[number];

export type EventsAsked =
  | {
      readonly action: "list";
      readonly filter: EventFilter;
      readonly state?: InboxState;
      readonly dead: boolean;
      readonly limit: number;
    }
  | { readonly action: "show"; readonly eventId: string }
  | {
      readonly action: "replay";
      readonly eventIds: readonly string[];
      /** The events to replay when no ids are given. */
      readonly filter: EventFilter;
      /** Also replays events that have already been applied. */
      readonly again: boolean;
      readonly dryRun: boolean;
    }
  | {
      readonly action: "redrive";
      readonly queues: readonly ConsumedQueue[];
      readonly filter: EventFilter;
      /** Deletes messages that neither we nor SES have sent, if Stripe does not have their event. */
      readonly discard: boolean;
      readonly dryRun: boolean;
    }
  | { readonly action: "reconcile"; readonly since?: Date; readonly dryRun: boolean }
  | { readonly action: "drift"; readonly objectId?: string; readonly limit: number; readonly fix: boolean }
  | { readonly action: "complete" };

const LISTED = 50;
const COMPARED = 1_000;
const LIMITS = { least: 1, most: 9_999_999 };
const DRY_RUN = { "dry-run": { about: "only shows what would be done" } };

const list: Action<EventsAsked> = {
  name: "list",
  summary: "Lists the events of the inbox, newest first, or the messages of the dead-letter queues",
  options: {
    ...FILTER_OPTIONS,
    state: { value: "<state>", about: `only events in this state: ${INBOX_STATES.join(", ")}` },
    dead: { about: "lists the messages of the dead-letter queues instead" },
    limit: { value: "<n>", about: `the largest number to list, by default ${LISTED}` },
  },
  read: (given, { now }) => {
    const state = given.text("state");
    if (given.flag("dead") && state !== undefined)
      throw misused("--dead lists messages, which have no --state");
    return {
      action: "list",
      filter: readFilter(given, now),
      ...(state === undefined ? {} : { state: oneOf("--state", state, INBOX_STATES) }),
      dead: given.flag("dead"),
      limit: numberIn("--limit", given.text("limit") ?? String(LISTED), LIMITS),
    };
  },
};

const show: Action<EventsAsked> = {
  name: "show",
  summary: "Shows everything that is known about one event, and what to do next",
  positionals: [{ name: "event", about: "the id of the event, evt_...; `list` shows ids" }],
  read: ({ positionals: [eventId] }) => ({ action: "show", eventId: readEventId(eventId) }),
};

const replay: Action<EventsAsked> = {
  name: "replay",
  summary: "Sends events that Stripe still has through their consumers",
  positionals: [
    {
      name: "event",
      about: "ids of events; without them, give --type, --object or --since",
      isOptional: true,
      repeats: true,
    },
  ],
  options: {
    ...FILTER_OPTIONS,
    again: { about: "also events that have already been applied" },
    ...DRY_RUN,
  },
  read: (given, { now }) => {
    const eventIds = given.positionals.map(readEventId);
    const filter = readFilter(given, now);
    const isFiltered = Object.keys(filter).length > 0;
    if (eventIds.length > 0 && isFiltered) throw misused("replay takes event ids or a filter, not both");
    if (eventIds.length === 0 && !isFiltered)
      throw misused("replay needs event ids, or --type, --object or --since");
    return {
      action: "replay",
      eventIds,
      filter,
      again: given.flag("again"),
      dryRun: given.flag("dry-run"),
    };
  },
};

const redrive: Action<EventsAsked> = {
  name: "redrive",
  summary: "Moves messages of the dead-letter queues back to the queues they come from",
  positionals: [
    {
      name: "queue",
      about: `one of ${CONSUMED_QUEUES.join(", ")}; by default all of them`,
      isOptional: true,
    },
  ],
  options: {
    ...FILTER_OPTIONS,
    discard: {
      about:
        "deletes messages that neither our functions nor SES have sent, and whose event Stripe does not have",
    },
    ...DRY_RUN,
  },
  read: (given, { now }) => {
    const [queue] = given.positionals;
    return {
      action: "redrive",
      queues: queue === undefined ? CONSUMED_QUEUES : [oneOf("<queue>", queue, CONSUMED_QUEUES)],
      filter: readFilter(given, now),
      discard: given.flag("discard"),
      dryRun: given.flag("dry-run"),
    };
  },
};

const reconcile: Action<EventsAsked> = {
  name: "reconcile",
  summary: "Compares Stripe's list of events with the inbox, and queues the missing ones",
  options: { since: FILTER_OPTIONS.since, ...DRY_RUN },
  read: (given, { now }) => ({
    action: "reconcile",
    ...present({ since: readFilter(given, now).since }),
    dryRun: given.flag("dry-run"),
  }),
};

const drift: Action<EventsAsked> = {
  name: "drift",
  summary: "Compares the recorded objects with Stripe",
  options: {
    object: FILTER_OPTIONS.object,
    limit: { value: "<n>", about: `the largest number of objects to compare, by default ${COMPARED}` },
    fix: { about: "records the state at Stripe where it differs" },
  },
  read: (given, { now }) => ({
    action: "drift",
    ...present({ objectId: readFilter(given, now).objectId }),
    limit: numberIn("--limit", given.text("limit") ?? String(COMPARED), LIMITS),
    fix: given.flag("fix"),
  }),
};

const complete: Action<EventsAsked> = {
  name: "complete",
  summary: "Records customers that are older than our records, with what belongs to them",
  read: () => ({ action: "complete" }),
};

export const eventsCommand: Command<EventsAsked> = {
  invocation: "npm run events --",
  summary: "Shows what happened to Stripe's events, and repairs it",
  actions: [list, show, replay, redrive, reconcile, drift, complete],
  takesTarget: true,
  notes: ["docs/repair.md explains when to use which command."],
};

function readEventId(word = ""): string {
  if (/^evt_\w{1,250}$/.test(word)) return word;
  throw misused("Name an event by its id, evt_...; `list` shows ids");
}
