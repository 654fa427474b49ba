import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem, type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import {
  abandonLease,
  deleteAsOwner,
  finishLease,
  type Lease,
  type LeasedItem,
  type TakeRequest,
  takeLease,
  takeLeaseAsIs,
  takeOver,
  writeAsOwner,
} from "../../../lib/lease/lease.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
const operations = () => dynamodb.requests.map(({ operation }) => operation);

const TABLE = "StripeEventsTable";
const START = Date.parse("2026-11-25T00:00:00Z");
const LEASE_MS = 10_000;

const anItem = (): LeasedItem => ({
  table: TABLE,
  keyName: "eventId",
  id: randomUUID(),
  isUnfinished: { expression: "#state = :open", names: { "#state": "state" }, values: { ":open": "open" } },
});
const stored = ({ id }: LeasedItem) => getItem(TABLE, { eventId: id });
const store = ({ id }: LeasedItem, attributes: Item) => putItem(TABLE, { eventId: id, ...attributes });

const requestAt = (afterMs: number): TakeRequest => ({
  now: new Date(START + afterMs),
  leaseUntil: START + afterMs + LEASE_MS,
});
const takeAt = (item: LeasedItem, afterMs: number, request: Partial<TakeRequest> = {}) =>
  takeLease(item, { ...requestAt(afterMs), ...request }, { state: "open" });
async function taken(item: LeasedItem, afterMs = 0): Promise<Lease> {
  const take = await takeAt(item, afterMs);
  if (take.kind !== "taken") throw new Error("it was refused");
  return take.lease;
}

describe("given an item that nobody has begun", () => {
  it("of ten concurrent takes one gets it, and the others see who has it", async () => {
    const item = anItem();
    const takes = await Promise.all(Array.from({ length: 10 }, () => takeAt(item, 0)));
    const owners = takes.flatMap((take) => (take.kind === "taken" ? [take.lease.owner] : []));
    expect(owners).toHaveLength(1);
    for (const take of takes) {
      if (take.kind === "refused") expect(take.found).toMatchObject({ owner: owners[0], state: "open" });
      else expect(take).toMatchObject({ before: undefined });
    }
    expect(await stored(item)).toEqual({
      eventId: item.id,
      state: "open",
      owner: owners[0],
      leaseUntil: START + LEASE_MS,
    });
  });

  it("a take needs one call, and so does each write of the owner", async () => {
    const item = anItem();
    const lease = await taken(item);
    await writeAsOwner(lease, { place: 1 });
    await finishLease(lease, { state: "done" });
    expect(operations()).toEqual(["PutItem", "UpdateItem", "UpdateItem"]);
  });
});

describe("given an item whose owner has crashed", () => {
  it("it is taken over when the lease ends and not before, by the taker's clock, and the taker sees the previous item", async () => {
    const item = anItem();
    const { owner } = await taken(item);
    expect(await takeAt(item, LEASE_MS - 1)).toMatchObject({ kind: "refused", found: { owner } });
    const take = await takeAt(item, LEASE_MS);
    expect(take).toMatchObject({ kind: "taken", before: { owner, leaseUntil: START + LEASE_MS } });
  });

  it("the late owner cannot write, finish, abandon or delete it (R5)", async () => {
    const item = anItem();
    const late = await taken(item);
    const next = await taken(item, LEASE_MS);
    expect(await writeAsOwner(late, { place: 1 })).toBe(false);
    expect(await finishLease(late, { state: "done" })).toBe(false);
    expect(await abandonLease(late)).toBe(false);
    expect(await deleteAsOwner(late)).toBe(false);
    expect(await stored(item)).toEqual({
      eventId: item.id,
      state: "open",
      owner: next.owner,
      leaseUntil: START + 2 * LEASE_MS,
    });
  });

  it("only an owner that can continue it takes it over", async () => {
    const item = anItem();
    await store(item, { state: "open", digest: "a", owner: "crashed", leaseUntil: START });
    const canContinue = (digest: string) => ({
      expression: "digest = :digest",
      values: { ":digest": digest },
    });
    expect(await takeAt(item, 0, { canContinue: canContinue("b") })).toMatchObject({ kind: "refused" });
    expect(await takeAt(item, 0, { canContinue: canContinue("a") })).toMatchObject({ kind: "taken" });
  });
});

describe("given an item that is finished", () => {
  it("nobody takes it over, however long ago its lease ended, and its owner can no longer write it", async () => {
    const item = anItem();
    const lease = await taken(item);
    expect(await finishLease(lease, { state: "done", result: 7 })).toBe(true);
    const finished = { eventId: item.id, state: "done", result: 7, owner: lease.owner };
    expect(await stored(item)).toEqual(finished);
    expect(await takeAt(item, 10 * LEASE_MS)).toEqual({ kind: "refused", found: finished });
    // As the first release stored them, with their lease.
    await store(item, { ...finished, leaseUntil: START });
    expect(await takeAt(item, 10 * LEASE_MS)).toMatchObject({ kind: "refused" });
    expect(await writeAsOwner(lease, { state: "open" })).toBe(false);
    expect(await abandonLease(lease)).toBe(false);
    expect(await deleteAsOwner(lease)).toBe(false);
  });

  it("a second, different ending by the same owner is refused, and the same one again succeeds", async () => {
    const lease = await taken(anItem());
    await finishLease(lease, { state: "done", result: 7 });
    expect(await finishLease(lease, { state: "done", result: 8 })).toBe(false);
    expect(await finishLease(lease, { state: "failed", result: 7 })).toBe(false);
    expect(await finishLease(lease, { state: "done", result: 7 })).toBe(true);
  });

  it("the same ending by another owner does not count as this owner's", async () => {
    const item = anItem();
    const late = await taken(item);
    const next = await taken(item, LEASE_MS);
    await finishLease(next, { state: "done" });
    expect(await finishLease(late, { state: "done" })).toBe(false);
  });

  it("it can be taken if `isFree` holds for it", async () => {
    const item = anItem();
    await store(item, { state: "waiting", place: 1 });
    const isFree = {
      expression: "#state = :waiting",
      names: { "#state": "state" },
      values: { ":waiting": "waiting" },
    };
    expect(await takeAt(item, 0)).toMatchObject({ kind: "refused" });
    expect(await takeAt(item, 0, { isFree })).toMatchObject({
      kind: "taken",
      before: { state: "waiting", place: 1 },
    });
    expect(await takeAt(item, 0, { isFree })).toMatchObject({ kind: "refused" });
  });
});

describe("given an owner that gives up", () => {
  it("an abandoned item can be taken immediately", async () => {
    const item = anItem();
    expect(await abandonLease(await taken(item))).toBe(true);
    expect(await stored(item)).toMatchObject({ state: "open", leaseUntil: 0 });
    expect(await takeAt(item, 0)).toMatchObject({ kind: "taken" });
  });

  it("a deleted item is as if it had never been taken", async () => {
    const item = anItem();
    expect(await deleteAsOwner(await taken(item))).toBe(true);
    expect(await stored(item)).toBeUndefined();
    expect(await takeAt(item, 0)).toMatchObject({ kind: "taken", before: undefined });
  });
});

describe("given work that never ends", () => {
  const endless = (): LeasedItem => ({ table: TABLE, keyName: "eventId", id: randomUUID() });

  it("each owner finds what the previous one has written", async () => {
    const item = endless();
    const first = await takeLeaseAsIs(item, requestAt(0));
    expect(first).toMatchObject({ kind: "taken", before: "unknown" });
    if (first.kind !== "taken") return;
    expect(await writeAsOwner(first.lease, { place: { after: "evt_1" } })).toBe(true);
    expect(await takeLeaseAsIs(item, requestAt(LEASE_MS - 1))).toMatchObject({ kind: "refused" });
    expect(await takeLeaseAsIs(item, requestAt(LEASE_MS))).toMatchObject({ kind: "taken" });
    expect(await stored(item)).toMatchObject({
      place: { after: "evt_1" },
      leaseUntil: START + 2 * LEASE_MS,
    });
    expect(await writeAsOwner(first.lease, { place: {} })).toBe(false);
  });
});

describe("given a lost response from DynamoDB, after which the SDK sends the write again", () => {
  it.each([
    ["replaces", (item: LeasedItem) => takeAt(item, 0), "PutItem"],
    ["keeps", (item: LeasedItem) => takeLeaseAsIs(item, requestAt(0)), "UpdateItem"],
  ] as const)("a take that %s the item recognizes itself", async (_what, takeIt, operation) => {
    const item = anItem();
    dynamodb.fail({ kind: "reset-after", operation });
    const take = await takeIt(item);
    expect(take).toMatchObject({ kind: "taken", before: "unknown" });
    expect(operations()).toEqual([operation, operation, "GetItem"]);
    expect(await stored(item)).toMatchObject(take.kind === "taken" ? { owner: take.lease.owner } : {});
  });

  it("a finish recognizes itself", async () => {
    const lease = await taken(anItem());
    dynamodb.reset();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    expect(await finishLease(lease, { state: "done", result: 7 })).toBe(true);
    expect(operations()).toEqual(["UpdateItem", "UpdateItem", "GetItem"]);
  });

  it("a finish of an item that was deleted is none", async () => {
    const lease = await taken(anItem());
    await deleteAsOwner(lease);
    expect(await finishLease(lease, { state: "done" })).toBe(false);
  });

  it("a take is refused if the item is gone by the time it checks", async () => {
    const item = anItem();
    const first = await taken(item);
    dynamodb.fail({ kind: "held", operation: "GetItem" });
    const second = takeAt(item, 0);
    while (!operations().includes("GetItem")) await new Promise(setImmediate);
    await deleteAsOwner(first);
    await dynamodb.letGo();
    expect(await second).toEqual({ kind: "refused", found: undefined });
  });
});

describe("given an item that is taken over with what it has", () => {
  const NOTE = { note: "continued" };
  /** A lease that ended, and its item. */
  async function abandoned() {
    const item = anItem();
    const first = await taken(item);
    return { item, first, found: (await stored(item)) ?? {} };
  }

  it("an abandoned one is taken, and only the given attributes change", async () => {
    const { item, first, found } = await abandoned();
    const take = await takeOver(item, found, requestAt(LEASE_MS), NOTE);
    expect(take).toMatchObject({ kind: "taken", before: found });
    expect(await stored(item)).toEqual({
      ...{ ...found, ...NOTE, leaseUntil: START + 2 * LEASE_MS },
      owner: take.kind === "taken" ? take.lease.owner : "",
    });
    expect((await stored(item))?.owner).not.toBe(first.owner);
  });

  it("one whose lease still runs is refused", async () => {
    const { item, found } = await abandoned();
    expect(await takeOver(item, found, requestAt(LEASE_MS - 1), NOTE)).toEqual({ kind: "refused", found });
    expect(await stored(item)).toEqual(found);
  });

  it("one that somebody else has had since is refused, also if it is abandoned again", async () => {
    const { item, found } = await abandoned();
    const second = await taken(item, LEASE_MS);
    expect(await takeOver(item, found, requestAt(2 * LEASE_MS), NOTE)).toMatchObject({
      kind: "refused",
      found: { owner: second.owner },
    });
  });

  it("one whose take got no response is recognized as taken", async () => {
    const { item, found } = await abandoned();
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    expect(await takeOver(item, found, requestAt(LEASE_MS), NOTE)).toMatchObject({
      kind: "taken",
      before: "unknown",
    });
    expect(await stored(item)).toMatchObject(NOTE);
  });
});
