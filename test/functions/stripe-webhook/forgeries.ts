/**
 * Forgeries that somebody without the secret can make of a request from Stripe: its body, its header or its signature,
 * changed one to three times. Some changes are harmless, and `isStillStripes` knows which.
 */
import { createHash, createHmac } from "node:crypto";
import fc from "fast-check";
import { signature, signatureHeader } from "../../steps/signed.ts";

export interface WebhookRequest {
  /** The `body` of the Lambda event, as API Gateway writes it. */
  readonly body: string;
  readonly base64: boolean;
  readonly headerName: string;
  /** Left out if the request has none. */
  readonly header: string | undefined;
}

export interface Original {
  readonly body: Buffer;
  /** Unix seconds. */
  readonly timestamp: number;
  /** The secrets that the webhook knows. */
  readonly secrets: readonly string[];
}

/**
 * True if the request still has the original's bytes, its timestamp once, and one of its signatures as a `v1`,
 * regardless of the case of the digits, spaces around the parts, their order and further parts. It looks for the
 * original's signature and computes none: nobody else can make one.
 */
export function isStillStripes(request: WebhookRequest, original: Original): boolean {
  if (request.headerName.toLowerCase() !== "stripe-signature") return false;
  if (!bytesOf(request).equals(original.body)) return false;
  const parts = (request.header ?? "").split(",").map((part) => part.trim());
  const timestamps = parts.filter((part) => part.startsWith("t="));
  const genuine = original.secrets.map(
    (secret) => `v1=${signature(original.body, secret, original.timestamp)}`,
  );
  return (
    timestamps.join() === `t=${original.timestamp}` &&
    parts.some((part) =>
      genuine.includes(part.replace(/^(v1=)(.*)$/, (_all, v1, hex) => v1 + hex.toLowerCase())),
    )
  );
}

const bytesOf = ({ body, base64 }: WebhookRequest) => Buffer.from(body, base64 ? "base64" : "utf8");

/** Requests made from the original; each has a change, and can still be `isStillStripes`. */
export function forgeries(original: Original): fc.Arbitrary<WebhookRequest> {
  const genuine = fc.constant(signatureHeader(original.body, original.secrets, original.timestamp));
  const forged = forgedHeaders(original);
  const body = fc.constant(original.body);
  return fc
    .oneof(
      fc.record({ header: genuine, body: changedBodies(original.body) }),
      fc.record({ header: genuine.chain(changedHeaders), body }),
      fc.record({ header: forged, body }),
      fc.record({ header: forged.chain(changedHeaders), body: fc.oneof(body, changedBodies(original.body)) }),
      fc.record({ header: fc.constantFrom(undefined, ""), body }),
    )
    .chain(({ header, body: bytes }) =>
      fc.oneof(
        { weight: 20, arbitrary: sent(header, bytes, "stripe-signature") },
        { weight: 1, arbitrary: sent(header, bytes, "Stripe-Signature") },
        { weight: 1, arbitrary: sent(header, bytes, "x-stripe-signature") },
        { weight: 1, arbitrary: misread(header, bytes) },
      ),
    );
}

const sent = (header: string | undefined, bytes: Buffer, headerName: string) =>
  fc
    .boolean()
    .map((base64) => ({ header, headerName, base64, body: bytes.toString(base64 ? "base64" : "utf8") }));

/** Text marked as base64, and the reverse. */
const misread = (header: string | undefined, bytes: Buffer) =>
  fc.boolean().map((base64) => ({
    header,
    headerName: "stripe-signature",
    base64,
    body: bytes.toString(base64 ? "utf8" : "base64"),
  }));

function changedBodies(body: Buffer): fc.Arbitrary<Buffer> {
  const text = body.toString("utf8");
  const place = fc.nat(body.length - 1);
  const junk = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(" ", "\n", "\r\n", "\t", "\0", "}", "\uFEFF").map((chars) => Buffer.from(chars)),
  );
  return fc.oneof(
    fc.tuple(place, fc.nat(7)).map(([at, bit]) => withByte(body, at, (byte) => byte ^ (1 << bit))),
    fc.tuple(place, fc.nat(255)).map(([at, value]) => withByte(body, at, () => value)),
    place.map((length) => body.subarray(0, length)),
    place.map((from) => body.subarray(from)),
    fc.tuple(place, junk).map(([at, more]) => Buffer.concat([body.subarray(0, at), more, body.subarray(at)])),
    fc.tuple(place, place).map(([a, b]) => Buffer.concat([body.subarray(0, a), body.subarray(b)])),
    fc.tuple(junk, junk).map(([before, after]) => Buffer.concat([before, body, after])),
    junk,
    fc.constantFrom(
      Buffer.concat([body, body]),
      Buffer.from(JSON.stringify(JSON.parse(text), null, 2)),
      Buffer.from(text.toUpperCase()),
      Buffer.from(text.replace("1999", "1")),
      Buffer.from(text.replace('{"id"', '{"id":"evt_other","id"')),
      Buffer.from(text, "latin1"),
      Buffer.from(text, "utf16le"),
      Buffer.from(text.normalize("NFD")),
      Buffer.from("null"),
    ),
  );
}

function withByte(body: Buffer, at: number, change: (byte: number) => number): Buffer {
  const changed = Buffer.from(body);
  changed[at] = change(changed[at] ?? 0);
  return changed;
}

/** One to three changes, one after the other. */
const changedHeaders = (header: string): fc.Arbitrary<string> =>
  changedHeader(header).chain((once) =>
    fc.oneof(
      { weight: 2, arbitrary: fc.constant(once) },
      {
        weight: 1,
        arbitrary: changedHeader(once).chain((twice) => fc.oneof(fc.constant(twice), changedHeader(twice))),
      },
    ),
  );

function changedHeader(header: string): fc.Arbitrary<string> {
  const place = fc.nat(Math.max(0, header.length - 1));
  const parts = header.split(",");
  const part = fc.nat(parts.length - 1);
  const replaced = (at: number, text: string) => parts.with(at, text).join(",");
  return fc.oneof(
    fc.tuple(place, fc.nat(6)).map(([at, bit]) => withCharacter(header, at, (code) => code ^ (1 << bit))),
    fc.tuple(place, characters).map(([at, more]) => header.slice(0, at) + more + header.slice(at)),
    fc.tuple(place, characters).map(([at, other]) => header.slice(0, at) + other + header.slice(at + 1)),
    place.map((length) => header.slice(0, length)),
    place.map((from) => header.slice(from)),
    place.map((at) => header.slice(0, at) + header.slice(at + 1)),
    place.map((at) => header.slice(0, at).toUpperCase() + header.slice(at)),
    fc.shuffledSubarray(parts).map((some) => some.join(",")),
    fc.tuple(part, part).map(([from, to]) => parts.toSpliced(to, 0, parts[from] ?? "").join(",")),
    fc
      .tuple(
        part,
        fc.constantFrom("v0", "v2", "V1", "T", "v1 ", "", "t", "v1"),
        fc.constantFrom("=", "==", ":", ""),
      )
      .map(([at, name, sign]) => replaced(at, `${name}${sign}${(parts[at] ?? "").split("=")[1] ?? ""}`)),
    fc.tuple(part, digests).map(([at, hex]) => replaced(at, `v1=${hex}`)),
    fc.tuple(part, otherTimestamps).map(([at, time]) => replaced(at, `t=${time}`)),
    otherTimestamps.map((time) => `${header},t=${time}`),
    fc.constantFrom("; ", " ", ",,", "&", "\n").map((separator) => parts.join(separator)),
    fc.constantFrom(`${header},${header}`, `"${header}"`, encodeURIComponent(header), `t=,v1=,${header}`),
    fc.nat(40).map((times) => header + `,v1=${"0".repeat(64)}`.repeat(times)),
    anyText,
  );
}

function withCharacter(header: string, at: number, change: (code: number) => number): string {
  return header.slice(0, at) + String.fromCharCode(change(header.charCodeAt(at) || 0)) + header.slice(at + 1);
}

const anyText = fc.string({ maxLength: 200 });

const characters = fc.oneof(
  fc.constantFrom(" ", "\t", ",", "=", ";", '"', "0", "t", "v", "\u00A0", "\uFEFF", "\0"),
  fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }),
);

const digests = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString("hex"));

const otherTimestamps = fc.oneof(
  fc.integer().map(String),
  fc.nat(4_000_000_000).map(String),
  fc.double().map(String),
  fc.constantFrom("", "NaN", "Infinity", "0", "-1", "1e9", "0x6ab0c0de", "१७९०००००००"),
);

/** Properly signed, but with another secret, at another time, or by another scheme. */
function forgedHeaders({ body, timestamp, secrets }: Original): fc.Arbitrary<string> {
  const secret = fc.constantFrom(...secrets);
  const hmac = (algorithm: string, key: string | Buffer, text: string) =>
    createHmac(algorithm, key).update(text).update(body);
  const payload = `${timestamp}.`;
  return fc.oneof(
    secret.chain(otherSecrets).map((other) => signatureHeader(body, [other], timestamp)),
    fc
      .tuple(secret, fc.boolean(), fc.integer({ min: 400, max: 2_000_000_000 }))
      .map(([known, later, seconds]) =>
        signatureHeader(body, [known], timestamp + (later ? seconds : -seconds)),
      ),
    secret.chain((known) =>
      fc
        .constantFrom(
          hmac("sha1", known, payload).digest("hex"),
          hmac("sha512", known, payload).digest("hex"),
          hmac("sha512", known, payload).digest("hex").slice(0, 64),
          hmac("sha256", known, payload).digest("base64"),
          hmac("sha256", known, "").digest("hex"),
          hmac("sha256", known, `${timestamp}`).digest("hex"),
          hmac("sha256", known, `${timestamp}:`).digest("hex"),
          hmac("sha256", known, `${timestamp}000.`).digest("hex"),
          hmac("sha256", Buffer.from(known.replace("whsec_", ""), "base64"), payload).digest("hex"),
          createHash("sha256").update(known).update(payload).update(body).digest("hex"),
          createHash("sha256").update(payload).update(body).digest("hex"),
          createHash("sha256").update(body).digest("hex"),
        )
        .map((digest) => `t=${timestamp},v1=${digest}`),
    ),
    secret.map((known) => `t=${timestamp},v0=${signature(body, known, timestamp)}`),
  );
}

function otherSecrets(secret: string): fc.Arbitrary<string> {
  const place = fc.nat(secret.length - 1);
  return fc.oneof(
    fc.tuple(place, fc.nat(6)).map(([at, bit]) => withCharacter(secret, at, (code) => code ^ (1 << bit))),
    place.map((length) => secret.slice(0, length)),
    place.map((from) => secret.slice(from + 1)),
    fc
      .tuple(fc.constantFrom("", " ", "\n", ","), fc.constantFrom(" ", "\n", ",", "=", "\0"))
      .map(([before, after]) => before + secret + after),
    fc.constantFrom(
      secret.toUpperCase(),
      secret.repeat(2),
      `${secret},${secret}`,
      "undefined",
      "null",
      "whsec_",
    ),
    anyText,
  );
}
