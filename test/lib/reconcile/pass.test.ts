import { describe, expect, it } from "@jest/globals";
import {
  afterPage,
  FIRST_SECONDS,
  GRACE_SECONDS,
  OVERLAP_SECONDS,
  passAt,
} from "../../../lib/reconcile/pass.ts";

const SECONDS = 1_795_478_400;
const NOW = new Date(SECONDS * 1000);
const DAY = 86_400;

describe("given the reconciler's progress", () => {
  it("the very first pass goes back three days, and leaves out the most recent events", () => {
    expect(passAt({}, NOW)).toEqual({
      from: SECONDS - FIRST_SECONDS,
      until: SECONDS - GRACE_SECONDS,
      part: "undelivered",
      startedAt: SECONDS,
    });
  });

  it("a later pass begins before the end of the last", () => {
    expect(passAt({ cursor: SECONDS - 900 }, NOW)).toMatchObject({ from: SECONDS - 900 - OVERLAP_SECONDS });
  });

  it("no pass goes back further than Stripe's list", () => {
    expect(passAt({ cursor: SECONDS - 90 * DAY }, NOW)).toMatchObject({ from: SECONDS - 30 * DAY });
  });

  it("the current pass is continued, but not after a day", () => {
    const pass = { ...passAt({}, NOW), after: "evt_1" };
    const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
    expect(passAt({ pass }, later(DAY - 1))).toBe(pass);
    expect(passAt({ pass, cursor: SECONDS - DAY }, later(DAY))).toMatchObject({
      from: SECONDS - DAY - OVERLAP_SECONDS,
      startedAt: SECONDS + DAY,
    });
  });

  it("undelivered events come first, page by page, then all; the cursor moves at the end, and never back", () => {
    const pass = passAt({ cursor: 7 }, NOW);
    const second = afterPage({ cursor: 7, pass }, pass, "evt_1");
    expect(second).toEqual({ cursor: 7, pass: { ...pass, after: "evt_1" } });
    const all = afterPage(second, { ...pass, after: "evt_1" }, undefined);
    expect(all).toEqual({ cursor: 7, pass: { ...pass, part: "all" } });
    const last = { ...pass, part: "all", after: "evt_2" } as const;
    expect(afterPage(all, last, undefined)).toEqual({ cursor: pass.until });
    expect(afterPage({ cursor: pass.until + 1 }, last, undefined)).toEqual({ cursor: pass.until + 1 });
  });
});
