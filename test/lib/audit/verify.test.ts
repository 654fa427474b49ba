import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { beginAttempt, recordAttempt } from "../../../lib/audit/attempt.ts";
import { auditKey, auditKeys } from "../../../lib/audit/audit-key.ts";
import type { Link } from "../../../lib/audit/chain-items.ts";
import { entryDigest, SHARDS, shardOf } from "../../../lib/audit/stored-entry.ts";
import { verifyLinks, verifyShard } from "../../../lib/audit/verify.ts";
import type { Finding } from "../../../lib/audit/verify-chain.ts";
import { verifyDay } from "../../../lib/audit/verify-day.ts";
import { removedEntry, straysIn, verifyStrays } from "../../../lib/audit/verify-strays.ts";
import { type Attributes, toAttributes } from "../../../lib/aws/attribute-values.ts";
import { deleteItem, type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import { sampleOf, tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import {
  aBeginning,
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

/** Verifies like `verifyDay` and `verifyStrays`, on items in memory. */
function findingsIn(
  { entries, heads, links, others = [] }: DayItems,
  secrets = SECRETS,
  now = new Date("2100-01-01"),
): Finding[] {
  const keys = auditKeys(secrets);
  const reports = Array.from({ length: SHARDS }, (_, shard) => {
    const report = verifyShard({
      entries: entries.filter(({ partition }) => String(partition).endsWith(`#${shard}`)),
      heads: heads.filter(({ sort }) => shardOf(String(sort)) === shard),
      keys,
      now: new Date(0),
    });
    return { ...report, findings: [...report.findings, ...verifyLinks(report.links, links, keys)] };
  });
  const { strays, suspects } = straysIn([...entries, ...heads, ...links, ...others], {
    days: [...new Set(entries.concat(links).map(({ sort }) => String(sort).slice(0, 10)))],
    lastPlaces: new Map(reports.flatMap(({ lastPlaces }) => [...lastPlaces])),
    // Nothing has expired, but every day has come.
    now: new Date(Math.min(now.getTime(), Date.parse("2026-12-31"))),
    keys,
  });
  const isThere = (link: Link) =>
    entries.some(({ partition, sort }) => partition === link.entry && sort === link.sort);
  const removed = suspects.filter((link) => !isThere(link)).map(removedEntry);
  return [...reports.flatMap(({ findings }) => findings), ...strays, ...removed];
}

const verified = (day: number, appSecrets = SECRETS, now = new Date(day)) =>
  verifyDay({ day: dayText(day), appSecrets, now });

async function aLog(log: Parameters<typeof writeLog>[1]): Promise<DayItems> {
  const day = aNewDay();
  await writeLog(day, log);
  return itemsWithHeads(day);
}

/** Every way to tamper with one item, with its name. */
type Tampering = readonly [what: string, tampered: DayItems];

const without = (items: readonly Item[], item: Item) => items.filter((other) => other !== item);
const replaced = (items: readonly Item[], item: Item, by: Item) =>
  items.map((other) => (other === item ? by : other));

function other(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value === "string") return `${value}x`;
  if (Array.isArray(value)) return [...value, "x"];
  if (typeof value === "object" && value !== null) return { ...value, x: "x" };
  return "x";
}

/** The item with each of its attributes altered, removed, and one added; inside maps and lists, too. */
function alterations(item: Item): (readonly [string, Item])[] {
  return [
    ["an attribute added", { ...item, added: "x" }],
    ...Object.keys(item).flatMap((name): (readonly [string, Item])[] => {
      const { [name]: value, ...rest } = item;
      const nested =
        typeof value === "object" && value !== null && !Array.isArray(value)
          ? alterations({ ...value }).map(
              ([what, inner]) => [`${name}: ${what}`, { ...item, [name]: inner }] as const,
            )
          : [];
      const isKey = name === "partition" || name === "sort";
      return [
        [`${name} altered`, { ...item, [name]: other(value) }],
        ...(isKey ? [] : [[`${name} removed`, rest] as const]),
        ...nested,
      ];
    }),
  ];
}

/** Alterations of one attribute are most of all, and are all found by one digest. */
const isStructural = ([what]: Tampering) =>
  !/altered|attribute added|\w removed$/.test(what) || /^an? /.test(what);
const canonical = (log: DayItems) =>
  Object.values(log)
    .flatMap((items: readonly Item[]) => items.map((item) => JSON.stringify(item, Object.keys(item).sort())))
    .sort()
    .join();

/**
 * Whether the ending was stored in the same moment as the writer's last head, which contains it. Then the entry's own is a
 * copy (test/lib/audit/query.test.ts), and nothing shows that the links to what the attempt has made were stored.
 */
const isHeld = ({ heads }: DayItems, { writer, sequence }: Item) =>
  heads.some(
    ({ sort, held }) =>
      sort === writer && Array.isArray(held) && held.some((ending) => ending.sequence === sequence),
  );

function tamperings(log: DayItems): Tampering[] {
  const { entries, links, heads, others = [] } = log;
  const ended = entries.filter(({ ending }) => ending !== undefined);
  const certain = ended.filter((entry) => !isHeld(log, entry));
  const begun = new Set(
    entries.flatMap(({ objects, sort }) => [objects].flat().map((id) => `object#${id} ${sort}`)),
  );
  const certainLinks = links.filter(
    ({ partition, sort, writer, sequence }) =>
      begun.has(`${partition} ${sort}`) || !isHeld(log, { writer, sequence }),
  );
  return [
    ...entries.flatMap((entry) =>
      alterations(entry).map(
        ([what, by]): Tampering => [what, { ...log, entries: replaced(entries, entry, by) }],
      ),
    ),
    ...entries.map((entry): Tampering => ["an entry removed", { ...log, entries: without(entries, entry) }]),
    ...entries.map((entry): Tampering => {
      const copy = { ...entry, sort: `${entry.timestamp}#copy`, eventId: "copy" };
      return ["an entry copied", { ...log, entries: [...entries, copy] }];
    }),
    ...entries.map((entry): Tampering => {
      const copy = {
        ...entry,
        partition: String(entry.partition).replace(/\d$/, (n) => String((Number(n) + 1) % SHARDS)),
      };
      return ["an entry copied to another shard", { ...log, entries: [...entries, copy] }];
    }),
    ...entries.map((entry): Tampering => {
      const forged = { ...entry, sort: `${entry.timestamp}#forged`, sequence: Number(entry.sequence) + 1 };
      const digest = entryDigest(auditKey("another secret"), forged);
      return ["an entry forged", { ...log, entries: [...entries, { ...forged, digest }] }];
    }),
    ...certain.map((entry): Tampering => {
      const { ending: _ending, endDigest: _endDigest, ...begun } = entry;
      return ["an ending removed", { ...log, entries: replaced(entries, entry, begun) }];
    }),
    ...ended.flatMap((one) =>
      ended.flatMap((two): Tampering[] => {
        if (one === two) return [];
        const swapped = replaced(entries, one, { ...one, ending: two.ending, endDigest: two.endDigest });
        return [
          [
            "endings swapped",
            {
              ...log,
              entries: replaced(swapped, two, { ...two, ending: one.ending, endDigest: one.endDigest }),
            },
          ],
        ];
      }),
    ),
    ...heads.map((head): Tampering => ["a head removed", { ...log, heads: without(heads, head) }]),
    ...entries.map((entry): Tampering => {
      const stray = { ...entry, partition: `${String(entry.partition).slice(0, -1)}${SHARDS}` };
      return ["an entry put into a partition of its own", { ...log, others: [...others, stray] }];
    }),
    ...entries.map((entry): Tampering => {
      const hidden = { ...entry, partition: `hidden#${entry.sort}` };
      return ["an entry hidden", { ...log, others: [...others, hidden] }];
    }),
    ...entries.map((entry): Tampering => {
      const { partition, sort } = entry;
      const forged = { partition: "object#pi_forged1", sort, entry: partition, expiresAt: entry.expiresAt };
      return ["a link forged", { ...log, others: [...others, forged] }];
    }),
    ...links.map((link): Tampering => {
      const copy = { ...link, partition: "object#pi_forged2" };
      return ["a link copied to another object", { ...log, others: [...others, copy] }];
    }),
    ...links.map((link): Tampering => {
      const entry = { ...link, sort: String(link.sort).replace(/#.*/, "#invented") };
      return ["a link to an invented entry", { ...log, others: [...others, entry] }];
    }),
    ...certainLinks.map((link): Tampering => ["a link removed", { ...log, links: without(links, link) }]),
    ...links.flatMap((link) => [
      [
        "a link redirected",
        { ...log, links: replaced(links, link, { ...link, entry: "day#2000-01-01#0" }) },
      ] as const,
      ["a link made to expire", { ...log, links: replaced(links, link, { ...link, expiresAt: 1 }) }] as const,
    ]),
    ...heads.flatMap((head) =>
      alterations(head).map(
        ([what, by]): Tampering => [`head: ${what}`, { ...log, heads: replaced(heads, head, by) }],
      ),
    ),
    ...heads.map(
      (head): Tampering => [
        "a whole writer removed",
        { ...log, entries: entries.filter(({ writer }) => writer !== head.sort) },
      ],
    ),
  ];
}

/** In `npm test`, the first tampering of each name; all of them in `npm run test:whole`. */
function triedOf(all: readonly Tampering[]): Tampering[] {
  const names = new Map<string, number>();
  return all.filter(([what]) => {
    const count = (names.get(what) ?? 0) + 1;
    names.set(what, count);
    return count <= tries({ sample: 1, whole: Number.POSITIVE_INFINITY });
  });
}

describe("given a log that nobody tampered with", () => {
  it("nothing is found, even if attempts were concurrent, corrected or cut off", async () => {
    await fc.assert(
      fc.asyncProperty(waves, async (log) => {
        const day = aNewDay();
        await writeLog(day, log);
        const { findings, entries } = await verified(day);
        expect(findings).toEqual([]);
        expect(entries).toBe(log.reduce((sum, { begin, record }) => sum + begin + record, 0));
      }),
      { numRuns: tries({ sample: 2, whole: 15 }) },
    );
  });

  it("nothing is found, even if DynamoDB failed some writes, or stored them without a response", async () => {
    const fault = fc.record({
      kind: fc.constantFrom("internal", "reset-before", "reset-after"),
      operation: fc.constantFrom("PutItem", "UpdateItem"),
      about: fc.constantFrom('"partition":{"S":"day#', '"S":"object#', '"S":"heads#', ""),
      after: fc.nat(6),
      times: fc.constantFrom(1, 3, 4),
    });
    await fc.assert(
      fc.asyncProperty(waves, fc.array(fault, { minLength: 1, maxLength: 4 }), async (log, faults) => {
        const day = aNewDay();
        for (const told of faults) dynamodb.fail(told);
        await writeLog(day, log);
        dynamodb.reset();
        expect((await verified(day)).findings).toEqual([]);
      }),
      { numRuns: tries({ sample: 2, whole: 30 }) },
    );
  });

  it("nothing is found if a correction was stored and its writer did not learn of it", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    await attempt.end({ result: "succeeded", durationMs: 1 });
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem", times: 3 });
    await expect(attempt.end({ result: "failed", durationMs: 2 })).rejects.toMatchObject({ retryable: true });
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    expect((await itemsOf(day)).entries).toContainEqual(
      expect.objectContaining({ ending: expect.objectContaining({ revision: 2 }) }),
    );
    expect((await verified(day)).findings).toEqual([]);
  });

  it("nothing is found if an ending was stored and its links were not", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    dynamodb.fail({ kind: "internal", operation: "PutItem", about: '"S":"object#pi_8', times: 3 });
    const outputs = { paymentIntentId: "pi_8" };
    await expect(attempt.end({ result: "succeeded", durationMs: 1, outputs })).rejects.toMatchObject({
      retryable: true,
    });
    expect((await verified(day)).findings).toEqual([]);
  });

  it("nothing is found if a writer was cut off when its last ending had reached only the head", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    await attempt.end({ result: "succeeded", durationMs: 1, outputs: { paymentIntentId: "pi_7" } });
    const { entries, links } = await itemsOf(day);
    const { ending: _ending, endDigest: _endDigest, ...begun } = entries[0] ?? {};
    await putItem("AuditLogTable", begun);
    const { partition, sort } = links.find((link) => link.partition === "object#pi_7") ?? {};
    await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    expect((await verified(day)).findings).toEqual([]);
  });

  it("an entry that is missing at first and present at the next read is not a finding", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    const [entry] = (await itemsOf(day)).entries;
    const { partition, sort } = entry ?? {};
    await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    let shards = 0;
    const onProgress = async () => {
      shards += 1;
      if (shards === SHARDS) await putItem("AuditLogTable", entry ?? {});
    };
    const { findings } = await verifyDay({
      day: dayText(day),
      appSecrets: SECRETS,
      now: new Date(day),
      onProgress,
    });
    expect(findings).toEqual([]);
    expect(shards).toBeGreaterThan(SHARDS);
  });

  it("nothing is found after many concurrent attempts", async () => {
    const day = aNewDay();
    const length = tries({ sample: 20, whole: 50 });
    const attempts = await Promise.all(
      Array.from({ length }, (_, n) => beginAttempt(aBeginning(day + (n % 5)), SECRETS)),
    );
    await Promise.all(attempts.map((attempt) => attempt.end({ result: "succeeded", durationMs: 1 })));
    expect(await verified(day)).toMatchObject({ findings: [], entries: length });
  });

  it("nothing is found while it is being written", async () => {
    const day = aNewDay();
    let writing = true;
    const write = async () => {
      for (let n = tries({ sample: 6, whole: 60 }); n > 0; n -= 1) {
        const attempt = await beginAttempt(aBeginning(day + n), SECRETS);
        await attempt.end({ result: "succeeded", durationMs: 1, outputs: { paymentIntentId: `pi_${n}` } });
      }
      writing = false;
    };
    const done = write();
    while (writing) expect((await verified(day)).findings).toEqual([]);
    await done;
  });
});

describe("given a log that somebody tampered with", () => {
  it("every way to alter, remove, add, copy, swap or redirect one thing is found", async () => {
    await fc.assert(
      fc.asyncProperty(waves, async (written) => {
        const log = await aLog([{ begin: 1, record: 0, ends: [] }, ...written]);
        expect(findingsIn(log)).toEqual([]);
        const missed = triedOf(tamperings(log)).filter(([, tampered]) => findingsIn(tampered).length === 0);
        expect(missed.map(([what]) => what)).toEqual([]);
      }),
      { numRuns: tries({ sample: 1, whole: 10 }) },
    );
  });

  const isMissed =
    (untouched: string) =>
    ([, tampered]: Tampering) =>
      findingsIn(tampered).length === 0 && canonical(tampered) !== untouched;

  it("every pair of removals, copies, forgeries and swaps is found, unless the second undoes the first", async () => {
    const log = await aLog([
      { begin: 1, record: 0, ends: [] },
      { begin: 0, record: 1, ends: ["end"] },
    ]);
    const untouched = canonical(log);
    const missed = sampleOf(tamperings(log).filter(isStructural), { every: 15 }).flatMap(([first, once]) =>
      tamperings(once)
        .filter(isStructural)
        .filter(isMissed(untouched))
        .map(([second]) => `${first}, and ${second}`),
    );
    expect([...new Set(missed)]).toEqual([]);
  });

  it("any two tamperings of any log are found, unless the second undoes the first", async () => {
    const choice = fc.record({ first: fc.nat(), second: fc.nat() });
    await fc.assert(
      fc.asyncProperty(
        waves,
        fc.array(choice, { minLength: 20, maxLength: 20 }),
        async (written, choices) => {
          const log = await aLog([{ begin: 1, record: 0, ends: [] }, ...written.slice(0, 2)]);
          const untouched = canonical(log);
          const firsts = tamperings(log);
          for (const { first, second } of choices) {
            const [what, once] = firsts[first % firsts.length] ?? ["nothing", log];
            const seconds = tamperings(once);
            const twice = seconds[second % seconds.length] ?? ["nothing", once];
            expect([what, twice[0], isMissed(untouched)(twice)]).toEqual([what, twice[0], false]);
          }
        },
      ),
      { numRuns: tries({ sample: 1, whole: 5 }) },
    );
  });

  it.each<[string, (sequences: number) => number]>([
    ["its last entry", (last) => last],
    ["its last two entries", (last) => last - 1],
    ["all its entries", () => 1],
  ])("a writer that has lost its head and %s is found", async (_what, firstRemoved) => {
    const log = await aLog([
      { begin: 0, record: 1, ends: [] },
      { begin: 0, record: 1, ends: [] },
      { begin: 0, record: 1, ends: [] },
    ]);
    const from = firstRemoved(log.entries.length);
    const entries = log.entries.filter(({ sequence }) => Number(sequence) < from);

    expect(log.heads).toHaveLength(1);
    expect(findingsIn({ ...log, entries, heads: [] })).not.toEqual([]);
    expect(
      findingsIn({ ...log, entries, heads: [] })
        .map(({ wrong }) => wrong)
        .join(),
    ).toContain("was removed");
  });

  it("what is forged outside the days of the log is found in the table", async () => {
    const day = aNewDay();
    await writeLog(day, [{ begin: 0, record: 2, ends: [] }]);
    const options = { days: [dayText(day)], appSecrets: SECRETS, now: new Date(day) };
    const strays = async () => {
      const { lastPlaces } = await verified(day);
      const found = await verifyStrays({ ...options, lastPlaces });
      return found.map(({ wrong }) => wrong);
    };
    expect(await strays()).toEqual([]);
    const { entries, links, heads } = await itemsOf(day);
    const [entry, link] = [entries[0] ?? {}, links[0] ?? {}];
    const forged = [
      { ...entry, partition: `day#${dayText(day)}#8` },
      { ...entry, partition: "day#2999-01-01#0" },
      { ...entry, partition: "day#2026-13-45#0" },
      { ...link, partition: "object#pi_forged" },
      { partition: "object#pi_forged", sort: "nothing" },
    ];
    for (const item of forged) await putItem("AuditLogTable", item);
    expect(await strays()).toHaveLength(forged.length);
    for (const { partition, sort } of forged) {
      await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    }
    for (const { partition, sort } of [...entries, ...heads]) {
      await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    }
    expect(await strays()).toHaveLength(links.length);
    for (const { partition, sort } of links) {
      await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    }
  });

  it("an ending reset to its state before its correction is found", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    await attempt.end({ result: "succeeded", durationMs: 1 });
    const [before] = (await itemsOf(day)).entries;
    await attempt.end({ result: "failed", durationMs: 2 });
    if (before === undefined) throw new Error("No entry was found");
    await putItem("AuditLogTable", before);
    expect((await verified(day)).findings).toEqual([
      { timestamp: before.timestamp, eventId: before.eventId, wrong: "has an older ending than it had" },
    ]);
  });

  it("an ending and a link that were taken away are found once the writer has written another entry", async () => {
    const day = aNewDay();
    const attempt = await beginAttempt(aBeginning(day), SECRETS);
    await attempt.end({ result: "succeeded", durationMs: 1, outputs: { paymentIntentId: "pi_6" } });
    await recordAttempt(aBeginning(day + 1), { result: "denied", durationMs: 1 }, SECRETS);
    const log = await itemsOf(day);
    const [first = {}] = log.entries;
    const { ending: _ending, endDigest: _endDigest, ...begun } = first;
    const wrongIn = (items: DayItems) => findingsIn(items).map(({ wrong }) => wrong);
    expect(wrongIn({ ...log, entries: replaced(log.entries, first, begun) })).toContain(
      "has lost its ending",
    );
    const links = log.links.filter(({ partition }) => partition !== "object#pi_6");
    expect(wrongIn({ ...log, links })).toEqual(["is no longer linked from object#pi_6"]);
  });

  it.each<[string, (items: DayItems) => Item | undefined, RegExp]>([
    [
      "the first entry",
      ({ entries }) => entries.find(({ sequence }) => sequence === 1),
      /follows an entry of its writer that was removed/,
    ],
    [
      "the last entry",
      ({ entries }) => entries.find(({ sequence }) => sequence === 3),
      /was followed by an entry of its writer that was removed/,
    ],
    [
      "a link",
      ({ links }) => links.find(({ partition }) => partition === "object#cus_1"),
      /is no longer linked from object#cus_1/,
    ],
  ])("%s, removed from the table, is reported next to its neighbour", async (_what, victim, words) => {
    const day = aNewDay();
    for (const n of [1, 2, 3])
      await recordAttempt(aBeginning(day + n), { result: "denied", durationMs: n }, SECRETS);
    const { partition, sort } = victim(await itemsOf(day)) ?? {};
    await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    const { findings } = await verified(day);
    expect(findings).toEqual([
      {
        timestamp: expect.stringMatching(/Z$/),
        eventId: expect.any(String),
        wrong: expect.stringMatching(words),
      },
    ]);
  });

  it("numbers that JavaScript cannot represent and attributes of other types are found, and do not stop the verification", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS);
    const [entry = {}] = (await itemsOf(day)).entries;
    const dynamodb = new DynamoDBClient({});
    for (const changes of [
      { sequence: { N: String(2n ** 100n) } },
      { writer: { B: new Uint8Array(2) } },
      { closed: { SS: ["x"] } },
      { digest: { NULL: true } },
    ]) {
      const Item: Attributes = { ...toAttributes(entry), ...changes };
      await dynamodb.send(new PutItemCommand({ TableName: "AuditLogTable", Item }));
      expect((await verified(day)).findings.length).toBeGreaterThan(0);
    }
    dynamodb.destroy();
  });
});

describe("given somebody who has the secret and wrote to the log", () => {
  const resealed = (entry: Item, changes: Item) => {
    const changed = { ...entry, ...changes };
    return { ...changed, digest: entryDigest(auditKey(SECRETS[0] ?? ""), changed) };
  };

  it.each<[string, (entry: Item) => Item, string]>([
    [
      "a second entry in one place",
      (entry) => resealed(entry, { sort: `${entry.timestamp}#twin`, eventId: "twin" }),
      "has the place of",
    ],
    [
      "an entry that does not follow",
      (entry) => resealed(entry, { sequence: 2, previous: "x", sort: `${entry.timestamp}#next` }),
      "does not follow the entry before it",
    ],
    [
      "another last entry",
      (entry) => resealed(entry, { action: "another" }),
      "is not the entry that its writer's head names",
    ],
  ])("%s is found", async (_what, forge, words) => {
    const log = await aLog([{ begin: 1, record: 0, ends: [] }]);
    const [entry] = log.entries;
    if (entry === undefined) throw new Error("No entry was found");
    const forged = forge(entry);
    const others = log.entries.filter(({ sort }) => sort !== forged.sort);
    const findings = findingsIn({ ...log, entries: [...others, forged] });
    expect(findings.map(({ wrong }) => wrong).join()).toContain(words);
  });
});

describe("given a secret that was rotated", () => {
  it("entries from before and after verify while both secrets are known", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, ["old"]);
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, ["new", "old"]);
    expect((await verified(day, ["new", "old"])).findings).toEqual([]);
  });

  it("the entries whose secret is missing are reported", async () => {
    const day = aNewDay();
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, ["old"]);
    await recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, ["new", "old"]);
    const wrong = `cannot be checked: its key ${auditKey("old").keyId} belongs to none of the secrets in APP_SECRET`;
    expect((await verified(day, ["new"])).findings.map((finding) => finding.wrong)).toEqual([wrong]);
  });
});

describe("given a day that has expired", () => {
  it("entries that TTL has removed are not missed, and the remaining ones are still checked", async () => {
    const day = aNewDay();
    for (const n of [1, 2, 3])
      await recordAttempt(aBeginning(day + n), { result: "denied", durationMs: n }, SECRETS);
    const [first, second] = (await itemsOf(day)).entries;
    const { partition, sort } = first ?? {};
    await deleteItem("AuditLogTable", { partition, sort }, { expression: "attribute_exists(sort)" });
    const expired = new Date(Number(second?.keptUntil) * 1000);
    const aMomentBefore = new Date(expired.getTime() - 1);
    expect((await verified(day, SECRETS, aMomentBefore)).findings).toHaveLength(1);
    expect((await verified(day, SECRETS, expired)).findings).toEqual([]);
    await putItem("AuditLogTable", { ...second, action: "altered" });
    expect((await verified(day, SECRETS, expired)).findings).toHaveLength(1);
  });
});

describe("given a writer whose first head cannot be written", () => {
  it("its attempt is refused, and no entry is left that the head does not protect", async () => {
    const day = aNewDay();
    dynamodb.fail({ kind: "internal", operation: "PutItem", about: '"S":"heads#', times: 3 });
    await expect(
      recordAttempt(aBeginning(day), { result: "denied", durationMs: 1 }, SECRETS),
    ).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await verified(day)).toMatchObject({ findings: [], entries: 0 });
  });
});
