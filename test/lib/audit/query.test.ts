import { BatchWriteItemCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { beginAttempt, recordAttempt } from "../../../lib/audit/attempt.ts";
import { AUDIT_RESULTS, type AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { currentAuditKey } from "../../../lib/audit/audit-key.ts";
import { type AuditQuery, findEntries } from "../../../lib/audit/query.ts";
import { dayPartition, entryDigest, headDigest } from "../../../lib/audit/stored-entry.ts";
import { toAttributes } from "../../../lib/aws/attribute-values.ts";
import { type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import { present } from "../../../lib/present.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { aBeginning, aNewDay, dayText, itemsOf, SECRETS } from "./written-log.ts";

const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();

const DAY_MS = 24 * 60 * 60 * 1000;
const HOUR_MS = DAY_MS / 24;

const aQuery = (day: number, changes: Partial<AuditQuery> = {}): AuditQuery => ({
  from: new Date(day),
  to: new Date(day + DAY_MS),
  limit: 50,
  ...changes,
});

/** All pages, each requested with the end of the one before. */
async function allPages(
  query: AuditQuery,
  now: Date,
  options?: Parameters<typeof findEntries>[2],
): Promise<AuditEntry[][]> {
  const pages: AuditEntry[][] = [];
  let before: string | undefined;
  do {
    const page = await findEntries({ ...query, ...present({ before }) }, now, options);
    pages.push(page.entries);
    before = page.end;
  } while (before !== undefined);
  return pages;
}

/** One attempt of a random log; `at` in milliseconds after the first day's beginning. */
const anAttempt = fc.record({
  at: fc.integer({ min: 0, max: 3 * DAY_MS - 1 }),
  capability: fc.constantFrom("charge", "refund"),
  actor: fc.constantFrom("shop", "desk"),
  object: fc.constantFrom("pi_1a", "pi_2b", undefined),
  result: fc.constantFrom("succeeded", "denied", "failed", undefined),
});

describe("given a random log of three days", () => {
  it("the pages of any query contain exactly the matching entries, newest first, without repeats", async () => {
    let logs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(anAttempt, { maxLength: 25 }),
        fc.array(
          fc.record({
            capability: fc.constantFrom("charge", "none", undefined, undefined),
            actor: fc.constantFrom("shop", undefined, undefined),
            object: fc.constantFrom("pi_1a", "pi_2b", undefined, undefined),
            result: fc.constantFrom(...AUDIT_RESULTS, undefined, undefined, undefined),
            from: fc.integer({ min: 0, max: 2 * DAY_MS }),
            length: fc.integer({ min: 1, max: 3 * DAY_MS }),
            limit: fc.integer({ min: 1, max: 12 }),
          }),
          { minLength: 1, maxLength: 6 },
        ),
        async (log, queries) => {
          const day = aNewDay();
          aNewDay();
          aNewDay();
          logs += 1;
          const ids = (object: string | undefined) => (object === undefined ? [] : [`${object}${logs}`]);
          const written: { at: number; id: string; attempt: (typeof log)[number] }[] = [];
          for (const attempt of log) {
            const beginning = aBeginning(day + attempt.at, {
              resource: { type: "capability", id: attempt.capability },
              actor: { id: attempt.actor, roles: [] },
              inputs: {},
              objects: ids(attempt.object),
            });
            const { mark, end } = await beginAttempt(beginning, SECRETS);
            if (attempt.result !== undefined) await end({ result: attempt.result, durationMs: 1 });
            written.push({ at: attempt.at, id: mark.auditEventId, attempt });
          }
          const now = new Date(day + 10 * DAY_MS);
          for (const { from, length, limit, ...wanted } of queries) {
            const query = aQuery(day, {
              from: new Date(day + from),
              to: new Date(day + from + length),
              limit,
              ...present({ resource: wanted.capability, actor: wanted.actor }),
              ...(wanted.object === undefined ? {} : { object: `${wanted.object}${logs}` }),
              ...present({ result: wanted.result }),
            });
            const expected = written
              .filter(({ at }) => at >= from && at < from + length)
              .filter(
                ({ attempt }) =>
                  (wanted.capability ?? attempt.capability) === attempt.capability &&
                  (wanted.actor ?? attempt.actor) === attempt.actor &&
                  (wanted.object ?? attempt.object) === attempt.object &&
                  (wanted.result ?? attempt.result ?? "interrupted") === (attempt.result ?? "interrupted"),
              )
              .sort((a, b) => b.at - a.at || (a.id < b.id ? 1 : -1));
            const pages = await allPages(query, now);
            expect(pages.flat().map(({ eventId }) => eventId)).toEqual(expected.map(({ id }) => id));
            for (const page of pages) expect(page.length).toBeLessThanOrEqual(limit);
          }
        },
      ),
      { numRuns: tries({ sample: 2, whole: 25 }) },
    );
  });
});

/** As many items at once as DynamoDB takes. */
async function putItems(items: readonly Item[]): Promise<void> {
  const dynamodb = new DynamoDBClient({});
  for (let n = 0; n < items.length; n += 25) {
    const requests = items.slice(n, n + 25).map((item) => ({ PutRequest: { Item: toAttributes(item) } }));
    await dynamodb.send(new BatchWriteItemCommand({ RequestItems: { AuditLogTable: requests } }));
  }
  dynamodb.destroy();
}

describe("given more entries than one page can read", () => {
  it("a page without a rare entry ends early and says where, and a later page contains the entry", async () => {
    const day = aNewDay();
    await recordAttempt(
      aBeginning(day, { actor: { id: "rare", roles: [] } }),
      { result: "denied", durationMs: 1 },
      SECRETS,
    );
    const [entry] = (await itemsOf(day)).entries;
    const key = currentAuditKey(SECRETS);
    const copies = Array.from({ length: tries({ sample: 500, whole: 2_500 }) }, (_, n) => {
      const timestamp = new Date(day + 1 + n).toISOString();
      const { ending: _ending, endDigest: _endDigest, ...begun } = entry ?? {};
      const copy = {
        ...begun,
        partition: dayPartition(dayText(day), n % 8),
        sort: `${timestamp}#${n}`,
        timestamp,
        actor: { id: "shop", roles: [] },
      };
      return { ...copy, digest: entryDigest(key, copy) };
    });
    await putItems(copies);
    const options = { maxItemsRead: tries({ sample: 200, whole: 2_000 }) };
    const pages = await allPages(aQuery(day, { actor: "rare" }), new Date(day), options);
    expect(pages.length).toBeGreaterThan(1);
    expect(pages.flat()).toMatchObject([{ actor: { id: "rare" } }]);

    const first = aQuery(day, { limit: 100 });
    expect((await allPages(first, new Date(day))).map(({ length }) => length)).toEqual([
      ...Array(Math.floor((copies.length + 1) / 100)).fill(100),
      (copies.length + 1) % 100,
    ]);
  });
});

describe("given a page that the last entries fill exactly", () => {
  it("it has no next page", async () => {
    const day = aNewDay();
    for (const n of [1, 2]) {
      await recordAttempt(aBeginning(day + n), { result: "denied", durationMs: 1 }, SECRETS);
    }
    expect(await findEntries(aQuery(day, { limit: 1 }), new Date(day))).toHaveProperty("end");
    expect(await findEntries(aQuery(day, { limit: 2 }), new Date(day))).not.toHaveProperty("end");
  });
});

describe("given an attempt that never ended", () => {
  it("it is pending until its deadline, and interrupted after it", async () => {
    const day = aNewDay();
    const beginning = aBeginning(day);
    await beginAttempt(beginning, SECRETS);
    const resultAt = async (time: number, changes: Partial<AuditQuery> = {}) =>
      (await findEntries(aQuery(day, changes), new Date(time))).entries.map(({ result }) => result);
    expect(await resultAt(beginning.deadline)).toEqual(["pending"]);
    expect(await resultAt(beginning.deadline + 1)).toEqual(["interrupted"]);
    expect(await resultAt(beginning.deadline + 1, { result: "interrupted" })).toEqual(["interrupted"]);
    expect(await resultAt(beginning.deadline + 1, { result: "pending" })).toEqual([]);
    expect(await resultAt(beginning.deadline, { result: "pending" })).toEqual(["pending"]);
  });
});

describe("given the last attempt of a writer", () => {
  const succeeded = { result: "succeeded", durationMs: 3, outputs: { paymentIntentId: "pi_5" } } as const;

  it("its ending is shown from the head, if it reached only the head or somebody removed it from the entry", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day, { objects: ["run-77"] }), SECRETS);
    await attempt.end(succeeded);
    const whole = await findEntries(aQuery(day), new Date(day));
    const { ending: _ending, endDigest: _endDigest, ...begun } = (await itemsOf(day)).entries[0] ?? {};
    await putItem("AuditLogTable", begun);
    expect(whole.entries).toMatchObject([{ result: "succeeded", objects: ["run-77", "cus_1", "pi_5"] }]);
    expect(await findEntries(aQuery(day), new Date(day))).toEqual(whole);
    expect(await findEntries(aQuery(day, { object: "run-77" }), new Date(day))).toEqual(whole);
  });

  it("the ending of another entry is not shown in its place", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    await attempt.end(succeeded);
    const { entries, heads } = await itemsOf(day);
    const { ending: _ending, endDigest: _endDigest, ...begun } = entries[0] ?? {};
    const [head = {}] = heads;
    const held = [{ sequence: 1, ending: { result: "denied", revision: 1, objects: [] }, digest: "x" }];
    await putItem("AuditLogTable", begun);
    await putItem("AuditLogTable", { ...head, held });
    const found = await findEntries(aQuery(day), new Date(day));
    expect(found.entries.map(({ result }) => result)).toEqual(["pending"]);
    const digest = headDigest(currentAuditKey(SECRETS), { ...head, held });
    await putItem("AuditLogTable", { ...head, held, digest });
    expect(await findEntries(aQuery(day), new Date(day))).toEqual({ entries: [], unverified: 1 });
  });

  it("an ending that leaves the head while a page is read is shown", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    dynamodb.fail({ kind: "held", operation: "BatchGetItem" });
    const reading = findEntries(aQuery(day), new Date(day));
    await waitFor("the page", async () =>
      dynamodb.requests.find(({ operation }) => operation === "BatchGetItem"),
    );
    await attempt.end(succeeded);
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    await dynamodb.letGo();
    expect((await reading).entries.map(({ result }) => result)).toEqual(["succeeded"]);
  });
});

describe("given an entry", () => {
  it("it has the specification's form, without the attributes that only the log needs", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day + HOUR_MS, { objects: ["run-9"] }), SECRETS);
    await attempt.end({
      result: "failed",
      durationMs: 17,
      code: "PAYMENT_REQUIRED",
      declineCode: "insufficient_funds",
      stripeRequestId: "req_1",
      policyDecision: { decision: "PERMIT", ruleId: "r", reason: "The rule" },
      outputs: { paymentIntentId: "pi_9" },
    });
    expect((await findEntries(aQuery(day), new Date(day))).entries).toEqual([
      {
        timestamp: new Date(day + HOUR_MS).toISOString(),
        eventId: attempt.mark.auditEventId,
        eventType: "capability.invoked",
        actor: { id: "shop", roles: ["checkout"], ipAddress: "192.0.2.1" },
        resource: { type: "capability", id: "stripe-create-payment-intent", version: "1.0.0" },
        action: "invoke",
        result: "failed",
        durationMs: 17,
        requestId: "request-1",
        stripeRequestId: "req_1",
        code: "PAYMENT_REQUIRED",
        declineCode: "insufficient_funds",
        objects: ["run-9", "cus_1", "pi_9"],
        metadata: { inputs: { amount: 4200, customerId: "cus_1" }, outputs: { paymentIntentId: "pi_9" } },
        policyDecision: { decision: "PERMIT", ruleId: "r", reason: "The rule" },
      },
    ]);
  });

  it("one that somebody altered, forged or copied is left out and counted, and the log reports it", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    const [entry = {}] = (await itemsOf(day)).entries;
    const partition = dayPartition(dayText(day), 0);
    const forgeries: Item[] = [
      { ...entry, sort: `${new Date(day).toISOString()}#copy` },
      { ...entry, sort: `${new Date(day).toISOString()}#mine`, actor: { id: "somebody", roles: [] } },
      { partition, sort: `${new Date(day + 1).toISOString()}#x` },
    ];
    for (const item of forgeries) await putItem("AuditLogTable", item);
    const found = await findEntries(aQuery(day), new Date(day));
    expect(found).toMatchObject({ entries: [{ eventId: entry.eventId }], unverified: forgeries.length });
    expect(log.text()).toContain("audit.entry-not-verified");

    await putItem("AuditLogTable", { ...entry, ending: { ...Object(entry.ending), result: "succeeded" } });
    expect(await findEntries(aQuery(day), new Date(day))).toEqual({
      entries: [],
      unverified: forgeries.length + 1,
    });
  });

  it("a forged link shows neither another object's entry nor a forged one, and is counted", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    const { entries, links } = await itemsOf(day);
    const [entry = {}] = entries;
    const hidden = { ...entry, partition: "hidden", objects: ["pi_forged"] };
    await putItem("AuditLogTable", hidden);
    for (const forged of [
      { partition: "object#pi_forged", sort: entry.sort, entry: entry.partition },
      {
        ...links[0],
        partition: "object#pi_forged",
        sort: `${new Date(day).toISOString()}#2`,
        entry: "hidden",
      },
      { ...hidden, partition: "object#pi_forged", sort: `${new Date(day).toISOString()}#3` },
    ]) {
      await putItem("AuditLogTable", forged);
    }
    expect(await findEntries(aQuery(day, { object: "pi_forged" }), new Date(day))).toEqual({
      entries: [],
      unverified: 3,
    });
  });

  it("a page with many large ones ends early, because Lambda sends at most 6 MB", async () => {
    const day = aNewDay();
    const inputs = { list: Array.from({ length: 1_000 }, (_, n) => `word ${n} of many others`) };
    for (let n = 0; n < 40; n++) {
      await recordAttempt(aBeginning(day, { inputs }), { result: "denied", durationMs: 1 }, SECRETS);
    }
    const pages = await allPages(aQuery(day, { limit: 100 }), new Date(day));
    expect(pages.map(({ length }) => length)).toEqual([expect.any(Number), expect.any(Number)]);
    expect(pages.flat()).toHaveLength(40);
  });
});
