/** The table of docs/webhook-verdicts.md, row by row; the clock stands still, so that a single second counts. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import { type CountedAws, countedAws } from "../../steps/counted-aws.ts";
import * as given from "../../steps/given.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { nowSeconds, signature, signatureHeader } from "../../steps/signed.ts";

const SECRET = "whsec_1";
const NOW = nowSeconds();
const YEAR_SECONDS = 365 * 24 * 60 * 60;

const event = (more = "") =>
  Buffer.from(
    `{"id":"evt_1","object":"event","type":"payment_intent.succeeded","created":${NOW},` +
      `"data":{"object":{"id":"pi_1","description":"5 €"}}${more}}`,
  );
const BODY = event();
const THIN = Buffer.from(
  '{"id":"evt_1","object":"v2.core.event","type":"v1.billing.meter.no_meter_found","created":"2026-11-24T00:00:00.000Z",' +
    '"livemode":false,"related_object":{"id":"mtr_1","type":"billing.meter","url":"/v1/billing/meters/mtr_1"}}',
);
const BOM = Buffer.from("\uFEFF");
const invalidUtf8 = Buffer.from(BODY);
invalidUtf8[BODY.indexOf("€")] = 0xff;

const at = (timestamp: number) => ({ header: signatureHeader(BODY, [SECRET], timestamp), body: BODY });
const withHeader = (header: string | undefined) => ({ header, body: BODY });
const signed = (body: Buffer) => ({ header: signatureHeader(body, [SECRET], NOW), body });

const V1 = `v1=${signature(BODY, SECRET, NOW)}`;
const OTHER_V1 = `v1=${"0".repeat(64)}`;
const afterOthers = (others: number) => [`t=${NOW}`, ...Array(others).fill(OTHER_V1), V1].join(",");
const padded = (length: number) => `t=${NOW},${V1},x=`.padEnd(length, "x");

const REQUESTS: Record<string, { header: string | undefined; body: Buffer }> = {
  "timestamp 299 s ago": at(NOW - 299),
  "timestamp 299 s ahead": at(NOW + 299),
  "timestamp exactly 300 s ago": at(NOW - 300),
  "timestamp exactly 300 s ahead": at(NOW + 300),
  "timestamp 301 s ago": at(NOW - 301),
  "timestamp 301 s ahead": at(NOW + 301),
  "timestamp a year ago": at(NOW - YEAR_SECONDS),
  "timestamp a year ahead": at(NOW + YEAR_SECONDS),
  "no timestamp": withHeader(V1),
  "the timestamp twice": withHeader(`t=${NOW},t=${NOW},${V1}`),
  "a second, older timestamp": withHeader(`t=${NOW},${V1},t=${NOW - 1}`),
  "timestamp that is not a number": withHeader(`t=NaN,v1=${signature(BODY, SECRET, "NaN")}`),
  "no header": withHeader(undefined),
  "empty header": withHeader(""),
  "`v0` only": withHeader(`t=${NOW},v0=${signature(BODY, SECRET, NOW)}`),
  "empty `v1`": withHeader(`t=${NOW},v1=`),
  "empty `v1` next to a good one": withHeader(`t=${NOW},v1=,${V1}`),
  "digits in upper case": withHeader(`t=${NOW},v1=${signature(BODY, SECRET, NOW).toUpperCase()}`),
  "other secret": withHeader(signatureHeader(BODY, ["whsec_2"], NOW)),
  "16 signatures, the last one good": withHeader(afterOthers(15)),
  "17 signatures, the last one good": withHeader(afterOthers(16)),
  "10,000 signatures": withHeader(afterOthers(9_999)),
  "header of 4,096 characters": withHeader(padded(4096)),
  "header of 4,097 characters": withHeader(padded(4097)),
  "body with a byte order mark, signed with it": signed(Buffer.concat([BOM, BODY])),
  "byte order mark added afterwards": { ...signed(BODY), body: Buffer.concat([BOM, BODY]) },
  "body of invalid UTF-8, signed": signed(invalidUtf8),
  "invalid UTF-8 in place of a signed character": { ...signed(BODY), body: invalidUtf8 },
  "body `null`, signed": signed(Buffer.from("null")),
  "body `null`, not signed": { ...signed(BODY), body: Buffer.from("null") },
  "empty body, signed": signed(Buffer.from("")),
  "event with `__proto__`, signed": signed(event(',"__proto__":{"polluted":true}')),
  "thin event, signed": signed(THIN),
};

/** `request | response | reason, or what happens to the event` */
const documented = readFileSync("docs/webhook-verdicts.md", "utf8")
  .split("\n")
  .filter((line) => /\| \d{3} \|/.test(line))
  .map((line) => line.split("|").map((cell) => cell.trim()))
  .map(([, what = "", status, outcome = ""]) => [what, Number(status), outcome] as const);

let aws: CountedAws;
const log = given.capturedLog();
beforeAll(async () => {
  aws = await countedAws();
  process.env.STRIPE_WEBHOOK_SECRET = SECRET;
  process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = `${aws.url}/000000000000/payment-intent`;
  process.env.UNROUTED_EVENTS_QUEUE_URL = `${aws.url}/000000000000/unrouted`;
  process.env.USAGE_EVENTS_QUEUE_URL = `${aws.url}/000000000000/usage`;
  movableClock(NOW * 1000);
});
afterAll(async () => {
  jest.useRealTimers();
  await aws.close();
});

async function deliver(what: string) {
  const { header, body } = REQUESTS[what] ?? withHeader(undefined);
  const headers: Record<string, string> = header === undefined ? {} : { "stripe-signature": header };
  log.clear();
  aws.calls.length = 0;
  aws.sent.length = 0;
  return handler(given.httpEvent({ authorizer: null, headers, body, base64: true }), given.lambdaContext());
}

describe("given the documented verdicts of the webhook", () => {
  it("the table has a row for each request, and no others", () => {
    expect(documented.map(([what]) => what)).toEqual(Object.keys(REQUESTS));
  });

  it.each(documented)("%s: %i %s", async (what, status, outcome) => {
    expect((await deliver(what)).statusCode).toBe(status);
    expect(log.lines()).toHaveLength(1);
    const [line] = log.lines();
    if (status === 400) expect(line).toMatchObject({ event: "webhook.rejected", reason: outcome });
    else {
      const isQueued = outcome === "queued";
      expect(line).toMatchObject({ event: "webhook.received", outcome: isQueued ? "succeeded" : "ignored" });
    }
    expect(aws.calls).toEqual(outcome === "queued" ? ["AmazonSQS.SendMessage"] : []);
  });

  it("an event that contains __proto__ is queued unchanged, and changes no object of ours", async () => {
    await deliver("event with `__proto__`, signed");
    expect(aws.sent).toEqual([REQUESTS["event with `__proto__`, signed"]?.body.toString()]);
    expect({}).not.toHaveProperty("polluted");
  });
});
