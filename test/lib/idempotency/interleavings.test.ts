/**
 * One key and several callers, with events in any order: claims, completions, crashes, suspensions, refusals and passing
 * time. They run on the real table, against a model that says how every single step must end.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Problem } from "../../../lib/errors.ts";
import {
  type ClaimResult,
  claimKey,
  completeClaim,
  type OwnedClaim,
  returnClaim,
  suspendClaim,
} from "../../../lib/idempotency/claims.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const LEASE_MS = 25_000;
const TTL_MS = 24 * 3_600_000;

type Step =
  | { readonly kind: "claim"; readonly inputs: string; readonly callers: number }
  | { readonly kind: "complete" | "crash" | "suspend" | "return"; readonly caller: number }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "take over" };

const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("claim" as const),
      inputs: fc.constantFrom("42 dollars", "42 dollars", "42 dollars", "7 euros"),
      callers: fc.integer({ min: 1, max: 3 }),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "complete" as const,
        "complete" as const,
        "suspend" as const,
        "return" as const,
        "crash" as const,
      ),
      caller: fc.nat(5),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: "take over" as const }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("wait" as const),
      ms: fc.constantFrom(1, LEASE_MS - 1, LEASE_MS, LEASE_MS, TTL_MS - LEASE_MS, TTL_MS),
    }),
  },
);

/** Every ending, by the owner and by a late one. A seed without one of them would prove nothing about it. */
const EVERY_ENDING: Step[] = [
  { kind: "claim", inputs: "42 dollars", callers: 2 },
  { kind: "claim", inputs: "7 euros", callers: 1 },
  { kind: "take over" },
  { kind: "complete", caller: 0 },
  { kind: "take over" },
  { kind: "suspend", caller: 0 },
  { kind: "take over" },
  { kind: "return", caller: 0 },
  { kind: "suspend", caller: 0 },
  { kind: "claim", inputs: "42 dollars", callers: 1 },
  { kind: "return", caller: 0 },
  { kind: "claim", inputs: "42 dollars", callers: 1 },
  { kind: "complete", caller: 0 },
  { kind: "claim", inputs: "42 dollars", callers: 1 },
];

/** The expected content of the table. */
interface Held {
  readonly inputs: string;
  readonly expiresAt: number;
  /** The caller that owns it, or its response. */
  readonly state: { readonly owner: Caller; readonly leaseUntil: number } | { readonly answer: string };
}

interface Caller {
  readonly claim: OwnedClaim;
  readonly inputs: string;
  /** In whole seconds. */
  readonly claimedAt: number;
}

class OneKey {
  readonly #id = randomUUID();
  readonly #callers: Caller[] = [];
  readonly ended = new Map<string, number>();
  #now = Date.parse("2026-11-25T00:00:00Z");
  #held: Held | undefined;
  #answers = 0;

  async take(step: Step): Promise<void> {
    if (step.kind === "wait") {
      this.#now += step.ms;
      return;
    }
    if (step.kind === "take over") {
      this.#now += LEASE_MS;
      return this.#claim("42 dollars", 1);
    }
    if (step.kind === "claim") return this.#claim(step.inputs, step.callers);
    const caller = this.#callers[step.caller % Math.max(1, this.#callers.length)];
    if (caller === undefined) return;
    this.#callers.splice(this.#callers.indexOf(caller), 1);
    // A crashed caller releases nothing: its claim stays until the lease ends.
    if (step.kind !== "crash") await this.#settle(step.kind, caller);
  }

  /** Several concurrent callers: the model expects the result of one caller, and CONFLICT for the others if one gets the claim. */
  async #claim(inputs: string, callers: number): Promise<void> {
    const expected = this.#expectedClaim(inputs);
    const results = await Promise.all(Array.from({ length: callers }, () => this.#attempt(inputs)));
    const kinds = results.map((result) => (typeof result === "string" ? result : result.kind)).sort();
    const others = expected === "claimed" ? "CONFLICT" : expected;
    expect(kinds).toEqual([expected, ...Array.from({ length: callers - 1 }, () => others)].sort());
    for (const result of results) {
      this.#count(typeof result === "string" ? result : result.kind);
      if (typeof result === "string") continue;
      if (result.kind === "answered") expect(this.#held?.state).toEqual({ answer: result.sealedAnswer });
      else this.#own({ claim: result.claim, inputs, claimedAt: Math.floor(this.#now / 1000) * 1000 });
    }
  }

  async #attempt(inputs: string): Promise<ClaimResult | string> {
    try {
      return await claimKey({
        id: this.#id,
        inputsDigests: [inputs],
        vendorKey: "vendor key",
        leaseUntil: this.#now + LEASE_MS,
        now: new Date(this.#now),
      });
    } catch (thrown) {
      if (thrown instanceof Problem) return thrown.code;
      throw thrown;
    }
  }

  #expectedClaim(inputs: string): string {
    const held = this.#heldNow();
    if (held === undefined) return "claimed";
    if (held.inputs !== inputs) return "VALIDATION_FAILED";
    if ("answer" in held.state) return "answered";
    // Nobody resumes a claim that would end during the work.
    const isResumable = held.state.leaseUntil <= this.#now && this.#now + LEASE_MS < held.expiresAt;
    return isResumable ? "claimed" : "CONFLICT";
  }

  #heldNow(): Held | undefined {
    return this.#held !== undefined && this.#held.expiresAt > this.#now ? this.#held : undefined;
  }

  #own(caller: Caller): void {
    const resumed = this.#heldNow();
    expect(caller.claim.resumed).toBe(resumed !== undefined);
    const state = { owner: caller, leaseUntil: this.#now + LEASE_MS };
    // DynamoDB counts a time to live in whole seconds.
    const end = Math.floor(this.#now / 1000) * 1000 + TTL_MS;
    this.#held = { inputs: caller.inputs, expiresAt: resumed?.expiresAt ?? end, state };
    this.#callers.push(caller);
  }

  async #settle(kind: "complete" | "suspend" | "return", caller: Caller): Promise<void> {
    const held = this.#held;
    const owns = held !== undefined && "owner" in held.state && held.state.owner === caller;
    const answer = `answer ${++this.#answers} to ${caller.inputs}`;
    const written =
      kind === "complete"
        ? await completeClaim(caller.claim, answer)
        : await (kind === "suspend" ? suspendClaim : returnClaim)(caller.claim);
    expect(written).toBe(owns);
    this.#count(owns ? kind : `late ${kind}`);
    if (!owns) return;
    const isForgotten = kind === "return" && !caller.claim.resumed;
    const left: Held =
      kind === "complete"
        ? { ...held, expiresAt: caller.claimedAt + TTL_MS, state: { answer } }
        : { ...held, state: { owner: caller, leaseUntil: 0 } };
    this.#held = isForgotten ? undefined : left;
  }

  #count(ending: string): void {
    this.ended.set(ending, (this.ended.get(ending) ?? 0) + 1);
  }
}

describe("given any interleaving of claims, completions, crashes, suspensions and time", () => {
  it("one caller at a time owns the key, late owners write nothing, and a response is replayed for its own inputs only", async () => {
    const ended = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(steps, { minLength: 5, maxLength: 40 }), async (happenings) => {
        const key = new OneKey();
        for (const step of happenings) await key.take(step);
        for (const [ending, times] of key.ended) ended.set(ending, (ended.get(ending) ?? 0) + times);
      }),
      { numRuns: tries({ sample: 12, whole: 300 }), examples: [[EVERY_ENDING]] },
    );
    // The property proves nothing about events that never happened.
    for (const ending of [
      "claimed",
      "answered",
      "CONFLICT",
      "VALIDATION_FAILED",
      "complete",
      "suspend",
      "return",
      "late complete",
      "late suspend",
      "late return",
    ]) {
      expect([ending, (ended.get(ending) ?? 0) > 0]).toEqual([ending, true]);
    }
  });
});
