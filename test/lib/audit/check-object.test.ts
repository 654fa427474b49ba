/** The audit entries of one object, and whether they are as they were written. */
import { randomUUID } from "node:crypto";
import { beforeEach, describe, expect, it } from "@jest/globals";
import { beginAttempt } from "../../../lib/audit/attempt.ts";
import { checkEntriesOf } from "../../../lib/audit/check-object.ts";
import { deleteItem, type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import * as given from "../../steps/given.ts";
import { aBeginning, aNewDay, itemsOf, itemsWithHeads, SECRETS } from "./written-log.ts";

given.localAws();
given.capturedLog();
beforeEach(() => {
  process.env.APP_SECRET = SECRETS.join(",");
});

const TABLE = "AuditLogTable";
const without = (item: Item = {}) =>
  deleteItem(
    TABLE,
    { partition: item.partition, sort: item.sort },
    {
      expression: "attribute_exists(#sort)",
      names: { "#sort": "sort" },
    },
  );

/** Three calls about one payment, by one writer: one begins with it, two make it known when they end. */
async function aLogAboutOnePayment() {
  const day = aNewDay();
  const id = `pi_${randomUUID().replaceAll("-", "")}`;
  for (const instant of [1, 2, 3]) {
    const beginning = aBeginning(day + instant, { inputs: { paymentIntentId: id } });
    const attempt = await beginAttempt(beginning, SECRETS);
    await attempt.end({ result: "succeeded", durationMs: 3, outputs: { refundId: `re_${instant}A` } });
  }
  const { entries, heads, links } = await itemsWithHeads(day);
  const own = links.filter(({ partition }) => partition === `object#${id}`);
  const check = () => checkEntriesOf(id, { limit: 50, now: new Date(day) });
  /** By the time of the attempt: the first one is 1. */
  const nth = (items: readonly Item[], instant: number) =>
    items.find(({ sort }) => String(sort).startsWith(new Date(day + instant).toISOString()));
  return { day, id, entries, heads, links: own, check, nth };
}

const wrongAt = ({ entries }: Awaited<ReturnType<typeof checkEntriesOf>>) =>
  entries.map(({ wrong }) => wrong);

describe("given the audit log of a payment", () => {
  it("as the service wrote it: every entry is verified, newest first", async () => {
    const { check } = await aLogAboutOnePayment();
    const checked = await check();
    expect(wrongAt(checked)).toEqual([[], [], []]);
    expect(checked.entries.map(({ entry }) => entry?.result)).toEqual([
      "succeeded",
      "succeeded",
      "succeeded",
    ]);
    expect(checked.hasMore).toBe(false);
  });

  it("more entries than were asked for: says that there are older ones", async () => {
    const { id, day } = await aLogAboutOnePayment();
    const checked = await checkEntriesOf(id, { limit: 2, now: new Date(day) });
    expect([checked.entries.length, checked.hasMore]).toEqual([2, true]);
  });

  it("an altered entry is shown as such, without its content; the others are verified", async () => {
    const { entries, check, nth } = await aLogAboutOnePayment();
    await putItem(TABLE, { ...nth(entries, 2), action: "refund" });
    const checked = await check();
    expect(wrongAt(checked)).toEqual([[], ["was altered, or was not written by this service"], []]);
    expect(checked.entries[1]).not.toHaveProperty("entry");
    expect(checked.entries[1]?.eventId).toBe(nth(entries, 2)?.eventId);
  });

  it("an altered ending", async () => {
    const { entries, check, nth } = await aLogAboutOnePayment();
    const entry = nth(entries, 1);
    await putItem(TABLE, { ...entry, ending: { ...Object(entry?.ending), result: "denied" } });
    expect(wrongAt(await check())).toEqual([[], [], ["has an altered ending"]]);
  });

  it("an ending that was removed and that the chain names", async () => {
    const { entries, check, nth } = await aLogAboutOnePayment();
    const { ending: _ending, endDigest: _digest, ...unended } = nth(entries, 1) ?? {};
    await putItem(TABLE, unended);
    expect(wrongAt(await check())).toEqual([[], [], ["has lost its ending"]]);
  });

  it("an entry that was removed, with its link left", async () => {
    const { entries, check, nth } = await aLogAboutOnePayment();
    await without(nth(entries, 2));
    expect(wrongAt(await check())).toEqual([[], ["was removed; the link to it is left"], []]);
  });

  it("an altered link", async () => {
    const { links, check, nth } = await aLogAboutOnePayment();
    await putItem(TABLE, { ...nth(links, 3), sequence: 7 });
    expect(wrongAt(await check())[0]).toEqual([
      "has a link that was altered, or was not written by this service",
    ]);
  });

  it("a head that was removed", async () => {
    const { heads, check } = await aLogAboutOnePayment();
    await without(heads[0]);
    expect(wrongAt(await check())).toContainEqual(["is of a writer whose head was removed"]);
  });

  it("an altered head", async () => {
    const { heads, check } = await aLogAboutOnePayment();
    await putItem(TABLE, { ...heads[0], sequence: 1 });
    for (const wrong of wrongAt(await check()))
      expect(wrong).toContain("is of a writer whose head was altered, or was not written by this service");
  });

  it("a secret that is not known any more", async () => {
    const { check } = await aLogAboutOnePayment();
    process.env.APP_SECRET = "another-secret-of-the-tests";
    for (const [wrong] of wrongAt(await check())) expect(wrong).toMatch(/cannot be checked: its key/);
  });

  it("expired entries that TTL has removed are not findings", async () => {
    const { day, id, entries, heads } = await aLogAboutOnePayment();
    for (const item of [...entries, ...heads]) await without(item);
    expect((await itemsOf(day)).entries).toEqual([]);
    const later = new Date(day + 1_000 * 24 * 60 * 60 * 1000);
    expect((await checkEntriesOf(id, { limit: 50, now: later })).entries).toEqual([]);
  });
});
