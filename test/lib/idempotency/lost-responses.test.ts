import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { claimKey, completeClaim, releaseClaim } from "../../../lib/idempotency/claims.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const NOW = new Date("2026-11-25T00:00:00Z");
const claim = (id: string) =>
  claimKey({ id, inputsDigests: ["inputs"], leaseUntil: NOW.getTime() + 10_000, now: NOW });
async function claimed(id: string) {
  const result = await claim(id);
  if (result.kind !== "claimed") throw new Error("the key was answered already");
  return result.claim;
}
const operations = () => dynamodb.requests.map(({ operation }) => operation);

describe("given an answer of DynamoDB that is lost, so that the SDK sends the write again", () => {
  it("a claim finds its own first write; what was before it is not known, so it counts as resumed", async () => {
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

describe("given writes that are answered", () => {
  it("nothing is read", async () => {
    await completeClaim(await claimed(randomUUID()), "the answer");
    expect(operations()).toEqual(["PutItem", "UpdateItem"]);
  });
});

describe("given a key that is freed while another call is looking at why it did not get it", () => {
  it("that call is told to try again at once", async () => {
    const id = randomUUID();
    const first = await claimed(id);
    dynamodb.fail({ kind: "held", operation: "GetItem" });
    const second = claim(id).catch((problem: unknown) => problem);
    const look = waitFor("the look", async () => operations().find((operation) => operation === "GetItem"));
    // It cannot end before it is let go.
    await Promise.race([look, second]);
    await releaseClaim(first);
    await dynamodb.letGo();
    expect(await second).toMatchObject({ code: "CONFLICT", retryAfterSeconds: 1 });
    expect((await claim(id)).kind).toBe("claimed");
  });
});
