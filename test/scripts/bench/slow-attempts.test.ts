import { describe, expect, it } from "@jest/globals";
import { SlowAttempts } from "../../../scripts/bench/calls/slow-attempts.ts";

const entry = JSON.stringify({ Item: { partition: { S: "day#2026-11-28#0" }, writer: { S: "w1" } } });
const head = (endings: object) =>
  JSON.stringify({
    Item: { partition: { S: "heads#2026-11-28" }, sort: { S: "w1" }, sequence: { N: "3" }, ...endings },
  });
const ended = { L: [{ M: { sequence: { N: "3" } } }] };
const running = head({ closed: { L: [{ M: { sequence: { N: "2" } } }] } });

describe("given an attempt that has begun", () => {
  it.each<[string, number, string, boolean]>([
    ["a head before it ends, after a second, is only of a busy machine", 1_000, running, true],
    ["a head before it ends, within a second, is the code's", 999, running, false],
    ["a head with its ending is the code's, however late", 5_000, head({ closed: ended }), false],
    ["a head with an ending that is being stored is the code's", 5_000, head({ held: ended }), false],
    ["another item is the code's", 5_000, JSON.stringify({ Key: { objectId: { S: "o1" } } }), false],
    ["a request that is not JSON is the code's", 5_000, "Action=SendEmail", false],
  ])("%s", (_what, after, body, isLeftOut) => {
    const slow = new SlowAttempts();
    expect(slow.isTheirHead(entry, 10_000)).toBe(false);
    expect(slow.isTheirHead(body, 10_000 + after)).toBe(isLeftOut);
  });
});
