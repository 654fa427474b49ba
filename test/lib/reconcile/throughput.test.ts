/** The reconciler beside a list of Stripe's that grows by 100 payments a second, on a clock that only requests move. */
import { describe, expect, it } from "@jest/globals";
import type { EventPage, ListEvents } from "../../../lib/reconcile/list-events.ts";
import type { HeldTask } from "../../../lib/reconcile/progress.ts";
import { noCounts, type RunCounts, reconcileEvents } from "../../../lib/reconcile/reconcile-events.ts";
import { tries } from "../../steps/effort.ts";

/** Intent created, charge and intent succeeded, and the charge updated with its balance transaction. */
const EVENTS_OF_PAYMENT = 4;
const PAGE = 100;
const PAGE_MS = 400;
const EVERY_SECONDS = 15 * 60;
/** The function's timeout, less the time that it keeps for a page (functions/reconcile-events). */
const RUN_SECONDS = 840 - 30;
const START = 1_795_478_400;

/** A list of `perSecond` events in each second since long ago, and a clock on which every request for a page takes `PAGE_MS`. */
function aStripe(perSecond: number) {
  let nowMs = START * 1000;
  let mostAtOnce = 0;
  const waiting: { readonly at: number; readonly resolve: () => void }[] = [];
  const pageOf = (from: number, until: number, after: string | undefined): EventPage => {
    const newest = after === undefined ? (until + 1) * perSecond - 1 : Number(after) - 1;
    const oldest = Math.max(newest - PAGE + 1, from * perSecond);
    const created = Math.floor(oldest / perSecond);
    const head = { id: String(oldest), type: "charge.updated", created, livemode: false };
    const event = { queued: { kind: "opaque", head }, body: "" } as const;
    const events = Array.from({ length: Math.max(0, newest - oldest + 1) }, () => event);
    return oldest > from * perSecond ? { events, next: String(oldest) } : { events };
  };
  const list: ListEvents = async ({ from, until, undelivered }, after) => {
    await new Promise<void>((resolve) => {
      waiting.push({ at: nowMs + PAGE_MS, resolve });
      mostAtOnce = Math.max(mostAtOnce, waiting.length);
    });
    return undelivered === true ? { events: [] } : pageOf(from, until, after);
  };
  /** Answers the requests in turn until the run has ended. */
  const during = async <T>(run: Promise<T>): Promise<T> => {
    let hasEnded = false;
    const ending = run.finally(() => {
      hasEnded = true;
    });
    while (!hasEnded) {
      await new Promise((resolve) => setImmediate(resolve));
      const next = waiting.shift();
      if (next === undefined) continue;
      nowMs = next.at;
      next.resolve();
    }
    return ending;
  };
  return {
    list,
    during,
    now: () => new Date(nowMs),
    moveTo: (seconds: number) => {
      nowMs = Math.max(nowMs, seconds * 1000);
    },
    mostAtOnce: () => mostAtOnce,
  };
}

/** The counts of each run, one every 15 minutes for so many hours. */
async function runs(perSecond: number, hours: number) {
  const stripe = aStripe(perSecond);
  let progress: unknown = { cursor: START - 300, settled: START - 2 * 3_600 };
  const all: RunCounts[] = [];
  for (let at = START + EVERY_SECONDS; at <= START + hours * 3_600; at += EVERY_SECONDS) {
    stripe.moveTo(at);
    const deadline = stripe.now().getTime() + RUN_SECONDS * 1000;
    const counts = noCounts();
    const task: HeldTask = {
      progress,
      save: async (saved) => {
        progress = JSON.parse(JSON.stringify(saved));
      },
      release: async () => undefined,
    };
    const hasTime = () => stripe.now().getTime() < deadline;
    const compare = async () => undefined;
    await stripe.during(
      reconcileEvents(task, { list: stripe.list, now: stripe.now, hasTime, compare, awaited: [] }, counts),
    );
    all.push(counts);
  }
  return { all, mostAtOnce: stripe.mostAtOnce() };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

describe("given 100 payments a second", () => {
  it("every run completes both looks, is never far behind, and each event is listed twice", async () => {
    const perSecond = 100 * EVENTS_OF_PAYMENT;
    const hours = tries({ sample: 1, whole: 3 });
    const { all, mostAtOnce } = await runs(perSecond, hours);
    expect(all.filter(({ complete }) => !complete)).toEqual([]);
    const lags = all.map(({ lagSeconds }) => lagSeconds ?? Number.POSITIVE_INFINITY);
    expect(Math.max(...lags)).toBeLessThan(30 * 60);
    expect(mostAtOnce).toBe(6);
    const events = hours * 3_600 * perSecond;
    const pages = sum(all.map((counts) => counts.pages));
    expect(pages).toBeGreaterThan((1.9 * events) / PAGE);
    expect(pages).toBeLessThan((2.1 * events) / PAGE);
  });
});

describe("given a quiet account", () => {
  it("a run costs three pages: what was not delivered, all recent events, and the settled ones", async () => {
    const { all } = await runs(0.01, 3);
    expect(all.map(({ pages }) => pages)).toEqual(all.map(() => 3));
  });
});
