/**
 * Our keys against Stripe's memory of them: Stripe remembers a key for 24 hours after the first request with it, and then
 * treats the same key as a new one. Time passes and callers come in any order, on the real table.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { claimKey, completeClaim, suspendClaim } from "../../../lib/idempotency/claims.ts";
import { scopedKey, vendorKeyOf } from "../../../lib/idempotency/idempotency-key.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const LEASE_MS = 25_000;

/** Stripe, which forgets as early as it may. */
class Stripe {
  readonly #firstUse = new Map<string, number>();

  /** True if the request creates an intent; false if Stripe returns the one that the key has created. */
  creates(key: string, at: number): boolean {
    const first = this.#firstUse.get(key);
    if (first !== undefined && at < first + DAY) return false;
    this.#firstUse.set(key, at);
    return true;
  }
}

const calls = fc.array(
  fc.record({
    /** Since the call before. */
    waitMs: fc.oneof(
      fc.integer({ min: 0, max: DAY }),
      fc.constantFrom(1, LEASE_MS, HOUR, DAY - LEASE_MS, DAY - LEASE_MS - 1, DAY - 1, DAY),
    ),
    /** When Stripe gets the request: at the beginning of the lease, or at its end. */
    arrivesAfterMs: fc.constantFrom(0, LEASE_MS),
    outcome: fc.constantFrom("unknown", "unknown", "unknown", "stored", "crash"),
  }),
  { minLength: 2, maxLength: 12 },
);

describe("given calls with one key, whose outcomes are unknown, at any time", () => {
  it("as long as our key lives, Stripe never makes a second intent for it", async () => {
    let resumed = 0;
    await fc.assert(
      fc.asyncProperty(calls, async (sequence) => {
        const stripe = new Stripe();
        const id = randomUUID();
        let now = Date.parse("2026-11-25T00:00:00.500Z");
        for (const { waitMs, arrivesAfterMs, outcome } of sequence) {
          now += waitMs;
          const claim = await claimedAt(id, now);
          if (claim === undefined) continue;
          const isNew = stripe.creates(claim.vendorKey, now + arrivesAfterMs);
          if (claim.resumed) {
            resumed += 1;
            expect(isNew).toBe(false);
          }
          if (outcome === "stored") await completeClaim(claim, "sealed answer");
          if (outcome === "unknown") await suspendClaim(claim);
        }
      }),
      { numRuns: tries({ sample: 10, whole: 40 }) },
    );
    expect(resumed).toBeGreaterThan(tries({ sample: 3, whole: 15 }));
  });
});

/** Undefined if the call does not run: its response is stored, or another call has the key. */
async function claimedAt(id: string, now: number) {
  const request = { id, inputsDigests: ["inputs"], vendorKey: vendorKeyOf(id, [String(now)]) };
  const result = await claimKey({ ...request, leaseUntil: now + LEASE_MS, now: new Date(now) }).catch(
    () => undefined,
  );
  return result?.kind === "claimed" ? result.claim : undefined;
}

describe("given two stages that use one Stripe account", () => {
  it("the same principal, capability and key never give the same key at Stripe", () => {
    const text = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(text, text, text, text, (principal, key, one, other) => {
        fc.pre(one !== other);
        const id = scopedKey({ id: principal, roles: [] }, "stripe-create-payment-intent", key);
        expect(vendorKeyOf(id, [one])).not.toBe(vendorKeyOf(id, [other]));
        expect(vendorKeyOf(id, [one])).toMatch(/^[\w-]{43}$/);
      }),
    );
  });
});
