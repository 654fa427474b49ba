import { createHash, createHmac } from "node:crypto";
import { describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { LEAN } from "../../../lib/aws/lean-client.ts";
import { within } from "../../../lib/aws/timeouts.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytes = fc.uint8Array({ maxLength: 200 });
/** A key in each form that the SDK may pass, with its bytes. */
const secret = fc.oneof(
  fc.string({ unit: "grapheme" }).map((text) => ({ given: text, key: Buffer.from(text) })),
  bytes.map((given) => ({ given, key: Buffer.from(given) })),
  bytes.map((given) => ({ given: given.slice().buffer, key: Buffer.from(given) })),
  bytes.map((given) => ({
    given: Buffer.concat([Buffer.from("x"), given]).subarray(1),
    key: Buffer.from(given),
  })),
);

describe("given the hash that AWS's clients sign with", () => {
  it("it is HMAC-SHA256 of all chunks with a key of any form, also after a reset", async () => {
    await fc.assert(
      fc.asyncProperty(secret, fc.array(bytes), async ({ given, key }, chunks) => {
        const hash = new LEAN.sha256(given);
        const expected = createHmac("sha256", key).update(Buffer.concat(chunks)).digest("hex");
        for (const chunk of chunks) hash.update(chunk);
        expect(hex(await hash.digest())).toBe(expected);
        hash.reset();
        for (const chunk of chunks) hash.update(chunk);
        expect(hex(await hash.digest())).toBe(expected);
      }),
    );
  });

  it("without a key it is SHA-256", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (chunk) => {
        const hash = new LEAN.sha256();
        hash.update(chunk);
        expect(hex(await hash.digest())).toBe(createHash("sha256").update(chunk).digest("hex"));
      }),
    );
  });
});

describe("given a call with a time limit", () => {
  it("its result or failure counts when it comes in time, and no timer is left", async () => {
    jest.useFakeTimers();
    await expect(within(1_000, Promise.resolve("sent"))).resolves.toBe("sent");
    await expect(within(1_000, Promise.reject(new Error("refused")))).rejects.toThrow("refused");
    expect(jest.getTimerCount()).toBe(0);
    jest.useRealTimers();
  });

  it("it rejects when the time is over, and a later failure of the call is no unhandled rejection", async () => {
    jest.useFakeTimers();
    let fail = (_: Error) => {};
    const call = new Promise<never>((_, reject) => {
      fail = reject;
    });
    const ended = expect(within(1_000, call)).rejects.toThrow("No response within 1000 ms");
    jest.advanceTimersByTime(1_000);
    await ended;
    fail(new Error("too late"));
    jest.useRealTimers();
  });
});
