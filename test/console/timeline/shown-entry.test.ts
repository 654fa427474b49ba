/** Which request to Stripe belongs to which call, and what belongs to one run. */
import { describe, expect, it } from "@jest/globals";
import type { Entry } from "../../../scripts/console/journal/entry.ts";
import { Journal } from "../../../scripts/console/journal/journal.ts";
import { requestsOf, shown } from "../../../scripts/console/timeline/shown-entry.ts";

const RUN = "run-0123456789abcdef0123456789abcdef";
const REQUEST = "79f1a0b2-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const OTHER = "00000000-0c3d-4e5f-8a9b-0c1d2e3f4a5b";
const entry = (fields: Partial<Entry> & Pick<Entry, "id" | "at">): Entry => ({
  ...{ kind: "call", outcome: "succeeded", title: "x", ids: [] },
  ...fields,
});
const journalOf = (...entries: Entry[]) => {
  const journal = new Journal();
  journal.add(entries);
  return journal;
};

describe("given calls and the requests to Stripe that they made", () => {
  const first = entry({ id: "stripe:req_1", at: 1_100, kind: "stripe", ids: ["req_1", "cus_1"] });
  const last = entry({ id: "stripe:req_2", at: 1_400, kind: "stripe", ids: ["req_2", "pi_1", "cus_1"] });
  const call = entry({ id: "call", at: 1_500, durationMs: 500, ids: [REQUEST, "req_2", "pi_1", "cus_1"] });
  const earlier = entry({ id: "earlier", at: 900, durationMs: 500, ids: [OTHER, "cus_1"] });

  it("a request belongs to the call that names it, or that ran about its object at its time", () => {
    const journal = journalOf(first, last, call, earlier);
    expect([first, last, call].map((each) => shown(each, journal).group)).toEqual([
      REQUEST,
      REQUEST,
      REQUEST,
    ]);
    expect(requestsOf(call, journal)).toEqual([first, last]);
    expect(requestsOf(earlier, journal)).toEqual([]);
  });

  it("one whose call has not ended yet belongs to none until then", () => {
    const journal = journalOf(first, earlier);
    expect(shown(first, journal).group).toBeUndefined();
    journal.add([call]);
    expect(shown(first, journal).group).toBe(REQUEST);
  });

  it("a step and its requests belong to the run", () => {
    const step = { ...call, ids: [...call.ids, RUN] };
    const journal = journalOf(first, last, step);
    expect([first, step].map((each) => shown(each, journal).group)).toEqual([RUN, RUN]);
  });

  it("what was received and what was applied belong to one event", () => {
    const received = entry({ id: "received", at: 1, kind: "event", ids: [REQUEST, "evt_1"] });
    const applied = entry({ id: "applied", at: 2, kind: "event", ids: [OTHER, "evt_1"] });
    const journal = journalOf(received, applied);
    expect([received, applied].map((each) => shown(each, journal).group)).toEqual(["evt_1", "evt_1"]);
  });

  it.each([
    [4_200, "usd", "$42.00"],
    [500, "jpy", "¥500"],
    [1, "not a currency", "1 not a currency"],
  ])("an amount of %d %s reads %s", (amount, currency, money) => {
    expect(shown(entry({ id: "e", at: 1, amount, currency }), new Journal()).money).toBe(money);
  });
});
