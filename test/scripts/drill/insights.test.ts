import { describe, expect, it } from "@jest/globals";
import { parseQuery, runQuery } from "../../../scripts/drill/insights.ts";

const LINES = [
  { timestamp: "2026-11-27T03:00:02Z", event: "webhook.rejected", reason: "mismatch", level: "info" },
  { timestamp: "2026-11-27T03:00:01Z", event: "webhook.rejected", reason: "timestamp", level: "info" },
  { timestamp: "2026-11-27T03:00:03Z", event: "webhook.rejected", reason: "mismatch", level: "info" },
  { timestamp: "2026-11-27T03:00:04Z", event: "reconciler.ran", missing: 3, level: "info" },
  { timestamp: "2026-11-27T03:00:05Z", event: "reconciler.ran", missing: 0, level: "info" },
  {
    timestamp: "2026-11-27T03:00:06Z",
    event: "capability.invoked",
    level: "error",
    alarm: "ses-quota",
    cause: "a\n  b",
  },
].map((fields) => JSON.stringify(fields));
const rows = (query: string) => runQuery(query, ["The local stack is ready.", ...LINES]).rows;

describe("given a query of Logs Insights", () => {
  it.each([
    ['filter event = "reconciler.ran" and missing > 0 | fields missing', [["3"]]],
    ['filter event = "reconciler.ran" and missing >= 0 | fields missing | sort missing asc', [["0"], ["3"]]],
    ['filter event = "reconciler.ran" and missing < 1 | fields missing', [["0"]]],
    ['filter level != "info" | fields event', [["capability.invoked"]]],
    ["filter ispresent(alarm) | fields alarm, cause", [["ses-quota", "a b"]]],
    ["filter event like /^webhook/ | fields reason | sort @timestamp desc | limit 1", [["mismatch"]]],
    [
      'filter event = "webhook.rejected" | stats count(*) as n by reason | sort n desc',
      [
        ["mismatch", "2"],
        ["timestamp", "1"],
      ],
    ],
    ["stats count(*)", [["6"]]],
  ])("%s returns the rows that CloudWatch would", (query, expected) => {
    expect(rows(query)).toEqual(expected);
  });

  it("lines over several lines and pipes at their beginnings are read as in the console", () => {
    expect(rows('fields event\n| filter level = "error"\n| sort @timestamp desc')).toEqual([
      ["capability.invoked"],
    ]);
  });

  it.each(["filter event ~ 1", "parse @message", "stats avg(x)", "filter a = 'x'", "limit many"])(
    "%s is refused, instead of showing everything",
    (query) => {
      expect(() => parseQuery(query)).toThrow("cannot be read");
    },
  );
});
