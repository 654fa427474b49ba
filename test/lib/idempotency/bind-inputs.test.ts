import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { bindInputs } from "../../../lib/idempotency/bind-inputs.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const NOW = new Date("2026-11-25T00:00:00.900Z");
const SECONDS = Math.floor(NOW.getTime() / 1000);
const DAY = 24 * 60 * 60;
const TABLE = "IdempotencyKeysTable";

const bind = (id: string, inputsDigests: readonly string[], secondsLater = 0) =>
  bindInputs({ id, inputsDigests, now: new Date(NOW.getTime() + secondsLater * 1000) });
const bound = (id: string) => getItem(TABLE, { id: `inputs#${id}` });
/** A claim or a response of a call with these inputs. */
const used = (id: string, inputsDigest: string, expiresAt = SECONDS + DAY) =>
  putItem(TABLE, { id, inputsDigest, expiresAt });
const OTHERS = { code: "VALIDATION_FAILED", issues: [{ path: "headers.Idempotency-Key" }] };

describe("given a key that no call has used", () => {
  it("it is bound to the inputs for a day, by the first of their digests", async () => {
    const id = randomUUID();
    await bind(id, ["new digest", "old digest"]);
    expect(await bound(id)).toEqual({
      id: `inputs#${id}`,
      inputsDigest: "new digest",
      expiresAt: SECONDS + DAY,
    });
  });

  it("the same inputs bind it again, for a day from then, also after the secret was rotated", async () => {
    const id = randomUUID();
    await bind(id, ["digest"]);
    await bind(id, ["new digest", "digest"], 60);
    expect(await bound(id)).toMatchObject({ inputsDigest: "new digest", expiresAt: SECONDS + 60 + DAY });
  });

  it("other inputs are refused until the day is over", async () => {
    const id = randomUUID();
    await bind(id, ["digest"]);
    await expect(bind(id, ["other"], DAY - 1)).rejects.toMatchObject(OTHERS);
    expect(await bound(id)).toMatchObject({ inputsDigest: "digest" });
    await bind(id, ["other"], DAY);
    expect(await bound(id)).toMatchObject({ inputsDigest: "other" });
  });
});

describe("given a key that a call has used", () => {
  it("the same inputs bind it, and other inputs are refused", async () => {
    const id = randomUUID();
    await used(id, "digest");
    await expect(bind(id, ["other"])).rejects.toMatchObject(OTHERS);
    expect(await bound(id)).toBeUndefined();
    await bind(id, ["new digest", "digest"]);
    expect(await bound(id)).toMatchObject({ inputsDigest: "new digest" });
  });

  it("other inputs bind it once it is over, and not a second before", async () => {
    const id = randomUUID();
    await used(id, "digest", SECONDS + 10);
    await expect(bind(id, ["other"], 9)).rejects.toMatchObject(OTHERS);
    await bind(id, ["other"], 10);
    expect(await bound(id)).toMatchObject({ inputsDigest: "other" });
  });
});
