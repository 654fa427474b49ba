/** Calls that the policy denies before they are counted: they count as calls of the minute, and as nothing else. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { aCall, rule, run, succeeding } from "./charge.ts";

given.localAws();
given.capturedLog();

const NOON = new Date("2026-11-25T12:00:20Z");
const limits = [
  rule({
    id: "minute",
    effect: "DENY",
    condition: "usage.callsThisMinute > 1",
    reason: "At most 1 call a minute",
    reads: { input: [], usage: ["callsThisMinute"] },
  }),
  rule({
    id: "day",
    effect: "DENY",
    condition: "usage.callsToday > 100",
    reason: "At most 100 calls a day",
    reads: { input: [], usage: ["callsToday"] },
  }),
];
const countOf = async (principalId: string, window: string) =>
  (await getItem("UsageCountersTable", { counter: `calls#${principalId}#charge#${window}` }))?.calls;

describe("given a principal that may not call the capability", () => {
  it("its calls are counted by minute only, and above the limit they are refused as too many", async () => {
    const principal = { id: randomUUID(), roles: [] };
    const codes: unknown[] = [];
    for (let call = 0; call < 2; call += 1) {
      const denied = run(
        succeeding().operation,
        aCall({ principal, now: () => NOON, deadline: NOON.getTime() + 5_000 }),
        limits,
      );
      await denied.catch(({ code, retryAfterSeconds }) => codes.push([code, retryAfterSeconds]));
    }
    expect(codes).toEqual([
      ["FORBIDDEN", undefined],
      ["RATE_LIMITED", 40],
    ]);
    expect(await countOf(principal.id, "2026-11-25T12:00")).toBe(2);
    expect(await countOf(principal.id, "2026-11-25")).toBeUndefined();
  });

  it("a call that is permitted is counted once, by minute and by day", async () => {
    const principal = { id: randomUUID(), roles: ["admin"] };
    const call = aCall({ principal, now: () => NOON, deadline: NOON.getTime() + 5_000 });
    await run(succeeding().operation, call, limits);
    expect(await countOf(principal.id, "2026-11-25T12:00")).toBe(1);
    expect(await countOf(principal.id, "2026-11-25")).toBe(1);
  });
});
