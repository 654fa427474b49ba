/** What `npm run events -- ...` was asked to do. No I/O, no clock: `now` is passed in. */

import { parseArgs } from "node:util";
import { invalidField, Problem } from "../../lib/errors.ts";
import { EVENT_QUEUES, type EventQueue } from "../../lib/events/event-queues.ts";
import { present } from "../../lib/present.ts";
import { scrub, singleWord } from "../../lib/scrub.ts";
import type { EventFilter } from "./event-filter.ts";

export const USAGE = `npm run events -- list [--type <type>] [--object <id>] [--since <time>] [--state ${"done|processing|queued|ignored"}] [--dead] [--limit <n>]
npm run events -- show <event id>
npm run events -- replay <event id> ... | --type <type> | --object <id> | --since <time>  [--again] [--dry-run]
npm run events -- redrive [<queue>] [--type <type>] [--object <id>] [--since <time>] [--dry-run]
npm run events -- reconcile [--since <time>] [--dry-run]
npm run events -- drift [--object <id>] [--limit <n>] [--mend]
With --stage <stage> on a deployed stage, by the AWS credentials of this shell; without it on the running local stack.
A type may end with *, a time is 30m, 2h or 3d ago, or UTC: 2026-11-25 or 2026-11-25T08:30:00Z. docs/repair.md explains.`;

export const INBOX_STATES = ["done", "processing", "queued", "ignored"] as const;
export type InboxState = (typeof INBOX_STATES)[number];

export type EventsCommand =
  | { readonly action: "help" }
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
      /** What to replay where no ids are given. */
      readonly filter: EventFilter;
      /** Also what was applied already. */
      readonly again: boolean;
      readonly dryRun: boolean;
    }
  | {
      readonly action: "redrive";
      readonly queues: readonly EventQueue[];
      readonly filter: EventFilter;
      readonly dryRun: boolean;
    }
  | { readonly action: "reconcile"; readonly since?: Date; readonly dryRun: boolean }
  | { readonly action: "drift"; readonly objectId?: string; readonly limit: number; readonly mend: boolean };

type Action = Exclude<EventsCommand["action"], "help">;

/** The options that each action knows, beside --stage. */
const OPTIONS: Readonly<Record<Action, readonly string[]>> = {
  list: ["type", "object", "since", "state", "dead", "limit"],
  show: [],
  replay: ["type", "object", "since", "again", "dry-run"],
  redrive: ["type", "object", "since", "dry-run"],
  reconcile: ["since", "dry-run"],
  drift: ["object", "limit", "mend"],
};
const ACTIONS: readonly Action[] = ["list", "show", "replay", "redrive", "reconcile", "drift"];

const LISTED = 50;
const COMPARED = 1_000;
const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/**
 * The command and its stage (undefined: the local stack). Throws BAD_REQUEST or VALIDATION_FAILED that says what is
 * right.
 */
export function readCommand(
  words: readonly string[],
  now: Date,
): { readonly command: EventsCommand; readonly stage: string | undefined } {
  const { values, positionals } = parse(words);
  if (values.help === true) return { command: { action: "help" }, stage: undefined };
  const [name = "", ...rest] = positionals;
  const action = ACTIONS.find((known) => known === name);
  if (action === undefined)
    throw misused(name === "" ? "Say what to do" : `There is no "${singleWord(name)}"`);
  const strange = Object.keys(values).find(
    (option) => option !== "stage" && !OPTIONS[action].includes(option),
  );
  if (strange !== undefined) throw misused(`${action} knows no option --${strange}`);
  const { stage } = values;
  if (stage !== undefined && !/^[A-Za-z0-9-]{1,32}$/.test(stage)) {
    throw invalidField("--stage", "must be the name of a stage, such as prod");
  }
  return { stage, command: commandOf(action, rest, values, now) };
}

type Values = ReturnType<typeof parse>["values"];

function commandOf(action: Action, rest: readonly string[], values: Values, now: Date): EventsCommand {
  const filter = filterIn(values, now);
  const dryRun = values["dry-run"] === true;
  switch (action) {
    case "list": {
      refuseWords(action, rest, 0);
      const limit = readLimit(values.limit, LISTED);
      const state = values.state === undefined ? {} : { state: readState(values.state) };
      if (values.dead === true && values.state !== undefined)
        throw misused("--dead lists messages, which have no --state");
      return { action, filter, ...state, dead: values.dead === true, limit };
    }
    case "show":
      refuseWords(action, rest, 1);
      return { action, eventId: readEventId(rest[0]) };
    case "replay": {
      const eventIds = rest.map(readEventId);
      const isFiltered = Object.keys(filter).length > 0;
      if (eventIds.length > 0 && isFiltered) throw misused("replay takes event ids or a filter, not both");
      if (eventIds.length === 0 && !isFiltered)
        throw misused("replay needs event ids, or --type, --object or --since");
      return { action, eventIds, filter, again: values.again === true, dryRun };
    }
    case "redrive":
      refuseWords(action, rest, 1);
      return { action, queues: readQueues(rest[0]), filter, dryRun };
    case "reconcile":
      refuseWords(action, rest, 0);
      return { action, ...present({ since: filter.since }), dryRun };
    case "drift": {
      refuseWords(action, rest, 0);
      const object = filter.objectId === undefined ? {} : { objectId: filter.objectId };
      return { action, ...object, limit: readLimit(values.limit, COMPARED), mend: values.mend === true };
    }
  }
}

function parse(words: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        ...{ type: text, object: text, since: text, state: text, limit: text, stage: text },
        ...{ dead: flag, again: flag, mend: flag, "dry-run": flag, help: flag },
      },
    });
  } catch (thrown) {
    throw misused(scrub(thrown instanceof Error ? thrown.message : String(thrown)));
  }
}

function filterIn({ type, object, since }: Values, now: Date): EventFilter {
  if (type !== undefined && !/^[a-z0-9_.]+\*?$/.test(type)) {
    throw invalidField("--type", "must be a type of event, such as invoice.paid or charge.*");
  }
  if (object !== undefined && !/^\w{1,255}$/.test(object)) {
    throw invalidField(
      "--object",
      "must be the id of an object at Stripe, such as pi_3MtwBwLkdIwHu7ix28a3tqPa",
    );
  }
  return {
    ...present({ type, objectId: object }),
    ...(since === undefined ? {} : { since: readTime(since, now) }),
  };
}

function readTime(text: string, now: Date): Date {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && (unit === "s" || unit === "m" || unit === "h" || unit === "d")) {
    return new Date(now.getTime() - Number(count) * UNIT_MS[unit]);
  }
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text;
  const time = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(day) ? new Date(day) : new Date(Number.NaN);
  // A day that the calendar does not have is read as one of the next month.
  if (!Number.isNaN(time.getTime()) && time.toISOString().startsWith(day.slice(0, 10))) return time;
  throw invalidField("--since", "must be 30m, 2h or 3d ago, or UTC: 2026-11-25 or 2026-11-25T08:30:00Z");
}

function readState(text: string): InboxState {
  const state = INBOX_STATES.find((known) => known === text);
  if (state === undefined) throw invalidField("--state", `must be one of ${INBOX_STATES.join(", ")}`);
  return state;
}

function readLimit(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d{0,6}$/.test(text)) throw invalidField("--limit", "must be a whole number above 0");
  return Number(text);
}

function readQueues(word: string | undefined): readonly EventQueue[] {
  if (word === undefined) return EVENT_QUEUES;
  const queue = EVENT_QUEUES.find((known) => known === word);
  if (queue === undefined)
    throw misused(`There is no queue "${singleWord(word)}"; there are ${EVENT_QUEUES.join(", ")}`);
  return [queue];
}

function readEventId(word = ""): string {
  if (/^evt_\w{1,250}$/.test(word)) return word;
  throw misused("Name an event by its id, evt_...; `list` shows them");
}

function refuseWords(action: Action, rest: readonly string[], allowed: number): void {
  if (rest.length > allowed) throw misused(`${action} is given a word too many`);
}

function misused(what: string): Problem {
  return new Problem("BAD_REQUEST", `${what}.\n\n${USAGE}`);
}
