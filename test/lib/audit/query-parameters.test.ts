import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readAuditQuery, utcTime, writeCursor } from "../../../lib/audit/query-parameters.ts";
import { Problem } from "../../../lib/errors.ts";
import { tries } from "../../steps/effort.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const HOUR_MS = 60 * 60 * 1000;
const read = (given: Record<string, string | undefined>, now = NOW) => readAuditQuery(given, now);

function issuesOf(given: Record<string, string>) {
  try {
    readAuditQuery(given, NOW);
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "VALIDATION_FAILED") return thrown.issues;
    throw thrown;
  }
  throw new Error("The parameters were not refused");
}

describe("given parameters", () => {
  it("without parameters, the query is for the last 24 hours, 50 entries at a time", () => {
    expect(read({})).toEqual({ from: new Date("2026-11-24T12:00:00Z"), to: NOW, limit: 50 });
  });

  it("every filter is kept unchanged", () => {
    const filters = { resource: "send-email", actor: "shop", object: "pi_1", result: "denied" };
    expect(read({ ...filters, limit: "100" })).toMatchObject({ ...filters, limit: 100 });
  });

  it("an object's history begins where the log does", () => {
    expect(read({ object: "pi_1" })).toMatchObject({ from: new Date(0), to: NOW });
  });

  it("a day means its beginning, and with only `to`, the query covers the day before it", () => {
    expect(read({ to: "2026-11-20" })).toMatchObject({
      from: new Date("2026-11-19T00:00:00Z"),
      to: new Date("2026-11-20T00:00:00Z"),
    });
  });

  it("a range of 31 days is allowed, and a longer one for an object", () => {
    expect(read({ from: "2026-10-25T12:00:00Z" }).from).toEqual(new Date("2026-10-25T12:00:00Z"));
    expect(read({ from: "2025-01-01", object: "pi_1" }).from).toEqual(new Date("2025-01-01T00:00:00Z"));
  });

  it("a later page reads the range of the first, no matter when it is requested", () => {
    const first = read({});
    const end = "2026-11-25T11:00:00.000Z#00000000-0000-4000-8000-000000000000";
    const next = read({ cursor: writeCursor(end, first) }, new Date(NOW.getTime() + 50 * HOUR_MS));
    expect(next).toEqual({ ...first, before: end });
  });
});

describe("given wrong parameters", () => {
  const TIME = "must be a time in UTC such as 2026-11-25T08:30:00Z, or a day such as 2026-11-25";
  it.each<[Record<string, string>, string, string]>([
    [{ from: "yesterday" }, "query.from", TIME],
    [{ from: "2026-02-30" }, "query.from", TIME],
    [{ from: "2026-11-25T08:30:00+01:00" }, "query.from", TIME],
    [{ to: "1795478400" }, "query.to", TIME],
    [{ from: "2026-11-26" }, "query.from", "must be before `to`, and in the past"],
    [{ from: "2026-11-02", to: "2026-11-01" }, "query.from", "must be before `to`, and in the past"],
    [
      { from: "2026-10-25T11:59:59Z" },
      "query.from",
      "must be at most 31 days before `to`, unless `object` is given",
    ],
    [{ limit: "0" }, "query.limit", "must be a whole number from 1 to 100"],
    [{ limit: "101" }, "query.limit", "must be a whole number from 1 to 100"],
    [{ limit: "1e2" }, "query.limit", "must be a whole number from 1 to 100"],
    [
      { result: "ok" },
      "query.result",
      "must be one of succeeded, replayed, denied, failed, pending, interrupted",
    ],
    [{ actor: "" }, "query.actor", "must have 1 to 255 printable ASCII characters"],
    [{ object: "x".repeat(256) }, "query.object", "must have 1 to 255 printable ASCII characters"],
    [{ resource: "a\nb" }, "query.resource", "must have 1 to 255 printable ASCII characters"],
    [{ cursor: "abc" }, "query.cursor", "must be `next` of the previous page, unchanged"],
    [
      { until: "2026-11-25" },
      "query.until",
      "is not known; the parameters are resource, actor, object, result, from, to, limit, cursor",
    ],
    [
      { "4242 4242 4242 4242": "x" },
      "query.[card number]",
      "is not known; the parameters are resource, actor, object, result, from, to, limit, cursor",
    ],
  ])("%j: %s %s", (given, path, message) => {
    expect(issuesOf(given)).toEqual([{ path, message }]);
  });

  it("all of them are reported together", () => {
    expect(issuesOf({ from: "x", limit: "x", form: "x" }).map(({ path }) => path)).toEqual([
      "query.form",
      "query.from",
      "query.limit",
    ]);
  });

  it("any parameters are either a query or a VALIDATION_FAILED", () => {
    const name = fc.constantFrom("resource", "actor", "object", "result", "from", "to", "limit", "cursor");
    const forgedCursor = fc
      .tuple(fc.string(), fc.date({ noInvalidDate: true }), fc.string())
      .map(([a, b, c]) => Buffer.from(`${b.toISOString()}#${a} ${c}`).toString("base64url"));
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), forgedCursor)), (given) => {
        try {
          const { from, to } = readAuditQuery(given, NOW);
          expect(from < to).toBe(true);
        } catch (thrown) {
          expect(thrown).toMatchObject({ code: "VALIDATION_FAILED" });
        }
      }),
      { numRuns: tries({ sample: 150, whole: 500 }) },
    );
  });
});

describe("a time", () => {
  it.each<[string, string | undefined]>([
    ["2026-11-25", "2026-11-25T00:00:00.000Z"],
    ["2026-11-25T08:30Z", "2026-11-25T08:30:00.000Z"],
    ["2026-11-25T08:30:01.5Z", "2026-11-25T08:30:01.500Z"],
    ["2028-02-29", "2028-02-29T00:00:00.000Z"],
    ["2026-02-29", undefined],
    ["2026-11-25T24:00:00Z", undefined],
    ["2026-11-25T08:30:00", undefined],
    ["", undefined],
  ])("%j is %j", (text, time) => {
    expect(utcTime(text)?.toISOString()).toBe(time);
  });
});
