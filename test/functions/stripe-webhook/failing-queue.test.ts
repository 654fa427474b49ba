/**
 * The webhook with an SQS that fails.
 *
 * @jest-environment-options {"ownPackages": true}
 */
import { randomUUID } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import { tries } from "../../steps/effort.ts";
import { type FailingSqs, failingSqs, type SqsFault } from "../../steps/failing-sqs.ts";
import * as given from "../../steps/given.ts";
import { signatureHeader } from "../../steps/signed.ts";
import * as then from "../../steps/then.ts";
import * as when from "../../steps/when.ts";

/** The timeout in functions/stripe-webhook/function.yml. */
const LAMBDA_TIMEOUT_MS = 10_000;
/** The SDK sends a message twice before it gives up. */
const TRIES = 2;

const aws = given.localAws();
let proxy: FailingSqs;
let sqs: SQSClient;
let queueUrl: string;
beforeAll(async () => {
  proxy = await failingSqs(aws.endpoints.sqs);
  sqs = new SQSClient({});
  process.env.STRIPE_WEBHOOK_SECRET = "whsec_1";
  // The limits as on AWS: the test moves the clock.
  process.env.AWS_PATIENCE = "1";
  queueUrl = process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL ?? "";
  process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = queueUrl.replace(aws.endpoints.sqs, proxy.url);
  // The SDK warns that the queue is at another address than its other SQS calls.
  jest.spyOn(console, "warn").mockImplementation(() => undefined);
});
beforeEach(async () => {
  proxy.reset();
  await queued();
});
afterEach(() => {
  jest.useRealTimers();
});
afterAll(async () => {
  jest.restoreAllMocks();
  sqs.destroy();
  await proxy.close();
});

/** The events so far, as they were sent. */
const made: string[] = [];

function anEvent(): string {
  const body = JSON.stringify({
    id: `evt_${randomUUID()}`,
    object: "event",
    type: "payment_intent.succeeded",
    created: 1_795_478_400,
    data: { object: { id: "pi_1", note: "5 €" } },
  });
  made.push(body);
  return body;
}

async function deliver(body: string) {
  const headers = { "stripe-signature": signatureHeader(body, ["whsec_1"]) };
  const response = await when.calls(handler, { authorizer: null, headers, body });
  return { status: response.status, type: response.headers["content-type"], body: response.text };
}

/**
 * Removes every message from the queue, and returns those that are no copy of an earlier event: a request that the webhook gave up
 * can still arrive later.
 */
async function queued(): Promise<(string | undefined)[]> {
  const earlier = new Set<string | undefined>(made.slice(0, -1));
  return (await then.messagesIn(sqs, queueUrl)).map(({ Body }) => Body).filter((body) => !earlier.has(body));
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

/** Delivers on a clock that the test moves, and returns how long the response took by that clock. */
async function deliverOnTestClock(body: string) {
  jest.useFakeTimers({ doNotFake: ["setImmediate", "nextTick", "queueMicrotask", "Date"] });
  let answer: Awaited<ReturnType<typeof deliver>> | undefined;
  const delivery = deliver(body).then((given) => {
    answer = given;
  });
  let tookMs = 0;
  for (; answer === undefined && tookMs < LAMBDA_TIMEOUT_MS; tookMs += 100) {
    for (let turn = 0; turn < 50 || proxy.requests === 0 || proxy.isStoring; turn += 1) await nextTurn();
    jest.advanceTimersByTime(100);
  }
  if (answer !== undefined) await delivery;
  return { status: answer?.status, tookMs };
}

const FAULTS: [SqsFault, { stores: boolean; isRetried: boolean }][] = [
  ["refused", { stores: false, isRetried: false }],
  ["throttled", { stores: false, isRetried: true }],
  ["internal", { stores: false, isRetried: true }],
  ["reset-before", { stores: false, isRetried: true }],
  ["reset-after", { stores: true, isRetried: true }],
];

describe("given that SQS fails", () => {
  it.each(FAULTS)(
    "%s: Stripe gets a 503, and the event that it sends again is queued",
    async (fault, { stores, isRetried }) => {
      const body = anEvent();
      proxy.fail(Array(TRIES).fill(fault));
      const { status, type, body: answer } = await deliver(body);
      expect(status).toBe(503);
      expect(type).toBe("application/problem+json");
      expect(JSON.parse(answer)).toMatchObject({ code: "SERVICE_UNAVAILABLE", retryable: true });
      expect(proxy.requests).toBe(isRetried ? TRIES : 1);
      proxy.reset();
      expect((await deliver(body)).status).toBe(200);
      // If it is stored more than once, the copies are byte-identical, and the consumers apply an event once.
      expect(await queued()).toEqual(Array(stores ? TRIES + 1 : 1).fill(body));
    },
  );

  it("its port is closed: Stripe gets a 503", async () => {
    const through = process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL;
    const closed = await failingSqs(aws.endpoints.sqs);
    await closed.close();
    process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = queueUrl.replace(aws.endpoints.sqs, closed.url);
    expect((await deliver(anEvent())).status).toBe(503);
    process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL = through;
  });

  it.each<[SqsFault, number]>([
    ["hang-before", 0],
    ["hang-after", TRIES],
    ["stall", 1],
  ])("%s: Stripe gets a 503 long before the Lambda is cut off", async (fault, stored) => {
    const body = anEvent();
    proxy.fail(Array(TRIES).fill(fault));
    const { status, tookMs } = await deliverOnTestClock(body);
    expect(status).toBe(503);
    expect(tookMs).toBeLessThan(LAMBDA_TIMEOUT_MS - 4_000);
    jest.useRealTimers();
    proxy.reset();
    expect((await deliver(body)).status).toBe(200);
    expect(await queued()).toEqual(Array(stored + 1).fill(body));
  });

  it("in any way and any number of times: no 2xx is sent before the message is stored, and it is queued in the end", async () => {
    // Throttling is left out, because the SDK waits half a second after it.
    const kinds = FAULTS.map(([fault]) => fault).filter((fault) => fault !== "throttled");
    const faults = fc.array(fc.constantFrom(...kinds), {
      maxLength: 8,
      size: "max",
    });
    await fc.assert(
      fc.asyncProperty(faults, async (told) => {
        const body = anEvent();
        proxy.reset();
        proxy.fail(told);
        const answers: unknown[] = [];
        // Like Stripe: again until it gets a 2xx.
        while (answers.at(-1) !== 200) {
          answers.push((await deliver(body)).status);
          const found = await queued();
          expect(found).toEqual(Array(found.length).fill(body));
          if (answers.at(-1) === 200) expect(found).not.toEqual([]);
        }
        expect(new Set(answers.slice(0, -1))).toEqual(new Set(answers.length > 1 ? [503] : []));
      }),
      { numRuns: tries({ sample: 5, whole: 40 }) },
    );
  });
});

describe("given that SQS is slow", () => {
  it("no response is sent before the message is stored", async () => {
    const body = anEvent();
    const letGo = proxy.hold();
    let isAnswered = false;
    const delivery = deliver(body).then((answer) => {
      isAnswered = true;
      return answer;
    });
    while (proxy.requests === 0) await nextTurn();
    for (let turn = 0; turn < 200; turn += 1) await nextTurn();
    expect(isAnswered).toBe(false);
    letGo();
    expect((await delivery).status).toBe(200);
    expect(await queued()).toEqual([body]);
  });
});
