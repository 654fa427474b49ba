/** Several readers on one part of Stripe's list, whose pages arrive in any order and are compared for any time. No I/O. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { EventPage, ListEvents, ListedEvent } from "../../../lib/reconcile/list-events.ts";
import type { HeldTask } from "../../../lib/reconcile/progress.ts";
import { noCounts, reconcileEvents } from "../../../lib/reconcile/reconcile-events.ts";
import { tries } from "../../steps/effort.ts";

const NOW = new Date("2026-06-01T12:00:00.000Z");
const SECONDS = NOW.getTime() / 1000;
const PERIOD_SECONDS = 3 * 24 * 3_600;
const GRACE_SECONDS = 5 * 60;

const idOf = ({ queued }: ListedEvent) => queued.head.id;
const createdOf = ({ queued }: ListedEvent) => queued.head.created;

/** Events of these ages, newest first. */
function listed(ages: readonly number[]): ListedEvent[] {
  return ages
    .toSorted((a, b) => a - b)
    .map((age, index) => {
      const head = { id: `evt_${index}`, type: "charge.updated", created: SECONDS - age, livemode: false };
      return { queued: { kind: "opaque", head }, body: "" };
    });
}

function pageOf(
  events: readonly ListedEvent[],
  size: number,
  { from, until }: { readonly from: number; readonly until: number },
  after: string | undefined,
): EventPage {
  const start = after === undefined ? 0 : events.findIndex((event) => idOf(event) === after) + 1;
  const wanted = events.slice(start).filter((event) => createdOf(event) >= from && createdOf(event) <= until);
  const page = wanted.slice(0, size);
  const last = page.at(-1);
  return wanted.length > size && last !== undefined ? { events: page, next: idOf(last) } : { events: page };
}

/** Before a recent look at the whole period; the settled look has nothing to read yet. */
const task: HeldTask = {
  progress: { cursor: SECONDS - PERIOD_SECONDS, settled: SECONDS },
  save: async () => undefined,
  release: async () => undefined,
};

describe("given readers that divide the list between them", () => {
  it("each reads its own events only, in any order in which their pages arrive: every event is compared once", async () => {
    const age = fc.oneof(
      fc.integer({ min: GRACE_SECONDS, max: PERIOD_SECONDS }),
      // Many in a few seconds, so that the first readers expect a long lane.
      fc.integer({ min: GRACE_SECONDS, max: GRACE_SECONDS + 5 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(age, { maxLength: 40 }),
        fc.integer({ min: 1, max: 4 }),
        fc.scheduler(),
        async (ages, pageSize, scheduler) => {
          const events = listed(ages);
          const compared: string[] = [];
          const list: ListEvents = async (range, after) => {
            if (range.undelivered === true) return { events: [] };
            const page = pageOf(events, pageSize, range, after);
            return scheduler.schedule(Promise.resolve(page), `the page after ${after}`);
          };
          const compare = async (page: readonly ListedEvent[]) => {
            compared.push(...page.map(idOf));
            await scheduler.schedule(Promise.resolve(), "the comparison");
          };
          const counts = noCounts();
          const run = { list, compare, now: () => NOW, hasTime: () => counts.pages < 500, awaited: [] };
          await scheduler.waitFor(reconcileEvents(task, run, counts));
          expect(counts).toMatchObject({ complete: true, listed: events.length });
          expect(compared.toSorted()).toEqual(events.map(idOf).toSorted());
        },
      ),
      { numRuns: tries({ sample: 40, whole: 500 }), endOnFailure: true },
    );
  });
});
