/** The archive of the audit log, with the embedded DynamoDB and S3: what is copied, what is read from it, and what is lost in between: nothing. */
import { beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { archiveDay } from "../../../lib/audit/archive-day.ts";
import { type ArchiveTask, archiveDueDays } from "../../../lib/audit/archive-due-days.ts";
import { dayKey, manifestBody, partKey, readManifest } from "../../../lib/audit/archive-files.ts";
import { auditKeys, currentAuditKey } from "../../../lib/audit/audit-key.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import { dayPartition, SHARDS } from "../../../lib/audit/stored-entry.ts";
import { verifyDay } from "../../../lib/audit/verify-day.ts";
import { verifyStrays } from "../../../lib/audit/verify-strays.ts";
import { deleteItem } from "../../../lib/aws/dynamodb.ts";
import { getObject, listKeys, putObject } from "../../../lib/aws/s3.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import {
  aNewDay,
  type DayItems,
  dayText,
  itemsOf,
  itemsWithHeads,
  SECRETS,
  waves,
  writeLog,
} from "./written-log.ts";

const dynamodb = withFailingDynamoDb();
given.capturedLog();

const DAY_MS = 24 * 60 * 60 * 1000;
const BUCKET = "audit-archive";
const LOG = [
  { begin: 3, record: 1, ends: [] },
  { begin: 2, record: 0, ends: ["end", "correct", "leave"] },
  { begin: 1, record: 1, ends: ["end", "end"] },
] satisfies Parameters<typeof writeLog>[1];

const options = (now: number) => ({
  deadline: Number.POSITIVE_INFINITY,
  now: () => new Date(now),
  key: currentAuditKey(SECRETS),
  keys: auditKeys(SECRETS),
});
/** When a day is archived, and when its items have expired in the table. */
const whenArchived = (day: number) => day + 92 * DAY_MS;
const whenExpired = (day: number) => day + 125 * DAY_MS;

async function aWrittenDay(log: Parameters<typeof writeLog>[1] = LOG): Promise<number> {
  const day = aNewDay();
  await writeLog(day, log);
  await itemsWithHeads(day);
  return day;
}

/** What TTL does at its end: entries and heads go, links stay. */
async function expire({ entries, heads }: DayItems): Promise<void> {
  for (const { partition, sort, expiresAt, keptUntil } of [...entries, ...heads]) {
    expect(Number(expiresAt)).toBeLessThan(Number(keptUntil));
    await deleteItem("AuditLogTable", { partition, sort }, {});
  }
}

const allOf = (day: number, now: number) =>
  findEntries({ from: new Date(day), to: new Date(day + DAY_MS), limit: 100 }, new Date(now));

const verified = async (day: number, now: number) => {
  const where = { appSecrets: SECRETS, now: new Date(now) };
  const { findings, lastPlaces, ...counts } = await verifyDay({ day: dayText(day), ...where });
  const strays = await verifyStrays({ days: [dayText(day)], lastPlaces, ...where });
  return { findings: [...findings, ...strays], counts };
};

describe("given any log of a day, archived", () => {
  it("queries, pages and verification return the same from the archive as from the table", async () => {
    await fc.assert(
      fc.asyncProperty(waves, fc.integer({ min: 1, max: 4 }), async (log, limit) => {
        const day = await aWrittenDay(log);
        const items = await itemsOf(day);
        const objects = items.links.map(({ partition }) => String(partition).replace("object#", ""));
        const readAll = async (now: number) => {
          const pages: unknown[] = [];
          let before: string | undefined;
          do {
            const range = { from: new Date(day), to: new Date(day + DAY_MS), limit };
            const page = await findEntries(
              { ...range, ...(before === undefined ? {} : { before }) },
              new Date(now),
            );
            pages.push(page.entries);
            before = page.end;
          } while (before !== undefined);
          const ofObjects = [];
          for (const object of new Set(objects)) {
            const range = { from: new Date(day), to: new Date(day + DAY_MS), limit: 100 };
            ofObjects.push((await findEntries({ ...range, object }, new Date(now))).entries);
          }
          return { pages: pages.flat(), ofObjects, ...(await verified(day, now)) };
        };
        const before = await readAll(day + DAY_MS);
        expect(before.findings).toEqual([]);
        const manifest = await archiveDay(dayText(day), options(whenArchived(day)));
        expect(manifest?.parts.reduce((sum, part) => sum + part.items, 0)).toBe(
          items.entries.length + items.heads.length,
        );
        expect(await readAll(whenArchived(day))).toEqual(before);
        await expire(items);
        expect(await readAll(whenExpired(day))).toEqual(before);
      }),
      { numRuns: tries({ sample: 2, whole: 30 }) },
    );
  });
});

describe("given an archived day whose items have left the table", () => {
  let day: number;
  let items: DayItems;
  let part: string;
  beforeEach(async () => {
    day = await aWrittenDay();
    items = await itemsOf(day);
    const manifest = await archiveDay(dayText(day), options(whenArchived(day)));
    part = manifest?.parts.find(({ partition }) => partition.startsWith("day#"))?.key ?? "";
    await expire(items);
  });

  const replace = (key: string, body: Buffer) =>
    putObject(BUCKET, { key, body, contentType: "text/plain", storageClass: "STANDARD" });

  it("a file that was altered or replaced is found, and readers say how many they could not use", async () => {
    await replace(part, Buffer.from("not a part"));
    const { findings } = await verified(day, whenExpired(day));
    expect(findings).toContainEqual(
      expect.objectContaining({ wrong: `${part}, a file of the archive, was altered` }),
    );
    expect((await allOf(day, whenExpired(day))).unverified).toBeGreaterThan(0);
  });

  it("a manifest from which a part was removed is found, and so are its entries", async () => {
    const key = dayKey(dayText(day));
    const { manifest } = readManifest((await getObject(BUCKET, key)) ?? Buffer.from(""), auditKeys(SECRETS));
    const forged = manifestBody(
      { ...manifest, parts: manifest.parts.filter((one) => one.key !== part) },
      currentAuditKey(["another secret"]),
    );
    const text = forged.toString().replace(/"keyId":"\w+"/, `"keyId":"${currentAuditKey(SECRETS).keyId}"`);
    await replace(key, Buffer.from(text));
    const { findings } = await verified(day, whenExpired(day));
    expect(findings).toContainEqual(
      expect.objectContaining({
        wrong: `${key}, a file of the archive, was altered, or was not written by this service`,
      }),
    );
    expect(findings.some(({ wrong }) => /was removed|were removed/.test(wrong))).toBe(true);
  });

  it("a day that is gone from the table and from the archive is missed", async () => {
    await fetch(`${process.env.AWS_ENDPOINT_URL_S3}/${BUCKET}/${dayKey(dayText(day))}`, { method: "DELETE" });
    const { findings } = await verified(day, whenExpired(day));
    expect(findings.some(({ wrong }) => /^was removed; the link from/.test(wrong))).toBe(true);
  });

  it("archiving it once more keeps what is there", async () => {
    const before = await getObject(BUCKET, dayKey(dayText(day)));
    await archiveDay(dayText(day), options(whenExpired(day)));
    expect(await getObject(BUCKET, dayKey(dayText(day)))).toEqual(before);
    expect((await allOf(day, whenExpired(day))).entries).toHaveLength(items.entries.length);
  });
});

describe("given a run that is cut off at any request", () => {
  it("the day is not archived, readers use the table, and the next run completes it", async () => {
    const day = await aWrittenDay([{ begin: 1, record: 0, ends: ["end"] }]);
    const { entries } = await itemsOf(day);
    const s3 = String(process.env.AWS_ENDPOINT_URL_S3);
    let left = 0;
    const proxy = await passingOn(s3, () => {
      left -= 1;
      return left >= 0;
    });
    // The connection of this process stays with the endpoint's variable at each call.
    process.env.AWS_ENDPOINT_URL_S3 = proxy.url;
    try {
      let failures = 0;
      for (let requests = 0; ; requests += 1) {
        left = requests;
        const done = await archiveDay(dayText(day), options(whenArchived(day))).catch(() => undefined);
        left = Number.POSITIVE_INFINITY;
        const isThere = (await listKeys(BUCKET, dayKey(dayText(day)))).length === 1;
        expect((await allOf(day, whenArchived(day))).entries).toHaveLength(entries.length);
        if (done !== undefined) break;
        failures += 1;
        // Only the read after the last write can fail when the manifest is there already.
        if (isThere) expect(await archiveDay(dayText(day), options(whenArchived(day)))).toBeDefined();
        if (isThere) break;
      }
      expect(failures).toBeGreaterThan(5);
    } finally {
      process.env.AWS_ENDPOINT_URL_S3 = s3;
      await proxy.close();
    }
    expect((await verified(day, whenArchived(day))).findings).toEqual([]);
  });

  it("a run whose time has ended stores no manifest of the day", async () => {
    const day = await aWrittenDay();
    expect(await archiveDay(dayText(day), { ...options(whenArchived(day)), deadline: 0 })).toBeUndefined();
    expect(await listKeys(BUCKET, dayKey(dayText(day)))).toEqual([]);
  });

  it("a file that S3 does not return as it was stored is never named", async () => {
    const day = await aWrittenDay();
    const s3 = String(process.env.AWS_ENDPOINT_URL_S3);
    const lossy = await loopbackServer((request, _body, response) => {
      const isList = request.url?.includes("list-type") === true;
      response.writeHead(200).end(isList ? "<ListBucketResult></ListBucketResult>" : "something else");
    });
    process.env.AWS_ENDPOINT_URL_S3 = lossy.url;
    try {
      await expect(archiveDay(dayText(day), options(whenArchived(day)))).rejects.toMatchObject({
        code: "SERVICE_UNAVAILABLE",
      });
    } finally {
      process.env.AWS_ENDPOINT_URL_S3 = s3;
      await lossy.close();
    }
  });
});

describe("given days that are due", () => {
  const task = (until?: string) => {
    const saved: string[] = [];
    const kept: ArchiveTask & { saved: string[] } = {
      saved,
      progress: until === undefined ? undefined : { until },
      save: async (progress) => void saved.push(progress.until),
    };
    return kept;
  };
  /** No other test has archived days near it. */
  const aLaterDay = () => aNewDay() * 2;
  const limit = (now: number) => ({ deadline: Number.POSITIVE_INFINITY, now: () => new Date(now) });

  it("each day older than 90 days is archived, the oldest first, and the progress is saved after each", async () => {
    const day = aLaterDay();
    const held = task(dayText(day));
    const report = await archiveDueDays(held, limit(day + 94 * DAY_MS), SECRETS);
    expect(report).toEqual({ days: 3, items: 0, waiting: 0, stoppedExpiry: false });
    expect(held.saved).toEqual([1, 2, 3].map((n) => dayText(day + n * DAY_MS)));
  });

  it("the first run of a stage begins with days that are due, and turns nothing off", async () => {
    const held = task();
    const report = await archiveDueDays(held, limit(aLaterDay() + 500 * DAY_MS), SECRETS);
    expect(report).toMatchObject({ days: 13, waiting: 0, stoppedExpiry: false });
  });

  it.each([
    [105, []],
    [106, [{ AttributeName: "expiresAt", Enabled: false }]],
  ])("if the oldest cannot be archived, %i days after it began, TTL is told %j", async (age, told) => {
    const day = aLaterDay();
    dynamodb.fail({ kind: "internal", operation: "Query", times: 999 });
    const report = await archiveDueDays(task(dayText(day - DAY_MS)), limit(day + age * DAY_MS), SECRETS);
    expect(report).toMatchObject({ days: 0, waiting: age - 90, problem: { code: "SERVICE_UNAVAILABLE" } });
    const requests = dynamodb.requests.filter(({ operation }) => operation === "UpdateTimeToLive");
    expect(requests.map(({ body }) => JSON.parse(body).TimeToLiveSpecification)).toEqual(told);
  });
});

it("the key of a part names its day, its shard and its number", () => {
  expect(partKey("2026-11-25", dayPartition("2026-11-25", SHARDS - 1), 3)).toBe(
    "items/2026-11-25/7-000003.jsonl.gz",
  );
});

/** A server that passes requests on for as long as `mayPass`, and breaks the connection otherwise. */
async function passingOn(target: string, mayPass: () => boolean): Promise<LoopbackServer> {
  return loopbackServer(async (request, body, response) => {
    if (!mayPass()) {
      response.destroy();
      return;
    }
    const headers = new Headers();
    for (const name of ["authorization", "content-type", "x-amz-date"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers.set(name, value);
    }
    const method = request.method ?? "GET";
    const answer = await fetch(`${target}${request.url}`, {
      method,
      headers,
      ...(method === "PUT" ? { body: new Uint8Array(body) } : {}),
    });
    response.writeHead(answer.status).end(Buffer.from(await answer.arrayBuffer()));
  });
}
