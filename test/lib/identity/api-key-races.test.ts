import crypto from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import { deleteItem, getItem } from "../../../lib/aws/dynamodb.ts";
import {
  createApiKey,
  identifyApiKey,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from "../../../lib/identity/api-keys.ts";
import { waitFor } from "../../../local/stack-client.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();
given.capturedLog();

const NOW = new Date("2026-11-25T12:00:00Z");
const shop = { id: "shop", roles: ["checkout"] };
const aKey = () => createApiKey(shop, {}, NOW);
const stored = (keyId: string) => getItem("ApiKeysTable", { keyId });

/** Starts `work`, and runs `meanwhile` between its read and its write. */
async function during<T>(work: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> {
  dynamodb.fail({ kind: "held", operation: "UpdateItem" });
  const working = work();
  const held = waitFor("the write", async () => dynamodb.requests.find(({ failed }) => failed === "held"));
  // It may end before it is released: the wait for the note of a use is limited.
  await Promise.race([held, working]);
  await meanwhile();
  await dynamodb.letGo();
  return working;
}

describe("given a key whose use is about to be noted", () => {
  it("a later use that is noted first is not overwritten", async () => {
    const { key, record } = await aKey();
    const later = new Date(NOW.getTime() + 3);
    await during(
      () => identifyApiKey(key, NOW),
      () => identifyApiKey(key, later),
    );
    expect(await stored(record.keyId)).toMatchObject({ lastUsedAt: later.toISOString() });
  });

  it("and that is deleted, the note does not create an incomplete item", async () => {
    const { key, record } = await aKey();
    await during(
      () => identifyApiKey(key, NOW),
      () => deleteItem("ApiKeysTable", { keyId: record.keyId }, {}),
    );
    expect(await stored(record.keyId)).toBeUndefined();
  });
});

describe("given a key that is about to be rotated", () => {
  it.each<[string, (keyId: string) => Promise<unknown>]>([
    ["revoked", (keyId) => revokeApiKey(keyId, NOW)],
    ["deleted", (keyId) => deleteItem("ApiKeysTable", { keyId }, {})],
  ])("and is %s at the same time, the rotation creates no key that works", async (_what, meanwhile) => {
    const { record } = await aKey();
    const before = new Set((await listApiKeys()).map(({ keyId }) => keyId));
    const outcome = await during(
      () => rotateApiKey(record.keyId, { graceSeconds: 60 }, NOW).catch((problem: unknown) => problem),
      () => meanwhile(record.keyId),
    );
    expect(outcome).toMatchObject({
      code: "CONFLICT",
      message: `Key ${record.keyId} was rotated or revoked at the same time; list the keys`,
    });
    const made = (await listApiKeys()).filter(({ keyId }) => !before.has(keyId));
    expect(made).toMatchObject([{ revokedAt: NOW.toISOString() }]);
    expect((await stored(record.keyId)) ?? {}).not.toHaveProperty("replacedBy");
  });
});

describe("given a new key with the id of another key", () => {
  it("it is not created, and the other key is unchanged", async () => {
    const random = jest.spyOn(crypto, "randomBytes").mockImplementation(() => Buffer.alloc(32, 7));
    const { record } = await aKey();
    await expect(createApiKey({ ...shop, roles: ["admin"] }, {}, NOW)).rejects.toMatchObject({
      code: "CONFLICT",
      message: `Key ${record.keyId} already exists; nothing was created`,
    });
    random.mockRestore();
    expect(await stored(record.keyId)).toMatchObject({ roles: ["checkout"] });
  });
});
