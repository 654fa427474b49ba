import { beforeAll, describe, expect, it } from "@jest/globals";
import { ignoreEvent } from "../../../lib/events/inbox.ts";
import { readQueuedEvent } from "../../../lib/events/stripe-event.ts";
import { eventList } from "../../../scripts/console/events/inbox-page.ts";
import * as given from "../../steps/given.ts";

const NOW = new Date("2026-11-27T08:00:00Z");
const EVENTS = 120;

given.localAws();
beforeAll(async () => {
  for (let index = 0; index < EVENTS; index += 1) {
    const queued = readQueuedEvent(
      JSON.stringify({
        id: `evt_${index}`,
        object: "event",
        type: index % 3 === 0 ? "invoice.paid" : "charge.refunded",
        // Several events of each second.
        created: 1_795_000_000 + Math.floor(index / 7),
        data: { object: { id: `in_${index % 10}`, object: "invoice" } },
      }),
    );
    if (queued === undefined) throw new Error("This is no event");
    await ignoreEvent({ queued, queue: "invoice", now: () => NOW }, "no-consumer");
  }
});

async function allPages(search: string): Promise<string[]> {
  const ids: string[] = [];
  let next: string | undefined;
  do {
    const query = new URLSearchParams(search);
    if (next !== undefined) query.set("before", next);
    const page = await eventList(query, NOW);
    ids.push(...page.events.map(({ eventId }) => eventId));
    next = page.next;
  } while (next !== undefined);
  return ids;
}

describe("given an inbox of several pages", () => {
  it("the pages have each event once, newest first", async () => {
    const ids = await allPages("");
    expect(new Set(ids).size).toBe(EVENTS);
    const seconds = ids.map((id) => Math.floor(Number(id.slice(4)) / 7));
    expect(seconds).toEqual(seconds.toSorted((a, b) => b - a));
  });

  it.each([
    ["type=invoice.*", 40],
    ["type=charge.refunded&state=ignored&queue=invoice", 80],
    ["object=in_3", 12],
    ["object=in_3&type=invoice.paid", 4],
    ["state=done", 0],
    ["queue=charge", 0],
  ])("%s chooses what it says", async (search, count) => {
    expect((await allPages(search)).length).toBe(count);
  });

  it.each(["type=Invoice%20", "object=a/b", "state=lost", "queue=invoices", "since=yesterday"])(
    "%s is refused, and the message says what would be right",
    async (search) => {
      const refused = eventList(new URLSearchParams(search), NOW);
      await expect(refused).rejects.toThrow(/ is (?:one|an id)|must be/);
    },
  );
});
