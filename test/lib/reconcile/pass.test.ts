import { describe, expect, it } from "@jest/globals";
import {
  afterPart,
  continued,
  FIRST_SECONDS,
  GRACE_SECONDS,
  type Look,
  type Pass,
  type Progress,
  passAt,
  SETTLED_SECONDS,
} from "../../../lib/reconcile/pass.ts";
import { progressFrom } from "../../../lib/reconcile/saved-progress.ts";

const SECONDS = 1_795_478_400;
const NOW = new Date(SECONDS * 1000);
const DAY = 86_400;
const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);

function aPass(progress: Progress, look: Look = "recent", now = NOW): Pass {
  const pass = passAt(progress, look, now);
  if (pass === undefined) throw new Error("No pass is due");
  return pass;
}

describe("given the reconciler's progress", () => {
  it("the very first pass goes back three days, and leaves out the most recent events", () => {
    const [from, until] = [SECONDS - FIRST_SECONDS, SECONDS - GRACE_SECONDS];
    expect(aPass({})).toEqual({
      ...{ look: "recent", from, until, part: "undelivered", startedAt: SECONDS },
      lanes: [{ from, until, pages: 0, seconds: 0 }],
    });
    expect(passAt({}, "settled", NOW)).toBeUndefined();
  });

  it("a later pass begins where the last one ended, and reads no hour again", () => {
    expect(aPass({ cursor: SECONDS - 900 })).toMatchObject({ from: SECONDS - 900 });
    expect(passAt({ cursor: SECONDS - GRACE_SECONDS + 1 }, "recent", NOW)).toBeUndefined();
  });

  it("the settled look follows two hours later, over what the recent look has completed, and not in small steps", () => {
    const settled = SECONDS - SETTLED_SECONDS - 900;
    expect(aPass({ cursor: SECONDS - 300, settled }, "settled")).toMatchObject({
      ...{ from: settled, until: SECONDS - SETTLED_SECONDS, part: "all" },
    });
    expect(aPass({ cursor: settled + 700, settled }, "settled")).toMatchObject({ until: settled + 700 });
    expect(passAt({ cursor: SECONDS - 300, settled: settled + 600 }, "settled", NOW)).toBeUndefined();
  });

  it("no pass goes back further than Stripe's list", () => {
    expect(aPass({ cursor: SECONDS - 90 * DAY })).toMatchObject({ from: SECONDS - 30 * DAY });
  });

  it("undelivered events come first, then all; the cursor moves at the end, and never back", () => {
    const pass = aPass({ cursor: SECONDS - DAY });
    const all = afterPart({ cursor: SECONDS - DAY, pass }, { ...pass, lanes: [] });
    expect(all).toEqual({ cursor: SECONDS - DAY, pass: { ...pass, part: "all" } });
    const last = { ...pass, part: "all", lanes: [] } as const;
    expect(afterPart({ ...all, settled: 7 }, last)).toEqual({ cursor: pass.until, settled: 7 });
    expect(afterPart({ cursor: pass.until + 1, settled: 7 }, last)).toEqual({
      cursor: pass.until + 1,
      settled: 7,
    });
    const settledPass = aPass({ cursor: SECONDS - 300, settled: SECONDS - DAY }, "settled");
    expect(afterPart({ cursor: SECONDS - 300, settled: SECONDS - DAY }, settledPass)).toEqual({
      cursor: SECONDS - 300,
      settled: SECONDS - SETTLED_SECONDS,
    });
  });

  it("the first settled look begins where the first recent look found unsettled events", () => {
    const last = { ...aPass({}), part: "all" } as const;
    expect(afterPart({}, last)).toEqual({ cursor: last.until, settled: SECONDS - SETTLED_SECONDS });
  });
});

describe("given a pass that an earlier run began", () => {
  const begun = {
    ...aPass({}),
    lanes: [{ from: SECONDS - DAY, until: SECONDS - 7_200, after: "evt_1", pages: 9, seconds: 60 }],
  };

  it("it is continued from its place; after a day, from the same time without the event there", () => {
    expect(continued(begun, later(DAY - 1))).toEqual(begun);
    expect(continued(begun, later(DAY))).toEqual({
      ...begun,
      lanes: [{ from: SECONDS - DAY, until: SECONDS - 7_200, pages: 9, seconds: 60 }],
      startedAt: SECONDS + DAY,
    });
  });

  it("what Stripe no longer lists is left out", () => {
    expect(continued(begun, later(29.5 * DAY)).lanes).toEqual([
      { from: SECONDS - DAY / 2, until: SECONDS - 7_200, pages: 9, seconds: 60 },
    ]);
    expect(continued(begun, later(31 * DAY)).lanes).toEqual([]);
  });

  it("it is read as it was saved, and as the first release saved it", () => {
    const progress = { cursor: 1, settled: 2, pass: begun };
    expect(progressFrom(JSON.parse(JSON.stringify(progress)))).toEqual(progress);
    const first = { from: 1, until: 9, part: "all", after: "evt_1", startedAt: 10 };
    expect(progressFrom({ cursor: 5, pass: first })).toEqual({
      cursor: 5,
      pass: {
        ...{ look: "recent", from: 1, until: 9, part: "all", startedAt: 10 },
        lanes: [{ from: 1, until: 9, after: "evt_1", pages: 0, seconds: 0 }],
      },
    });
  });
});
