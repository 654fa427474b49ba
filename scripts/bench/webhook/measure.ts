/**
 * The process that measures: each contender handles the same events, one after another, as a Lambda does. Sends the
 * figures of all rounds to its parent.
 */
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { env } from "../../../lib/env.ts";
import { fieldOf } from "../../../lib/untrusted.ts";
import { interleave, type Spread, spread } from "../frame/interleave.ts";
import { CONTENDERS, FLOOR } from "./contenders.ts";

/** Its events per second, and the CPU time for one event in milliseconds, of this process alone. */
export interface Result {
  readonly perSecond: Spread;
  readonly cpuMs: Spread;
  /** Events per second, divided by those of the floor in the same round. */
  readonly ratio: Spread;
}

const ROUNDS = 61;
const EVENTS_PER_ROUND = 40;
const EVENT_BYTES = 4096;

type Handle = (event: APIGatewayProxyEventV2, context: Context) => Promise<{ readonly statusCode?: number }>;

const requireBundle = createRequire(import.meta.url);
const cpu = new Map<string, number[]>();

async function measure(name: string, handle: Handle): Promise<number> {
  const events = Array.from({ length: EVENTS_PER_ROUND }, deliveredEvent);
  const usedBefore = process.cpuUsage();
  const startedAt = performance.now();
  for (const event of events) {
    const { statusCode } = await handle(event, context);
    if (statusCode !== 200) throw new Error(`${name} responded with ${statusCode} instead of 200`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(usedBefore);
  cpu.set(name, [...(cpu.get(name) ?? []), (used.user + used.system) / 1000 / EVENTS_PER_ROUND]);
  return EVENTS_PER_ROUND / seconds;
}

/** An event of its own id and 4 KB, as the HTTP API passes it on. */
let delivered = 0;
function deliveredEvent(): APIGatewayProxyEventV2 {
  delivered += 1;
  const body = sample.replace("evt_", `evt_${delivered}`);
  const timestamp = Math.floor(Date.now() / 1000);
  const signature = createHmac("sha256", env("STRIPE_WEBHOOK_SECRET"))
    .update(`${timestamp}.${body}`)
    .digest("hex");
  const path = "/api/webhooks/stripe";
  return {
    version: "2.0",
    routeKey: `POST ${path}`,
    rawPath: path,
    rawQueryString: "",
    headers: {
      "stripe-signature": `t=${timestamp},v1=${signature}`,
      ...{ accept: "*/*; q=0.5, application/xml", "cache-control": "no-cache", host: "api.example.com" },
      ...{
        "content-type": "application/json; charset=utf-8",
        "user-agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
      },
      ...{ "x-forwarded-for": "192.0.2.1", "x-forwarded-port": "443", "x-forwarded-proto": "https" },
    },
    requestContext: {
      ...{ accountId: "000000000000", apiId: "api", domainName: "api.example.com", domainPrefix: "api" },
      http: { method: "POST", path, protocol: "HTTP/1.1", sourceIp: "192.0.2.1", userAgent: "Stripe/1.0" },
      ...{ requestId: "request", routeKey: `POST ${path}`, stage: "$default", time: "", timeEpoch: 0 },
    },
    body,
    isBase64Encoded: false,
  };
}

/** The sample with metadata up to 4 KB: Stripe's own events have that size. */
function sampleEvent(): string {
  const file = join(import.meta.dirname, "../../../events/stripe/payment_intent.succeeded.json");
  const event: unknown = JSON.parse(readFileSync(file, "utf8"));
  const metadata = fieldOf(event, "data", "object", "metadata");
  for (let place = 0; JSON.stringify(event).length < EVENT_BYTES; place++)
    Object.assign(Object(metadata), { [`reference_${place}`]: "a3f1c2d4-5b6c-4d7e-8f90-1a2b3c4d5e6f" });
  return JSON.stringify(event);
}

const sample = sampleEvent();
const nothing = () => undefined;
const context: Context = {
  ...{
    callbackWaitsForEmptyEventLoop: false,
    functionName: "webhook",
    functionVersion: "1",
    invokedFunctionArn: "",
  },
  ...{
    memoryLimitInMB: "512",
    awsRequestId: "8f2b6c1e-5a0d-4c3b-9e7f-1a2b3c4d5e6f",
    logGroupName: "",
    logStreamName: "",
  },
  ...{ getRemainingTimeInMillis: () => 10_000, done: nothing, fail: nothing, succeed: nothing },
};

const names = Object.keys(CONTENDERS);
const contenders = names.map((name) => {
  const { handler }: { handler: Handle } = requireBundle(join(env("BUNDLES"), `${name}.cjs`));
  return [name, () => measure(name, handler)] as const;
});
const measured = await interleave(Object.fromEntries(contenders), { rounds: ROUNDS, warmUp: 8 });
const resultOf = (name: string): Result => ({
  perSecond: measured.of(name),
  cpuMs: spread((cpu.get(name) ?? []).slice(-ROUNDS)),
  ratio: measured.ratio(name, FLOOR),
});
process.send?.(Object.fromEntries(names.map((name) => [name, resultOf(name)])));
