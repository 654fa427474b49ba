/**
 * One item and several owners, with events in any order: takes, writes, ends, crashes, lost responses and passing time. They
 * run on the real table, against a model that says how every single step must end. For DynamoDB, a write that is delayed on
 * its way is the same as one that is sent late, so owners can act long after their lease.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import {
  abandonLease,
  deleteAsOwner,
  finishLease,
  type Lease,
  type LeasedItem,
  takeLease,
  takeLeaseAsIs,
  writeAsOwner,
} from "../../../lib/lease/lease.ts";
import { tries } from "../../steps/effort.ts";
import type { FaultKind } from "../../steps/failing-dynamodb.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const TABLE = "RepairProgressTable";
const LEASE_MS = 25_000;

type Loss = Extract<FaultKind, "reset-before" | "reset-after"> | "none";
type OwnersStep = "write" | "finish" | "abandon" | "delete" | "crash";
type Step =
  | { readonly kind: "take"; readonly takers: number; readonly loss: Loss }
  | { readonly kind: OwnersStep; readonly owner: number; readonly loss: Loss }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "reopen" };

/** Rare: the SDK stops retrying if too many requests have failed recently. */
const loss = fc.oneof(
  { weight: 8, arbitrary: fc.constant<Loss>("none") },
  { weight: 2, arbitrary: fc.constantFrom<Loss>("reset-before", "reset-after") },
);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("take" as const),
      takers: fc.integer({ min: 1, max: 3 }),
      loss,
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constantFrom<OwnersStep>("write", "finish", "finish", "abandon", "delete", "crash"),
      owner: fc.nat(5),
      loss,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, LEASE_MS - 1, LEASE_MS, LEASE_MS),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "reopen" as const }) },
);

/** Every kind of step, by the owner and by a late one. A seed without one of them would prove nothing about it. */
const EVERYTHING_WITH_LOST_RESPONSES: Step[] = [
  { kind: "take", takers: 1, loss: "reset-after" },
  { kind: "take", takers: 1, loss: "reset-after" },
  { kind: "write", owner: 0, loss: "reset-after" },
  { kind: "abandon", owner: 0, loss: "reset-after" },
  { kind: "take", takers: 3, loss: "reset-after" },
  { kind: "write", owner: 0, loss: "reset-after" },
  { kind: "abandon", owner: 0, loss: "reset-after" },
  { kind: "finish", owner: 0, loss: "reset-after" },
  { kind: "delete", owner: 0, loss: "reset-after" },
  { kind: "delete", owner: 1, loss: "reset-after" },
  { kind: "take", takers: 2, loss: "reset-after" },
  { kind: "wait", ms: LEASE_MS - 1 },
  { kind: "take", takers: 2, loss: "none" },
  { kind: "wait", ms: 1 },
  { kind: "take", takers: 2, loss: "none" },
  { kind: "finish", owner: 2, loss: "none" },
  { kind: "finish", owner: 3, loss: "reset-after" },
];

/** The expected content of the table; `ending` and `note` name the write that set them. */
type Held =
  | undefined
  | { readonly kind: "waiting" }
  | { readonly kind: "owned"; readonly lease: Lease; readonly leaseUntil: number; readonly note?: string }
  | { readonly kind: "finished"; readonly lease: Lease; readonly ending: string };

class OneItem {
  readonly ended = new Map<string, number>();
  readonly #item: LeasedItem = {
    table: TABLE,
    keyName: "task",
    id: randomUUID(),
    isUnfinished: { expression: "attribute_not_exists(ending)" },
  };
  readonly #replaces: boolean;
  readonly #owners: Lease[] = [];
  #now = Date.parse("2026-11-25T00:00:00Z");
  #held: Held;
  #writes = 0;

  constructor(replaces: boolean) {
    this.#replaces = replaces;
  }

  async run(step: Step): Promise<void> {
    switch (step.kind) {
      case "wait":
        this.#now += step.ms;
        return;
      case "reopen":
        await putItem(TABLE, { task: this.#item.id });
        this.#held = { kind: "waiting" };
        return;
      case "take":
        return this.#take(step.takers, step.loss);
      default: {
        const lease = this.#owners[step.owner % Math.max(1, this.#owners.length)];
        if (lease === undefined) return;
        // A crashed owner releases nothing: its lease stays until it ends.
        if (step.kind === "crash") this.#owners.splice(this.#owners.indexOf(lease), 1);
        else await this.#writeAs(lease, step.kind, step.loss);
      }
    }
  }

  /** Several concurrent takes, of which one loses a request or a response: exactly one gets an item that can be taken. */
  async #take(takers: number, lost: Loss): Promise<void> {
    const mayBeTaken = this.#mayBeTaken();
    const leaseUntil = this.#now + LEASE_MS;
    const isFree = { expression: "attribute_not_exists(leaseUntil) AND attribute_not_exists(ending)" };
    const request = { now: new Date(this.#now), leaseUntil, isFree };
    this.#lose(this.#replaces ? "PutItem" : "UpdateItem", lost);
    const takes = await Promise.all(
      Array.from({ length: takers }, () =>
        this.#replaces ? takeLease(this.#item, request, {}) : takeLeaseAsIs(this.#item, request),
      ),
    );
    const taken = takes.flatMap((take) => (take.kind === "taken" ? [take.lease] : []));
    this.#count(mayBeTaken ? "taken" : "refused", lost);
    expect(taken).toHaveLength(mayBeTaken ? 1 : 0);
    for (const lease of taken) {
      this.#owners.push(lease);
      this.#held = { kind: "owned", lease, leaseUntil, ...this.#keptNote() };
    }
    await this.#check();
  }

  #mayBeTaken(): boolean {
    const held = this.#held;
    if (held === undefined || held.kind === "waiting") return true;
    return held.kind === "owned" && held.leaseUntil <= this.#now;
  }

  #keptNote() {
    return !this.#replaces && this.#held?.kind === "owned" && this.#held.note !== undefined
      ? { note: this.#held.note }
      : {};
  }

  async #writeAs(lease: Lease, kind: Exclude<OwnersStep, "crash">, lost: Loss): Promise<void> {
    const owned = this.#held?.kind === "owned" && this.#held.lease === lease ? this.#held : undefined;
    this.#count(owned === undefined ? `late ${kind}` : kind, lost);
    this.#lose(kind === "delete" ? "DeleteItem" : "UpdateItem", lost);
    this.#writes += 1;
    const name = `write ${this.#writes}`;
    switch (kind) {
      case "write":
        expect(await writeAsOwner(lease, { note: name })).toBe(owned !== undefined);
        if (owned !== undefined) this.#held = { ...owned, note: name };
        break;
      case "finish":
        expect(await finishLease(lease, { ending: name })).toBe(owned !== undefined);
        if (owned !== undefined) this.#held = { kind: "finished", lease, ending: name };
        break;
      case "abandon":
        expect(await abandonLease(lease)).toBe(owned !== undefined);
        if (owned !== undefined) this.#held = { ...owned, leaseUntil: 0 };
        break;
      case "delete":
        // If an item is gone, it is unknown who deleted it.
        expect(await deleteAsOwner(lease)).toBe(owned !== undefined && lost !== "reset-after");
        if (owned !== undefined) this.#held = undefined;
    }
    await this.#check();
  }

  #lose(operation: string, lost: Loss): void {
    dynamodb.reset();
    if (lost !== "none") dynamodb.fail({ kind: lost, operation });
  }

  async #check(): Promise<void> {
    dynamodb.reset();
    const { owner, leaseUntil, ending, note } = (await getItem(TABLE, { task: this.#item.id })) ?? {};
    const held = this.#held;
    if (held === undefined || held.kind === "waiting") expect(owner).toBeUndefined();
    else if (held.kind === "owned")
      expect({ owner, leaseUntil, ending, note }).toEqual({
        owner: held.lease.owner,
        leaseUntil: held.leaseUntil,
        ending: undefined,
        note: held.note,
      });
    else
      expect({ owner, leaseUntil, ending }).toEqual({
        owner: held.lease.owner,
        leaseUntil: undefined,
        ending: held.ending,
      });
  }

  #count(what: string, lost: Loss): void {
    for (const ending of [what, `${what}, ${lost}`])
      this.ended.set(ending, (this.ended.get(ending) ?? 0) + 1);
  }
}

describe("given any interleaving of owners that take, write, finish, abandon, delete and crash, and lose responses", () => {
  it("one owner at a time has the item, recognizes its own writes, and late owners write nothing (R5)", async () => {
    const ended = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        fc.boolean(),
        fc.array(steps, { minLength: 5, maxLength: 20 }),
        async (replaces, happenings) => {
          const item = new OneItem(replaces);
          for (const step of happenings) await item.run(step);
          for (const [ending, times] of item.ended) ended.set(ending, (ended.get(ending) ?? 0) + times);
        },
      ),
      {
        numRuns: tries({ sample: 6, whole: 60 }),
        examples: [true, false].map((replaces) => [replaces, EVERYTHING_WITH_LOST_RESPONSES]),
      },
    );
    // The property proves nothing about events that never happened.
    const kinds = ["write", "finish", "abandon", "delete"].flatMap((kind) => [kind, `late ${kind}`]);
    for (const ending of ["taken", "refused", ...kinds].flatMap((kind) => [kind, `${kind}, reset-after`])) {
      expect([ending, (ended.get(ending) ?? 0) > 0]).toEqual([ending, true]);
    }
  });
});
