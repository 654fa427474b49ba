import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { claimKey, completeClaim, releaseClaim } from "../../../lib/idempotency/claims.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const NOW = new Date("2026-11-25T00:00:00Z");
const LEASE_MS = 10_000;
const claim = (id: string, { afterMs = 0, inputs = "inputs" } = {}) =>
  claimKey({
    ...{ id, inputsDigests: [inputs], vendorKey: "vendor key" },
    ...{ leaseUntil: NOW.getTime() + afterMs + LEASE_MS, now: new Date(NOW.getTime() + afterMs) },
  });
async function claimed(id: string) {
  const result = await claim(id);
  if (result.kind !== "claimed") throw new Error("the key already has a response");
  return result.claim;
}
const operations = () => dynamodb.requests.map(({ operation }) => operation);

describe("given a lost response from DynamoDB, after which the SDK sends the write again", () => {
  it("a claim finds its own first write; the item before it is unknown, so the claim counts as resumed", async () => {
    dynamodb.fail({ kind: "reset-after", operation: "PutItem" });
    const own = await claimed(randomUUID());
    expect(operations()).toEqual(["PutItem", "PutItem", "GetItem"]);
    expect(own).toMatchObject({ resumed: true });
    expect(await completeClaim(own, "the answer")).toBe(true);
  });

  it("a completion finds its own first write", async () => {
    const own = await claimed(randomUUID());
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    expect(await completeClaim(own, "the answer")).toBe(true);
    expect(await claim(own.id)).toMatchObject({ kind: "answered", sealedAnswer: "the answer" });
  });
});

describe("given writes whose responses arrive", () => {
  it("nothing is read", async () => {
    await completeClaim(await claimed(randomUUID()), "the answer");
    expect(operations()).toEqual(["PutItem", "UpdateItem"]);
  });
});

describe("given a key that cannot be claimed", () => {
  const refused = (id: string, changes = {}) => claim(id, changes).catch((problem: unknown) => problem);

  it("a call that finds an answer, a running call or other inputs writes nothing more", async () => {
    const [answered, running, abandoned] = [randomUUID(), randomUUID(), randomUUID()];
    await completeClaim(await claimed(answered), "the answer");
    await claimed(running);
    await claimed(abandoned);
    dynamodb.reset();
    expect(await claim(answered, { afterMs: LEASE_MS })).toMatchObject({ kind: "answered" });
    expect(await refused(running)).toMatchObject({ code: "CONFLICT", retryAfterSeconds: 10 });
    expect(await refused(abandoned, { afterMs: LEASE_MS, inputs: "others" })).toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(operations()).toEqual(Array.from({ length: 3 }, () => ["PutItem", "GetItem"]).flat());
  });

  it("of two calls that find it abandoned, the second one to take it over gets a CONFLICT", async () => {
    const { id } = await claimed(randomUUID());
    dynamodb.fail({ kind: "held", operation: "UpdateItem" });
    const second = refused(id, { afterMs: LEASE_MS });
    const write = waitFor("the write", async () =>
      operations().find((operation) => operation === "UpdateItem"),
    );
    await Promise.race([write, second]);
    expect(await claim(id, { afterMs: LEASE_MS })).toMatchObject({
      kind: "claimed",
      claim: { resumed: true },
    });
    await dynamodb.letGo();
    expect(await second).toMatchObject({ code: "CONFLICT" });
  });
});

describe("given a key that is freed while another call checks why it did not get it", () => {
  it("that call gets a CONFLICT with the shortest time to retry", async () => {
    const id = randomUUID();
    const first = await claimed(id);
    dynamodb.fail({ kind: "held", operation: "GetItem" });
    const second = claim(id).catch((problem: unknown) => problem);
    const look = waitFor("the look", async () => operations().find((operation) => operation === "GetItem"));
    // It cannot end before it is released.
    await Promise.race([look, second]);
    await releaseClaim(first);
    await dynamodb.letGo();
    expect(await second).toMatchObject({ code: "CONFLICT", retryAfterSeconds: 1 });
    expect((await claim(id)).kind).toBe("claimed");
  });
});
