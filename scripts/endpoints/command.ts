/** The commands of `npm run endpoints`. No I/O, no clock. */
import { ENDPOINT_ID_PATTERN } from "../../lib/endpoints/endpoint.ts";
import { invalidField } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import type { Action, Command } from "../command-line/command.ts";
import { misused } from "../command-line/misuse.ts";
import { durationSeconds, readTime } from "../command-line/values.ts";

export type EndpointsAsked =
  | {
      readonly action: "create";
      readonly url: string;
      readonly types: readonly string[];
      readonly description?: string;
    }
  | { readonly action: "list" }
  | { readonly action: "deliveries"; readonly notificationId: string }
  | { readonly action: "rotate"; readonly endpointId: string; readonly graceSeconds: number }
  | { readonly action: "disable" | "enable" | "test"; readonly endpointId: string }
  | {
      readonly action: "replay";
      readonly notificationIds: readonly string[];
      /** The notifications to replay when no ids are given. */
      readonly range?: { readonly since: Date; readonly until: Date };
      /** By default every endpoint that wants the notification. */
      readonly endpointId?: string;
      readonly dryRun: boolean;
    }
  | { readonly action: "reseal" };

const DEFAULT_GRACE = "24h";
const ENDPOINT = { name: "endpoint", about: "ep_ and 16 digits; `list` shows ids" };
const NOTIFICATION = "ids of notifications, evt_...";

const create: Action<EndpointsAsked> = {
  name: "create",
  summary: "Creates an endpoint, and prints its signing secret once, on standard output only",
  options: {
    url: {
      value: "<url>",
      about: "where notifications are sent: https://..., or http://localhost on the local stack",
    },
    type: {
      value: "<type>",
      about: "a type of notification, such as payment.succeeded or payment.*; by default all types",
      repeats: true,
    },
    description: {
      value: "<text>",
      about: "whose endpoint it is, for `list` and for mails to the administrator",
    },
  },
  read: (given) => {
    const url = given.text("url");
    if (url === undefined) throw misused("create needs --url, where notifications are sent");
    return {
      action: "create",
      url,
      types: given.texts("type"),
      ...present({ description: given.text("description") }),
    };
  },
};

const list: Action<EndpointsAsked> = {
  name: "list",
  summary: "Lists every endpoint, without its secrets",
  read: () => ({ action: "list" }),
};

const deliveries: Action<EndpointsAsked> = {
  name: "deliveries",
  summary: "Lists the attempts to send one notification to its endpoints",
  positionals: [{ name: "notification", about: "the id of a notification, evt_..." }],
  read: ({ positionals: [id] }) => ({ action: "deliveries", notificationId: readNotificationId(id) }),
};

const rotate: Action<EndpointsAsked> = {
  name: "rotate",
  summary: "Gives an endpoint a new signing secret, and prints it once, on standard output only",
  positionals: [ENDPOINT],
  options: {
    grace: {
      value: "<time>",
      about: `how long requests are signed with the old secret, too: 24h, 30m or 0s; by default ${DEFAULT_GRACE}`,
    },
  },
  read: (given) => {
    const graceSeconds = durationSeconds(given.text("grace") ?? DEFAULT_GRACE);
    if (graceSeconds === undefined)
      throw invalidField("--grace", "must be a time, such as 7d, 24h, 30m or 0s");
    return { action: "rotate", endpointId: readEndpointId(given.positionals[0]), graceSeconds };
  },
};

const disable = ofOneEndpoint("disable", "Sends nothing more to an endpoint until it is enabled");
const enable = ofOneEndpoint("enable", "Sends to a disabled endpoint again, first what was waiting for it");
const test = ofOneEndpoint("test", "Sends a test notification to an endpoint, and prints what it responded");

function ofOneEndpoint(name: "disable" | "enable" | "test", summary: string): Action<EndpointsAsked> {
  return {
    name,
    summary,
    positionals: [ENDPOINT],
    read: ({ positionals: [id] }) => ({ action: name, endpointId: readEndpointId(id) }),
  };
}

const replay: Action<EndpointsAsked> = {
  name: "replay",
  summary: "Sends notifications of the last 30 days again, with the same ids, also those that were delivered",
  positionals: [
    {
      name: "notification",
      about: `${NOTIFICATION}; without them, give --since`,
      isOptional: true,
      repeats: true,
    },
  ],
  options: {
    since: {
      value: "<time>",
      about: "notifications published since then: 2h, 3d, 2026-11-25 or 2026-11-25T08:30:00Z",
    },
    until: { value: "<time>", about: "and before then; by default until now" },
    endpoint: {
      value: "<ep_...>",
      about: "only to this endpoint; by default to all that want the notification",
    },
    "dry-run": { about: "only shows what would be done" },
  },
  read: (given, { now }) => {
    const notificationIds = given.positionals.map(readNotificationId);
    const [since, until, endpoint] = [given.text("since"), given.text("until"), given.text("endpoint")];
    if (notificationIds.length > 0 && (since ?? until) !== undefined)
      throw misused("replay takes ids of notifications or a time, not both");
    if (notificationIds.length === 0 && since === undefined)
      throw misused("replay needs ids of notifications, or --since");
    const range =
      since === undefined
        ? undefined
        : {
            since: readTime("--since", since, now),
            until: until === undefined ? now : readTime("--until", until, now),
          };
    if (range !== undefined && range.since >= range.until)
      throw invalidField("--until", "must be later than --since");
    return {
      action: "replay",
      notificationIds,
      ...present({ range, endpointId: endpoint === undefined ? undefined : readEndpointId(endpoint) }),
      dryRun: given.flag("dry-run"),
    };
  },
};

const reseal: Action<EndpointsAsked> = {
  name: "reseal",
  summary: "Seals the signing secrets with the new APP_SECRET, before the old one is removed",
  read: () => ({ action: "reseal" }),
};

export const endpointsCommand: Command<EndpointsAsked> = {
  invocation: "npm run -s endpoints --",
  summary: "Manages the endpoints that get notifications over HTTPS",
  actions: [create, list, deliveries, rotate, disable, enable, test, replay, reseal],
  takesTarget: true,
  notes: ["docs/endpoints.md explains the notifications and how to check their signatures."],
};

function readEndpointId(word = ""): string {
  if (ENDPOINT_ID_PATTERN.test(word)) return word;
  throw misused("Name the endpoint by its id, ep_ and 16 digits; `list` shows ids");
}

function readNotificationId(word = ""): string {
  if (/^evt_\w{1,255}$/.test(word)) return word;
  throw misused("Name the notification by its id, evt_...; the receiver finds it in the header webhook-id");
}
