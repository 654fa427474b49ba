import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { claimKey, completeClaim, releaseClaim } from "../../../lib/idempotency/claims.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const NOW = new Date("2026-11-25T00:00:00Z");
const claim = (id: string) =>
  claimKey({
    ...{ id, inputsDigests: ["inputs"], vendorKey: "vendor key" },
    ...{ leaseUntil: NOW.getTime() + 10_000, now: NOW },
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
