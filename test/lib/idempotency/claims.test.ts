import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import {
  answerTtlSeconds,
  claimKey,
  completeClaim,
  releaseClaim,
  returnClaim,
  suspendClaim,
} from "../../../lib/idempotency/claims.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const START = Date.parse("2026-11-24T00:00:00Z");
const LEASE_MS = 10_000;
const HOUR_MS = 3_600_000;

const claimAt = (id: string, afterMs = 0, inputsDigest: string | string[] = "inputs") =>
  claimKey({
    id,
    inputsDigests: [inputsDigest].flat(),
    vendorKey: `vendor key at ${afterMs}`,
    leaseUntil: START + afterMs + LEASE_MS,
    now: new Date(START + afterMs),
  });

async function claimed(id: string, afterMs = 0) {
  const result = await claimAt(id, afterMs);
  if (result.kind !== "claimed") throw new Error("the key already has a response");
  return result.claim;
}

describe("given a new key", () => {
  it("of fifty concurrent claims exactly one gets it, and the others get a CONFLICT with a time to retry", async () => {
    const id = randomUUID();
    const results = await Promise.allSettled(Array.from({ length: 50 }, () => claimAt(id)));
    const refused = results.filter((result) => result.status === "rejected").map((result) => result.reason);
    expect(refused).toHaveLength(49);
    for (const problem of refused) expect(problem).toMatchObject({ code: "CONFLICT", retryAfterSeconds: 10 });
  });
});

describe("given a claimed key", () => {
  it("its stored response is found by the next claim", async () => {
    const id = randomUUID();
    expect(await completeClaim(await claimed(id), "sealed answer")).toBe(true);
    expect(await claimAt(id, 1_000)).toEqual({
      kind: "answered",
      sealedAnswer: "sealed answer",
    });
  });

  it("other inputs are refused while the call runs and after it has ended", async () => {
    const id = randomUUID();
    const claim = await claimed(id);
    await expect(claimAt(id, 0, "other")).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
    await completeClaim(claim, "sealed answer");
    await expect(claimAt(id, 0, "other")).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
  });

  it("the key is free again once it is released", async () => {
    const id = randomUUID();
    await releaseClaim(await claimed(id));
    expect((await claimAt(id, 0, "other")).kind).toBe("claimed");
  });

  it("after a suspension the same inputs take it over immediately, and other inputs never do", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    await expect(claimAt(id, 1, "other")).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
    expect((await claimAt(id, 1)).kind).toBe("claimed");
  });

  it("it is taken over once its lease has ended, and not before", async () => {
    const id = randomUUID();
    await claimed(id);
    await expect(claimAt(id, LEASE_MS - 1)).rejects.toMatchObject({ code: "CONFLICT", retryAfterSeconds: 1 });
    expect((await claimAt(id, LEASE_MS)).kind).toBe("claimed");
  });

  it("a late owner cannot complete, release or suspend a claim that another has taken over", async () => {
    const id = randomUUID();
    const late = await claimed(id);
    const owner = await claimed(id, LEASE_MS);
    expect(await completeClaim(late, "late answer")).toBe(false);
    expect(await releaseClaim(late)).toBe(false);
    expect(await suspendClaim(late)).toBe(false);
    expect(await completeClaim(owner, "the answer")).toBe(true);
    expect(await claimAt(id, LEASE_MS)).toEqual({
      kind: "answered",
      sealedAnswer: "the answer",
    });
  });
});

describe("given a call that did nothing itself", () => {
  it("it gives a fresh claim back as a free key", async () => {
    const id = randomUUID();
    const claim = await claimed(id);
    expect(claim.resumed).toBe(false);
    expect(await returnClaim(claim)).toBe(true);
    expect(await getItem("IdempotencyKeysTable", { id })).toBeUndefined();
  });

  it("it gives a resumed claim back unchanged: the outcome of the earlier call is still unknown", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    const claim = await claimed(id, 1);
    expect(claim.resumed).toBe(true);
    expect(await returnClaim(claim)).toBe(true);
    await expect(claimAt(id, 2, "other")).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
    expect((await claimAt(id, 2)).kind).toBe("claimed");
  });

  it("a claim on an expired key is a fresh one", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    expect(await claimed(id, 25 * HOUR_MS)).toMatchObject({ resumed: false });
  });
});

describe("given a rotation of the secret that keys the digests", () => {
  it("the key is still recognized by its previous digest: replayed, resumed, and closed to other inputs", async () => {
    const [answered, open] = [randomUUID(), randomUUID()];
    await completeClaim(await claimed(answered), "sealed answer");
    await suspendClaim(await claimed(open));
    expect(await claimAt(answered, 1, ["new digest", "inputs"])).toMatchObject({ kind: "answered" });
    await expect(claimAt(open, 1, ["new digest", "other"])).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(await claimAt(open, 1, ["new digest", "inputs"])).toMatchObject({ kind: "claimed" });
    expect(await getItem("IdempotencyKeysTable", { id: open })).toMatchObject({ inputsDigest: "new digest" });
  });
});

describe("given IDEMPOTENCY_TTL_HOURS", () => {
  afterEach(() => {
    delete process.env.IDEMPOTENCY_TTL_HOURS;
  });

  it("a response is kept for a day by default", async () => {
    expect(answerTtlSeconds()).toBe(24 * 3600);
    process.env.IDEMPOTENCY_TTL_HOURS = "2";
    const id = randomUUID();
    await completeClaim(await claimed(id), "sealed answer");
    expect((await claimAt(id, 2 * HOUR_MS - 1000)).kind).toBe("answered");
    expect((await claimAt(id, 2 * HOUR_MS)).kind).toBe("claimed");
  });

  it("one hour is the shortest", () => {
    process.env.IDEMPOTENCY_TTL_HOURS = "1";
    expect(answerTtlSeconds()).toBe(3600);
  });

  it.each(["0", "-1", "1.5", "25", "48", "a day", "Infinity"])("%s is refused by name", (hours) => {
    process.env.IDEMPOTENCY_TTL_HOURS = hours;
    expect(answerTtlSeconds).toThrow(
      "IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1 to 24, because Stripe forgets its keys " +
        `after 24 hours; it is "${hours}"`,
    );
  });
});

describe("given a claim whose call left no outcome", () => {
  it("the calls that resume it keep its vendor key and its end", async () => {
    const id = randomUUID();
    const first = await claimed(id);
    expect(first).toMatchObject({ resumed: false, vendorKey: "vendor key at 0" });
    await suspendClaim(first);
    const second = await claimed(id, 12 * HOUR_MS);
    expect(second).toMatchObject({ resumed: true, vendorKey: "vendor key at 0" });
    await suspendClaim(second);
    expect(await getItem("IdempotencyKeysTable", { id })).toMatchObject({
      expiresAt: (START + 24 * HOUR_MS) / 1000,
    });
    expect(await claimed(id, 24 * HOUR_MS)).toMatchObject({
      resumed: false,
      vendorKey: `vendor key at ${24 * HOUR_MS}`,
    });
  });

  it("no call resumes it that could still run at its end: it gets a CONFLICT until then", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    const end = 24 * HOUR_MS;
    const late = await claimAt(id, end - LEASE_MS).catch((problem: unknown) => problem);
    expect(late).toMatchObject({ code: "CONFLICT", retryAfterSeconds: 10 });
    expect(await claimed(id, end - LEASE_MS - 1)).toMatchObject({ resumed: true });
  });

  it("the response of a resumed call is kept for its whole time to live", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    await completeClaim(await claimed(id, 23 * HOUR_MS), "sealed answer");
    expect((await claimAt(id, 46 * HOUR_MS)).kind).toBe("answered");
    expect((await claimAt(id, 47 * HOUR_MS)).kind).toBe("claimed");
  });

  it("one of an earlier version, without a vendor key, is resumed with the key that was sent then: its id", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    const { vendorKey: _none, ...older } = (await getItem("IdempotencyKeysTable", { id })) ?? {};
    await putItem("IdempotencyKeysTable", older);
    expect(await claimed(id, 1)).toMatchObject({ resumed: true, vendorKey: id });
  });
});

describe("given a stored response that is a day old", () => {
  it("its key can be used again, even with other inputs", async () => {
    const id = randomUUID();
    await completeClaim(await claimed(id), "sealed answer");
    expect((await claimAt(id, 23 * HOUR_MS)).kind).toBe("answered");
    expect((await claimAt(id, 25 * HOUR_MS, "other")).kind).toBe("claimed");
  });
});

describe("given a refusal to claim", () => {
  it("because of other inputs, it names the header and says what to do", async () => {
    const id = randomUUID();
    await claimed(id);
    const message = "was already used with different inputs; send a new key for a new call";
    await expect(claimAt(id, 1, "other")).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      message: `The header Idempotency-Key ${message}`,
      issues: [{ path: "headers.Idempotency-Key", message }],
    });
  });

  it.each([
    ["the lease lasts longer than that", 60_000, 30],
    ["the lease ends in a second and a bit", 1_001, 2],
    ["the lease ends within the second", 1, 1],
  ])(
    "while another call runs, the time to retry is from 1 to 30 seconds: %s",
    async (_what, leftMs, seconds) => {
      const id = randomUUID();
      await claimKey({
        ...{ id, inputsDigests: ["inputs"], vendorKey: "vendor key" },
        ...{ leaseUntil: START + leftMs, now: new Date(START) },
      });
      await expect(claimAt(id)).rejects.toMatchObject({
        code: "CONFLICT",
        message: "A call with this Idempotency-Key is still in progress",
        retryAfterSeconds: seconds,
      });
    },
  );
});

describe("given the second in which a key expires", () => {
  it("a claim on it is a fresh one", async () => {
    const id = randomUUID();
    await suspendClaim(await claimed(id));
    expect(await claimed(id, 24 * HOUR_MS - LEASE_MS - 1)).toMatchObject({ resumed: true });
    await suspendClaim(await claimed(id, 24 * HOUR_MS));
    expect(await claimed(id, 48 * HOUR_MS)).toMatchObject({ resumed: false });
  });
});

describe("given a claim of another owner", () => {
  it("only the owner who stored a response sees it as stored, and no other response replaces it", async () => {
    const id = randomUUID();
    const claim = await claimed(id);
    expect(await completeClaim(claim, "the answer")).toBe(true);
    expect(await completeClaim({ ...claim, owner: randomUUID() }, "the answer")).toBe(false);
    expect(await completeClaim(claim, "another answer")).toBe(false);
    expect(await getItem("IdempotencyKeysTable", { id })).toMatchObject({
      state: "completed",
      answer: "the answer",
    });
  });

  it("a claim that is no longer in the table cannot be completed", async () => {
    const id = randomUUID();
    const claim = await claimed(id);
    await releaseClaim(claim);
    expect(await completeClaim(claim, "the answer")).toBe(false);
    expect(await getItem("IdempotencyKeysTable", { id })).toBeUndefined();
  });
});
