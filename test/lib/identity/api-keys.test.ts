import type { ServerResponse } from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { keyHashOf, keyIdOf } from "../../../lib/identity/api-key.ts";
import {
  createApiKey,
  identifyApiKey,
  LAST_USED_RESOLUTION_MS,
  listApiKeys,
  revokeApiKey,
  rotateApiKey,
} from "../../../lib/identity/api-keys.ts";
import { waitFor } from "../../../local/stack-client.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";

const NOW = new Date("2026-11-25T12:00:00Z");
const HOUR = 3_600;
const shop = { id: "shop", roles: ["checkout", "support"] };

/** Passes requests on to DynamoDB, and records them; those in `broken` fail or hang. */
let calls: string[] = [];
let broken: { action: string; how: "fails" | "hangs" } | undefined;
const hanging: ServerResponse[] = [];
const refuse = (response: ServerResponse) =>
  answerJson(response, 400, { __type: "com.amazonaws.dynamodb#AccessDeniedException" });

const aws = given.localAws();
let front: LoopbackServer;
const log = given.capturedLog();
beforeAll(async () => {
  front = await loopbackServer(async ({ headers }, body, response) => {
    const target = String(headers["x-amz-target"]);
    calls.push(target.replace(/^.*\./, ""));
    if (broken !== undefined && target.endsWith(broken.action)) {
      if (broken.how === "fails") refuse(response);
      else hanging.push(response);
      return;
    }
    const answer = await fetch(aws.endpoints.dynamodb, {
      method: "POST",
      body: new Uint8Array(body),
      headers: {
        "x-amz-target": target,
        "content-type": String(headers["content-type"]),
        authorization: String(headers.authorization),
        "x-amz-date": String(headers["x-amz-date"]),
      },
    });
    response
      .writeHead(answer.status, { "content-type": "application/x-amz-json-1.0" })
      .end(Buffer.from(await answer.arrayBuffer()));
  });
  process.env.AWS_ENDPOINT_URL_DYNAMODB = front.url;
});
afterEach(() => {
  calls = [];
  broken = undefined;
  log.clear();
});
afterAll(async () => {
  await front.close();
});

const later = (seconds: number) => new Date(NOW.getTime() + seconds * 1000);
const inSeconds = (time: Date) => Math.floor(time.getTime() / 1000);
const stored = async (keyId: string) => (await getItem("ApiKeysTable", { keyId })) ?? {};
const aKey = (expiresAt?: number, now = NOW) => createApiKey(shop, { expiresAt }, now);

describe("given a key that was created", () => {
  it("it names its principal, roles and customer", async () => {
    const { key } = await createApiKey({ ...shop, customerId: "cus_1" }, {}, NOW);
    expect(await identifyApiKey(key, NOW)).toEqual({ ok: true, principal: { ...shop, customerId: "cus_1" } });
  });

  it("the table contains its digest, and neither the table nor the log contains the key", async () => {
    const { key, record } = await aKey();
    await identifyApiKey(key, NOW);
    await identifyApiKey(`${key}x`, NOW);
    const item = await stored(record.keyId);
    expect(item).toMatchObject({ keyHash: keyHashOf(key), createdAt: NOW.toISOString() });
    expect(JSON.stringify(item) + log.text()).not.toContain(key);
  });

  it("it works until its expiry, and not in the second of the expiry", async () => {
    const { key } = await aKey(inSeconds(NOW) + HOUR);
    expect(await identifyApiKey(key, later(HOUR - 1))).toMatchObject({ ok: true });
    expect(await identifyApiKey(key, later(HOUR))).toEqual({ ok: false, refusal: "expired-key" });
  });

  it("once revoked it is refused as revoked, also after its expiry, and the time of the first revocation stays", async () => {
    const { key, record } = await aKey(inSeconds(NOW) + HOUR);
    expect(await revokeApiKey(record.keyId, NOW)).toMatchObject({ revokedAt: NOW.toISOString() });
    expect(await revokeApiKey(record.keyId, later(60))).toMatchObject({ revokedAt: NOW.toISOString() });
    for (const now of [NOW, later(2 * HOUR)]) {
      expect(await identifyApiKey(key, now)).toEqual({ ok: false, refusal: "revoked-key" });
    }
    expect(log.text()).toContain(`"keyId":"${record.keyId}","principalId":"shop"`);
  });

  it.each([
    [{ ...shop, id: "jwt:ada" }, {}, "principal"],
    [{ ...shop, id: "JWT:ada" }, {}, "principal"],
    [{ ...shop, id: "" }, {}, "principal"],
    [{ ...shop, id: "a b" }, {}, "principal"],
    [{ ...shop, roles: [] }, {}, "role"],
    [{ ...shop, roles: ["check out"] }, {}, "role"],
    [{ ...shop, customerId: "ada@example.com" }, {}, "customer"],
    [shop, { expiresAt: inSeconds(NOW) }, "expires"],
  ])("no key is created for %j with %j, and the mistake is named", async (principal, end, path) => {
    const before = (await listApiKeys()).length;
    await expect(createApiKey(principal, end, NOW)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      issues: [{ path }],
    });
    expect(await listApiKeys()).toHaveLength(before);
  });
});

describe("given a key that is not in the table", () => {
  it("it is unknown, and the log contains nothing of it", async () => {
    expect(await identifyApiKey("hunter2", NOW)).toEqual({ ok: false, refusal: "unknown-key" });
    expect(log.text()).toContain("unknown-key");
    expect(log.text()).not.toMatch(/hunter2|key_/);
  });

  it.each<[string, object]>([
    ["the digest of another key with the same id", { keyHash: keyHashOf("other") }],
    ["no digest", { keyHash: undefined }],
    ["a principal that only a token can have", { principalId: "jwt:ada" }],
    ["roles that are not a list of text", { roles: ["admin", 1] }],
    ["a customer that is not text", { customerId: 7 }],
    ["an expiry that is not a number", { expiresAt: "never" }],
  ])("an item with %s authenticates nobody", async (_what, damage) => {
    const whole = {
      keyId: keyIdOf("some-key"),
      keyHash: keyHashOf("some-key"),
      principalId: "shop",
      roles: ["admin"],
      createdAt: NOW.toISOString(),
    };
    await putItem("ApiKeysTable", whole);
    expect(await identifyApiKey("some-key", NOW)).toMatchObject({ ok: true });
    await putItem("ApiKeysTable", { ...whole, ...damage });
    expect(await identifyApiKey("some-key", NOW)).toEqual({ ok: false, refusal: "unknown-key" });
  });

  it("if the table cannot be read, the key is neither accepted nor refused", async () => {
    broken = { action: "GetItem", how: "fails" };
    await expect(identifyApiKey("any", NOW)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("given a key that is used again and again", () => {
  it("its use is noted once an hour, and other calls only read", async () => {
    const { key, record } = await aKey();
    calls = [];
    for (const seconds of [0, 1, HOUR - 1]) await identifyApiKey(key, later(seconds));
    expect(calls).toEqual(["GetItem", "UpdateItem", "GetItem", "GetItem"]);
    expect(await stored(record.keyId)).toMatchObject({ lastUsedAt: NOW.toISOString() });

    const nextHour = new Date(NOW.getTime() + LAST_USED_RESOLUTION_MS);
    await identifyApiKey(key, nextHour);
    expect(await stored(record.keyId)).toMatchObject({ lastUsedAt: nextHour.toISOString() });
  });

  it("of concurrent calls that find the note due, one writes it", async () => {
    const { key, record } = await aKey();
    const found = await Promise.all(
      [0, 1, 2, 3].map((ms) => identifyApiKey(key, new Date(NOW.getTime() + ms))),
    );
    for (const identity of found) expect(identity).toMatchObject({ ok: true });
    expect(String((await stored(record.keyId)).lastUsedAt)).toMatch(/^2026-11-25T12:00:00\.00\dZ$/);
  });

  it.each(["fails", "hangs"] as const)("a note that %s does not refuse the call", async (how) => {
    const { key, record } = await aKey();
    broken = { action: "UpdateItem", how };
    expect(await identifyApiKey(key, NOW)).toEqual({ ok: true, principal: shop });
    expect(await stored(record.keyId)).not.toHaveProperty("lastUsedAt");
    for (const response of hanging.splice(0)) refuse(response);
    await waitFor("the line", async () => /identity.use-not-noted/.exec(log.text()) ?? undefined);
  });

  it("the use of a key that is refused is not noted", async () => {
    const { key, record } = await aKey();
    await revokeApiKey(record.keyId, NOW);
    await identifyApiKey(key, NOW);
    expect(await stored(record.keyId)).not.toHaveProperty("lastUsedAt");
  });
});

describe("given a key that is rotated", () => {
  it("the new one works immediately for the same principal, and the old one until the grace time ends", async () => {
    const principal = { ...shop, customerId: "cus_2" };
    const first = await createApiKey(principal, {}, NOW);
    const second = await rotateApiKey(first.record.keyId, { graceSeconds: HOUR }, NOW);
    expect(second.key).not.toBe(first.key);
    expect(await identifyApiKey(second.key, NOW)).toEqual({ ok: true, principal });
    expect(await identifyApiKey(first.key, later(HOUR - 1))).toEqual({
      ok: true,
      principal,
      expiresAt: inSeconds(later(HOUR)),
    });
    expect(await identifyApiKey(first.key, later(HOUR))).toEqual({ ok: false, refusal: "expired-key" });
    expect(second.old).toMatchObject({ replacedBy: second.record.keyId, expiresAt: inSeconds(later(HOUR)) });
    expect(second.record).not.toHaveProperty("expiresAt");
  });

  it("the grace time does not extend the old one, and the new one has the old one's lifetime", async () => {
    const first = await aKey(inSeconds(NOW) + 10 * HOUR);
    const second = await rotateApiKey(first.record.keyId, { graceSeconds: 24 * HOUR }, later(9 * HOUR));
    expect(second.old.expiresAt).toBe(inSeconds(NOW) + 10 * HOUR);
    expect(second.record.expiresAt).toBe(inSeconds(NOW) + 19 * HOUR);
  });

  it("another expiry can be chosen for the new one", async () => {
    const { record } = await aKey(inSeconds(NOW) + HOUR);
    const expiresAt = inSeconds(NOW) + 5 * HOUR;
    expect((await rotateApiKey(record.keyId, { graceSeconds: 0, expiresAt }, NOW)).record).toMatchObject({
      expiresAt,
    });
  });

  it("one that is already rotated, revoked or expired cannot be rotated", async () => {
    const [rotated, revoked, expired] = await Promise.all([aKey(), aKey(), aKey(inSeconds(NOW) + 1)]);
    const second = await rotateApiKey(rotated.record.keyId, { graceSeconds: HOUR }, NOW);
    await revokeApiKey(revoked.record.keyId, NOW);
    const count = (await listApiKeys()).length;
    for (const [{ record }, message] of [
      [rotated, `was already rotated to ${second.record.keyId}`],
      [revoked, "is revoked"],
      [expired, "has expired"],
    ] as const) {
      await expect(rotateApiKey(record.keyId, { graceSeconds: 0 }, later(2))).rejects.toMatchObject({
        code: "CONFLICT",
        message: expect.stringContaining(message),
      });
    }
    expect(await listApiKeys()).toHaveLength(count);
  });

  it("of concurrent rotations one wins, and the keys of the others do not work", async () => {
    const first = await aKey();
    const before = new Set((await listApiKeys()).map(({ keyId }) => keyId));
    const settled = await Promise.allSettled(
      Array.from({ length: 4 }, () => rotateApiKey(first.record.keyId, { graceSeconds: HOUR }, NOW)),
    );
    const won = settled.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(won).toHaveLength(1);
    const made = (await listApiKeys()).filter(({ keyId }) => !before.has(keyId));
    expect(made.filter(({ revokedAt }) => revokedAt === undefined).map(({ keyId }) => keyId)).toEqual([
      won[0]?.record.keyId,
    ]);
  });
});

describe("given no key with that id", () => {
  it("it can be neither revoked nor rotated, and no key is created", async () => {
    const keyId = "key_0000000000000000";
    await expect(revokeApiKey(keyId, NOW)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(rotateApiKey(keyId, { graceSeconds: 0 }, NOW)).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(await getItem("ApiKeysTable", { keyId })).toBeUndefined();
  });
});

describe("given many keys", () => {
  it("the list contains all of them, from every page, the newest first", async () => {
    const padding = "x".repeat(300_000);
    for (let number = 0; number < 5; number++) {
      const { record } = await aKey(undefined, later(20 * HOUR + number));
      await putItem("ApiKeysTable", { ...(await stored(record.keyId)), padding });
    }
    calls = [];
    const created = (await listApiKeys()).map(({ createdAt }) => createdAt);
    expect(calls.filter((action) => action === "Scan").length).toBeGreaterThan(1);
    expect(created.slice(0, 5)).toEqual(
      [4, 3, 2, 1, 0].map((number) => later(20 * HOUR + number).toISOString()),
    );
    expect(created).toEqual([...created].sort().reverse());
  });
});

describe("given the messages for the operator", () => {
  it("a refusal has its own log line, and so has a use that could not be noted", async () => {
    const { key, record } = await aKey();
    await identifyApiKey(`${key}x`, NOW);
    expect(JSON.parse(log.text())).toMatchObject({
      level: "info",
      event: "identity.refused",
      outcome: "rejected",
      refusal: "unknown-key",
    });
    log.clear();
    broken = { action: "UpdateItem", how: "fails" };
    await identifyApiKey(key, NOW);
    expect(JSON.parse(log.text())).toMatchObject({
      level: "warn",
      event: "identity.use-not-noted",
      keyId: record.keyId,
      cause: expect.stringContaining("AccessDenied"),
    });
  });

  it("a use of a revoked or expired key is counted for the alarm, and one of an unknown key is not", async () => {
    const { key, record } = await aKey();
    await revokeApiKey(record.keyId, NOW);
    log.clear();
    await identifyApiKey(key, NOW);
    expect(JSON.parse(log.text())).toMatchObject({
      refusal: "revoked-key",
      KeysRefused: 1,
      _aws: { CloudWatchMetrics: [{ Dimensions: [["stage"]] }] },
    });
    log.clear();
    await identifyApiKey(`${key}x`, NOW);
    expect(log.text()).not.toContain("KeysRefused");
  });

  it("a missing key is reported by its id and the table", async () => {
    await expect(revokeApiKey("key_0000000000000000", NOW)).rejects.toMatchObject({
      message: "Key key_0000000000000000 does not exist in the table ApiKeysTable",
    });
  });

  it("for a key that would already have expired, the problem says what is wrong with the expiry", async () => {
    await expect(aKey(inSeconds(NOW))).rejects.toMatchObject({
      issues: [{ path: "expires", message: "must be in the future: the key would never work" }],
    });
  });

  it("an incomplete item is not listed", async () => {
    await putItem("ApiKeysTable", { keyId: "key_00000000000000ff", createdAt: NOW.toISOString() });
    expect((await listApiKeys()).map(({ keyId }) => keyId)).not.toContain("key_00000000000000ff");
  });
});
