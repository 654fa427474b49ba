import { createHmac } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { verifySignature } from "../../../lib/events/signature.ts";

const SECRET = "whsec_test";
const NOW = 1_790_000_000;
const BODY = Buffer.from('{"id":"evt_1","amount":"5 €"}');

const digest = (timestamp: number | string, body: Buffer = BODY, secret = SECRET) =>
  createHmac("sha256", secret).update(`${timestamp}.`).update(body).digest("hex");
const signed = (timestamp: number | string, secret = SECRET) =>
  `t=${timestamp},v1=${digest(timestamp, BODY, secret)}`;
const verify = (header: string | undefined, options: { rawBody?: Buffer; secrets?: string[] } = {}) =>
  verifySignature({ header, rawBody: BODY, secrets: [SECRET], now: NOW, ...options });

describe("given a webhook request signed by Stripe", () => {
  it.each([0, -299, 299, -300, 300])("a timestamp %i s from now is accepted", (offset) => {
    expect(verify(signed(NOW + offset))).toEqual({ ok: true });
  });

  it.each([-301, 301, 31_536_000])("a timestamp %i s from now is refused, past or future", (offset) => {
    expect(verify(signed(NOW + offset))).toEqual({ ok: false, reason: "timestamp" });
  });

  it("any of several secrets is accepted during a rotation", () => {
    expect(verify(signed(NOW, "whsec_old"), { secrets: ["whsec_new", "whsec_old"] })).toEqual({ ok: true });
  });

  it("a second signature, by a secret that we do not have, is ignored", () => {
    const header = `t=${NOW},v1=${digest(NOW, BODY, "whsec_other")},v1=${digest(NOW)},v0=${digest(NOW)}`;
    expect(verify(header)).toEqual({ ok: true });
  });
});

describe("given a header from Stripe that a proxy has changed", () => {
  it.each([
    ["spaces after its commas", `t=${NOW}, v1=${digest(NOW, BODY, "whsec_other")}, v1=${digest(NOW)}`],
    ["spaces around it", ` ${signed(NOW)} `],
    ["its parts in another order", `v1=${digest(NOW)},t=${NOW}`],
    ["its digits in upper case", `t=${NOW},v1=${digest(NOW).toUpperCase()}`],
  ])("%s are accepted", (_what, header) => {
    expect(verify(header)).toEqual({ ok: true });
  });
});

describe("given a header at the limits of what is read", () => {
  it("sixteen signatures are checked, including the last one", () => {
    const others = `,v1=${digest(NOW, BODY, "whsec_other")}`.repeat(15);
    expect(verify(`t=${NOW}${others},v1=${digest(NOW)}`)).toEqual({ ok: true });
  });

  it("4096 characters are read; one more is refused", () => {
    const padded = (length: number) => `${signed(NOW)},x=`.padEnd(length, "x");
    expect(verify(padded(4096))).toEqual({ ok: true });
    expect(verify(padded(4097))).toEqual({ ok: false, reason: "malformed" });
  });

  it("a timestamp has at most twelve digits, and is signed as it is written", () => {
    const zeros = String(NOW).padStart(12, "0");
    expect(verify(`t=${zeros},v1=${digest(zeros)}`)).toEqual({ ok: true });
    expect(verify(`t=0${zeros},v1=${digest(`0${zeros}`)}`)).toEqual({ ok: false, reason: "malformed" });
  });
});

describe("given a request that Stripe did not sign", () => {
  it.each<[string, string | undefined, string]>([
    ["no header", undefined, "no-header"],
    ["an empty header", "", "no-header"],
    ["no timestamp", `v1=${digest(NOW)}`, "malformed"],
    ["two timestamps", `t=${NOW},t=${NOW},v1=${digest(NOW)}`, "malformed"],
    ["a timestamp in two parts", `t=${NOW / 1000},t=000,v1=${digest(NOW)}`, "malformed"],
    ["a timestamp without a value", `t,v1=${digest(NOW)}`, "malformed"],
    ["a timestamp after something else", `t=x${NOW},v1=${digest(`x${NOW}`)}`, "malformed"],
    ["a timestamp before something else", `t=${NOW}x,v1=${digest(`${NOW}x`)}`, "malformed"],
    ["a timestamp by another name", `at=${NOW},v1=${digest(NOW)}`, "malformed"],
    ["a v1 without a value", `t=${NOW},v1`, "malformed"],
    ["a v1 by another name", `t=${NOW},xv1=${digest(NOW)}`, "malformed"],
    ["a signature with more before it", `t=${NOW},v1=00${digest(NOW)}`, "mismatch"],
    ["a signature with more behind it", `t=${NOW},v1=${digest(NOW)}00`, "mismatch"],
    ["half a signature", `t=${NOW},v1=${digest(NOW).slice(0, 32)}`, "mismatch"],
    ["a timestamp that is not a number", `t=NaN,v1=${digest("NaN")}`, "malformed"],
    ["v0 only", `t=${NOW},v0=${digest(NOW)}`, "malformed"],
    ["an empty v1", `t=${NOW},v1=`, "mismatch"],
    ["another secret", signed(NOW, "whsec_other"), "mismatch"],
    ["seventeen signatures", `t=${NOW}${`,v1=${digest(NOW)}`.repeat(17)}`, "too-many-signatures"],
    ["a header over 4 KB", `${signed(NOW)},x=${"x".repeat(4096)}`, "malformed"],
  ])("%s is refused", (_name, header, reason) => {
    expect(verify(header)).toEqual({ ok: false, reason });
  });

  it("a signature made with an empty secret is refused", () => {
    expect(verify(signed(NOW, ""), { secrets: ["", ""] })).toEqual({ ok: false, reason: "mismatch" });
  });

  it("a body with any one byte changed is refused", () => {
    fc.assert(
      fc.property(fc.nat(BODY.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const rawBody = Buffer.from(BODY);
        rawBody[at] = (rawBody[at] ?? 0) ^ change;
        expect(verify(signed(NOW), { rawBody })).toEqual({ ok: false, reason: "mismatch" });
      }),
    );
  });
});
