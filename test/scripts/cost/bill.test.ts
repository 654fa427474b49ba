import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readAssumptions } from "../../../scripts/cost/assumptions.ts";
import { dollarsByPart, linesOf, ownDollars, totalDollars } from "../../../scripts/cost/bill.ts";
import type { Counted } from "../../../scripts/cost/counted.ts";
import { itemBytes } from "../../../scripts/cost/item-size.ts";
import { readPrices } from "../../../scripts/cost/prices.ts";
import { readUnitsOf, storedBytes, writeUnits } from "../../../scripts/cost/table-units.ts";

const NOTHING: Counted = {
  requests: 0,
  functions: {},
  tables: {},
  archived: { tableBytes: 0, textBytes: 0, fileBytes: 0 },
  queueRequests: 0,
  notifications: 0,
  mails: 0,
  stateTransitions: 0,
  metrics: [],
  events: {},
};
const OPTIONS = { assumptions: readAssumptions(), memoryOf: () => 512 };
const aMillion = (counted: Partial<Counted>) =>
  dollarsByPart(linesOf({ ...NOTHING, ...counted }, OPTIONS), readPrices(), "us-east-1", 1_000_000);

describe("given what happened once", () => {
  it.each([
    ["a request to the API", { requests: 1 }, "api", 1],
    ["a state of a workflow", { stateTransitions: 1 }, "workflows", 25],
    ["a mail", { mails: 1 }, "mails", 100],
    ["a request to a queue and a notification", { queueRequests: 1, notifications: 1 }, "events", 0.9],
  ] as const)("a million of %s cost what the price list says", (_what, counted, part, dollars) => {
    expect(aMillion(counted)[part]).toBeCloseTo(dollars, 6);
    expect(totalDollars(aMillion(counted))).toBeCloseTo(dollars, 6);
  });

  it("units of the audit log are separate from those of other tables", () => {
    const one = { reads: 0, readUnits: 0, writes: 1, writeUnits: 2, storedBytes: 0 };
    const bill = aMillion({ tables: { auditLog: one, stripeEvents: { ...one, writeUnits: 4 } } });
    expect([bill["audit-writes"], bill["table-requests"]]).toEqual([1.56, 2.5]);
  });

  it("what is stored is billed for as long as it is kept, with its backup", () => {
    const gb = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, storedBytes: 1024 ** 3 / 1_000_000 };
    const bill = aMillion({ tables: { stripeEvents: gb } });
    expect(bill["table-storage"]).toBeCloseTo((0.45 * 92) / (365 / 12), 6);
  });

  it("the storage of a table that is rarely read is cheaper", () => {
    const gb = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, storedBytes: 1024 ** 3 / 1_000_000 };
    expect(aMillion({ tables: { auditLog: gb } })["audit-storage"]).toBeCloseTo((0.3 * 402) / (365 / 12), 6);
  });

  it("what moves to the archive is billed for 122 days in the table, and for 311 in its files", () => {
    const bytes = 1024 ** 3 / 1_000_000;
    const one = { reads: 0, readUnits: 0, writes: 0, writeUnits: 0, storedBytes: bytes };
    const archived = { tableBytes: bytes, textBytes: 0, fileBytes: bytes / 2 };
    const bill = aMillion({ tables: { auditLog: one }, archived });
    expect(bill["audit-storage"]).toBeCloseTo((0.3 * 122) / (365 / 12), 6);
    const reads = (1024 ** 3 / 4096 / 1_000_000) * 0.155;
    expect(bill["audit-archive"]).toBeCloseTo(reads + 0.5 * (0.03 + (0.004 * 311) / (365 / 12)), 6);
  });

  it("an invocation lasts for its own work, its calls, and its share of cold starts", () => {
    const { ownWorkMs, callToAwsMs, requestToStripeMs, coldStartMs, shareOfColdStarts } = OPTIONS.assumptions;
    const one = { invocations: 1, awsCalls: 2, stripeRequests: 1, logBytes: 0, logLines: 0 };
    const seconds =
      ((ownWorkMs * 1769) / 512 + 2 * callToAwsMs + requestToStripeMs + coldStartMs * shareOfColdStarts) /
      1000;
    expect(aMillion({ functions: { f: one } }).lambda).toBeCloseTo(0.2 + seconds * 0.5 * 13.3334, 4);
  });

  it("mails are not ours", () => {
    expect(ownDollars(aMillion({ mails: 1, requests: 1 }))).toBeCloseTo(1, 6);
  });
});

describe("given an item of DynamoDB", () => {
  it.each([
    ["names and texts", { id: { S: "pi_1" }, e: { S: "é" } }, 2 + 4 + 1 + 2],
    ["numbers", { n: { N: "12345" }, m: { N: "-0.00012" }, z: { N: "1000" } }, 1 + 4 + 1 + 3 + 1 + 2],
    [
      "maps and lists",
      { m: { M: { a: { S: "b" } } }, l: { L: [{ S: "cd" }] } },
      1 + 3 + 1 + 1 + 1 + 1 + 3 + 1 + 2,
    ],
    [
      "sets, bytes, booleans and nothing",
      { s: { SS: ["a", "bc"] }, b: { B: "AAAA" }, t: { BOOL: true }, n: { NULL: true } },
      4 + 4 + 2 + 2,
    ],
  ])("%s count as AWS says", (_what, item, bytes) => {
    expect(itemBytes(item)).toBe(bytes);
  });

  const text = (bytes: number) => ({ id: { S: "x".repeat(bytes - 2) } });
  it.each([
    [1, 1],
    [1024, 1],
    [1025, 2],
  ])("a write of %s bytes costs %s units", (bytes, units) => {
    expect(writeUnits("customers", undefined, text(Math.max(3, bytes)))).toBe(units);
    expect(writeUnits("customers", text(Math.max(3, bytes)), text(3))).toBe(units);
  });

  it.each([
    [0, 1],
    [4096, 1],
    [4097, 2],
  ])("a consistent read of %s bytes costs %s units", (bytes, units) => {
    expect(readUnitsOf(bytes)).toBe(units);
  });

  it("an index costs what changes in it: nothing for other attributes, twice for another key", () => {
    const event = (attributes: object) => ({ eventId: { S: "evt_1" }, ...attributes });
    const indexed = event({ objectId: { S: "pi_1" }, created: { N: "1" } });
    expect(writeUnits("stripeEvents", undefined, event({}))).toBe(1);
    expect(writeUnits("stripeEvents", undefined, indexed)).toBe(2);
    expect(writeUnits("stripeEvents", indexed, { ...indexed, state: { S: "done" } })).toBe(1);
    expect(writeUnits("stripeEvents", indexed, { ...indexed, objectId: { S: "pi_2" } })).toBe(3);
    expect(writeUnits("stripeEvents", indexed, undefined)).toBe(2);
  });

  it("an index with whole items costs for every change, and stores a second copy", () => {
    const card = { objectId: { S: "pm_1" }, stateOf: { S: "cus_1" } };
    expect(writeUnits("stripeObjects", card, { ...card, status: { S: "attached" } })).toBe(2);
    expect(storedBytes("stripeObjects", card)).toBe(2 * (itemBytes(card) + 100));
  });

  it("no write is free, and none costs less for a larger item", () => {
    fc.assert(
      fc.property(fc.integer({ min: 3, max: 400_000 }), fc.integer({ min: 3, max: 400_000 }), (a, b) => {
        const [small, large] = [Math.min(a, b), Math.max(a, b)];
        const units = writeUnits("customers", undefined, text(small));
        expect(units).toBeGreaterThanOrEqual(1);
        expect(writeUnits("customers", undefined, text(large))).toBeGreaterThanOrEqual(units);
      }),
      { numRuns: 30 },
    );
  });
});

describe("given a table of prices", () => {
  it("one that lacks a region is refused by its path", () => {
    expect(() =>
      readPrices(
        "date: 2026-01-01\nprices:\n  http-requests: { of: a, source: b, per: 1, us-east-1: 1 }",
        "mine.yml",
      ),
    ).toThrow("mine.yml: prices.http-requests.eu-central-1 must be a number from 0");
  });

  it("one without a date is refused", () => {
    expect(() => readPrices("prices: {}", "mine.yml")).toThrow("mine.yml: date must be a day");
  });
});
