import { describe, expect, it } from "@jest/globals";
import { CONSUMED_QUEUES } from "../../../lib/events/event-queues.ts";
import { eventsCommand } from "../../../scripts/events/command.ts";
import { matches } from "../../../scripts/events/event-filter.ts";
import { askedFor } from "../../steps/commands.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const asked = (words: string) => askedFor(eventsCommand, words, NOW);

describe("given the words of a command", () => {
  it.each<[string, object]>([
    ["list", { action: "list", filter: {}, dead: false, limit: 50 }],
    [
      "list --type invoice.* --object in_1 --since 2h --state ignored --limit 7",
      {
        action: "list",
        filter: { type: "invoice.*", objectId: "in_1", since: new Date("2026-11-25T10:00:00Z") },
        state: "ignored",
        dead: false,
        limit: 7,
      },
    ],
    ["list --dead", { action: "list", filter: {}, dead: true, limit: 50 }],
    ["show evt_1", { action: "show", eventId: "evt_1" }],
    [
      "replay evt_1 evt_2 --again",
      { action: "replay", eventIds: ["evt_1", "evt_2"], filter: {}, again: true, dryRun: false },
    ],
    [
      "replay --since 2026-11-24 --dry-run",
      {
        action: "replay",
        eventIds: [],
        filter: { since: new Date("2026-11-24T00:00:00Z") },
        again: false,
        dryRun: true,
      },
    ],
    ["redrive", { action: "redrive", queues: CONSUMED_QUEUES, filter: {}, discard: false, dryRun: false }],
    ["redrive mail", { action: "redrive", queues: ["mail"], filter: {}, discard: false, dryRun: false }],
    [
      "redrive charge --discard --dry-run",
      { action: "redrive", queues: ["charge"], filter: {}, discard: true, dryRun: true },
    ],
    ["reconcile", { action: "reconcile", dryRun: false }],
    [
      "reconcile --since 2026-11-24T08:30:00Z",
      { action: "reconcile", since: new Date("2026-11-24T08:30:00Z"), dryRun: false },
    ],
    ["drift", { action: "drift", limit: 1_000, fix: false }],
    ["complete", { action: "complete" }],
    ["drift --object pi_1 --fix", { action: "drift", objectId: "pi_1", limit: 1_000, fix: true }],
  ])("%s is understood", (words, expected) => {
    expect(asked(words)).toEqual(expected);
  });

  it.each([
    ["", "Name a command: list, show, replay, redrive, reconcile, drift"],
    ["repeat evt_1", 'Unknown command "repeat"'],
    ["list --fix", "list has no option --fix"],
    ["list evt_1", "list takes no arguments"],
    ["show evt_1 evt_2", "show takes no further arguments"],
    ["list --dead --state done", "--dead lists messages"],
    ["list --state lost", "--state must be one of done, processing, queued, ignored"],
    ["list --limit 0", "--limit must be a whole number from 1 to 9999999"],
    ["list --type", "--type needs a value: --type <type>"],
    ["list --type Invoice", "--type must be a type of event"],
    ["list --object pi_1,pi_2", "--object must be the id"],
    ["list --since yesterday", "--since must be 30m, 2h or 3d ago"],
    ["list --since 2026-02-30", "--since must be"],
    ["list --since 2026-11-25T08:30", "--since must be"],
    ["show", "show needs <event>, the id of the event, evt_..."],
    ["show pi_1", "Name an event by its id"],
    ["replay", "replay needs event ids, or --type"],
    ["replay evt_1 --type invoice.paid", "event ids or a filter, not both"],
    ["redrive customers", '<queue> "customers" is not known; did you mean "customer"?'],
    ["redrive everything", "<queue> must be one of payment-intent, "],
    ["reconcile --type invoice.paid", "reconcile has no option --type; known: --since"],
    ["list --stage a/b", "--stage must be the name of a stage"],
  ])("%s is refused, and the message says what would be right", (words, message) => {
    expect(() => asked(words)).toThrow(message);
  });
});

describe("given a filter", () => {
  const event = { type: "invoice.paid", objectId: "in_1", created: NOW.getTime() / 1000 };
  it.each<[object, boolean]>([
    [{}, true],
    [{ type: "invoice.paid", objectId: "in_1", since: NOW }, true],
    [{ type: "invoice.*" }, true],
    [{ type: "invoice" }, false],
    [{ type: "charge.*" }, false],
    [{ objectId: "in_2" }, false],
    [{ since: new Date(NOW.getTime() + 1_000) }, false],
  ])("%j matches only the events that it selects", (filter, expected) => {
    expect(matches(filter, event)).toBe(expected);
  });

  it("an unknown property of an event does not match", () => {
    expect(matches({ objectId: "in_1" }, { type: "invoice.paid" })).toBe(false);
    expect(matches({ type: "*" }, {})).toBe(true);
    expect(matches({ since: NOW }, {})).toBe(false);
  });
});
