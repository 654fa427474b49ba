/** The test sets the clock: a record that takes ten seconds takes no real time. */
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import fc from "fast-check";
import type { MessageAttributes } from "../../../lib/aws/sqs.ts";
import { Problem } from "../../../lib/errors.ts";
import { signedAttributes } from "../../../lib/events/message-mac.ts";
import type { QueueMessage } from "../../../lib/events/queue-message.ts";
import type { FailedMessages } from "../../../lib/transport/failed-messages.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { sampleOf, tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";

const TIMEOUT_MS = 20_000;
/** A second before the timeout. */
const DEADLINE_MS = TIMEOUT_MS - 1_000;
const AT_ONCE = 10;
const SECRET = "app-secret-of-the-tests";
const NEW_SECRET = "another app-secret of the tests";

const log = given.capturedLog();
beforeEach(() => {
  process.env.APP_SECRET = SECRET;
  jest.useFakeTimers();
});
afterEach(() => void jest.useRealTimers());

const record = (messageId: string, body = messageId) =>
  sqsRecord("charge", body, { messageId, receiveCount: 2 });

const inNoQueue: FailedMessages = { deliverLater: async () => undefined, setAside: async () => undefined };
const handlerOf = (consume: (message: QueueMessage) => Promise<void>) =>
  queueHandler("charge", consume, inNoQueue);

const ids = (length: number) => Array.from({ length }, (_, i) => `m${i}`);
const TEN = ids(10);

/** Runs a batch, whose time passes immediately, and returns the ids that are reported as failed. */
async function reported(
  messageIds: readonly string[],
  consume: (message: QueueMessage) => Promise<void>,
  remainingMs = TIMEOUT_MS,
): Promise<string[]> {
  const context = given.lambdaContext(remainingMs);
  const answer = handlerOf(consume)({ Records: messageIds.map((messageId) => record(messageId)) }, context);
  await jest.advanceTimersByTimeAsync(remainingMs);
  return (await answer).batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
}

const lasting = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));
const forever = () => new Promise<void>(() => undefined);

describe("given an event that was not handled in time", () => {
  it("its line names the event and the customer, so that somebody knows who waits for it", async () => {
    const object = { id: "pi_1", object: "payment_intent", customer: "cus_1" };
    const body = JSON.stringify({
      id: "evt_1",
      type: "payment_intent.succeeded",
      created: 1,
      data: { object },
    });
    const context = given.lambdaContext(TIMEOUT_MS);
    const answer = handlerOf(forever)({ Records: [record("m0", body)] }, context);
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS);
    await answer;
    expect(log.lines()).toContainEqual(
      expect.objectContaining({
        event: "queue.message-failed",
        code: "TIMEOUT",
        eventId: "evt_1",
        customerId: "cus_1",
        paymentId: "pi_1",
      }),
    );
  });
});

describe("given a batch of ten messages", () => {
  it("for each of the 1,024 subsets that can fail, exactly the failed messages are reported", async () => {
    const subsets = Array.from({ length: 2 ** TEN.length }, (_, subset) => subset);
    for (const subset of sampleOf(subsets, { every: 11 })) {
      const failing = TEN.filter((_id, i) => (subset >> i) % 2 === 1);
      const answer = await reported(TEN, async ({ body }) => {
        // The last one ends first.
        await lasting(100 - TEN.indexOf(body));
        if (failing.includes(body)) throw new Error("cannot be applied");
      });
      expect(answer).toEqual(failing);
    }
  });

  it("each message has its body, its number of deliveries, and a deadline one second before the timeout", async () => {
    const startedAt = Date.now();
    const given: QueueMessage[] = [];
    await reported(["m0"], async (message) => void given.push(message));
    expect(given).toEqual([
      {
        messageId: "m0",
        body: "m0",
        receiveCount: 2,
        deadline: startedAt + DEADLINE_MS,
        now: expect.any(Function),
      },
    ]);
  });

  it("a message that fails synchronously is reported like any other", async () => {
    const answer = await reported(TEN, ({ body }) => {
      if (body === "m3") throw new Error("cannot be read");
      return Promise.resolve();
    });
    expect(answer).toEqual(["m3"]);
    expect(log.lines()).toHaveLength(1);
    expect(log.lines()[0]).toMatchObject({ event: "queue.message-failed", requestId: "m3", receiveCount: 2 });
  });
});

describe("given a batch with too little time", () => {
  it("messages that hang are reported before the Lambda is cut off, and each has a log line", async () => {
    const answer = handlerOf(({ body }) => (body === "m2" || body === "m7" ? forever() : lasting(50)))(
      { Records: TEN.map((messageId) => record(messageId)) },
      given.lambdaContext(TIMEOUT_MS),
    );
    await jest.advanceTimersByTimeAsync(DEADLINE_MS);
    expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }, { itemIdentifier: "m7" }] });
    expect(log.lines().map(({ requestId, code }) => [requestId, code])).toEqual([
      ["m2", "TIMEOUT"],
      ["m7", "TIMEOUT"],
    ]);
  });

  it("nine messages that hang do not block the tenth", async () => {
    expect(await reported(TEN, ({ body }) => (body === "m9" ? lasting(50) : forever()))).toEqual(
      TEN.slice(0, 9),
    );
  });

  it("with no time left, no message is begun and all are reported", async () => {
    const begun = jest.fn(async () => undefined);
    expect(await reported(TEN, begun, 500)).toEqual(TEN);
    expect(begun).not.toHaveBeenCalled();
  });

  it("for any durations and endings, exactly the failed, the unfinished and the messages not begun are reported", async () => {
    // Multiples of seven never add up to the deadline, so that no record ends in the same millisecond.
    const work = fc.record({ takesMs: fc.nat(4_000).map((n) => n * 7), fails: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(work, { minLength: 1, maxLength: 40, size: "max" }), async (works) => {
        const begun: string[] = [];
        const messageIds = ids(works.length);
        const answer = await reported(messageIds, async ({ body }) => {
          begun.push(body);
          const { takesMs = 0, fails } = works[messageIds.indexOf(body)] ?? {};
          await lasting(takesMs);
          if (fails) throw new Error("cannot be applied");
        });

        const freeAt: number[] = Array(AT_ONCE).fill(0);
        const spans = works.map(({ takesMs }) => {
          const startsAt = Math.min(...freeAt);
          freeAt[freeAt.indexOf(startsAt)] = startsAt + takesMs;
          return { startsAt, endsAt: startsAt + takesMs };
        });
        const isDone = (i: number) => (spans[i]?.endsAt ?? 0) < DEADLINE_MS && works[i]?.fails === false;
        expect(answer).toEqual(messageIds.filter((_id, i) => !isDone(i)));
        expect(begun).toEqual(messageIds.filter((_id, i) => (spans[i]?.startsAt ?? 0) < DEADLINE_MS));
      }),
      { numRuns: tries({ sample: 20, whole: 300 }) },
    );
  });
});

describe("given an SQS that does not respond when it is told about failures", () => {
  it("the batch is reported in time all the same", async () => {
    const silent: FailedMessages = { deliverLater: forever, setAside: forever };
    const handler = queueHandler(
      "charge",
      ({ body }) => {
        if (body === "m1") throw new Problem("SERVICE_UNAVAILABLE", "down");
        return body === "m2" ? forever() : lasting(50);
      },
      silent,
    );
    const answer = handler(
      { Records: TEN.map((messageId) => record(messageId)) },
      given.lambdaContext(TIMEOUT_MS),
    );
    await jest.advanceTimersByTimeAsync(TIMEOUT_MS - 200);
    expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m1" }, { itemIdentifier: "m2" }] });
  });
});

describe("given a message that is in the batch twice", () => {
  it("it is handled once, and reported once if it fails", async () => {
    const handled: string[] = [];
    const answer = await reported(["m0", "m1", "m0", "m1", "m2"], async ({ body }) => {
      handled.push(body);
      if (body === "m0") throw new Error("cannot be applied");
    });
    expect(handled).toEqual(["m0", "m1", "m2"]);
    expect(answer).toEqual(["m0"]);
  });
});

describe("given messages with the same body", () => {
  it("they are handled one after another, concurrently with the others, and each is reported separately", async () => {
    const Records = ["copy", "a", "copy", "b", "copy"].map((body, i) => record(`m${i}`, body));
    const steps: string[] = [];
    const answer = handlerOf(async ({ messageId, body }) => {
      steps.push(`${messageId} begins`);
      await lasting(body === "copy" ? 10 : 1);
      steps.push(`${messageId} ends`);
      if (messageId === "m2") throw new Error("cannot be applied");
    })({ Records }, given.lambdaContext(TIMEOUT_MS));
    await jest.advanceTimersByTimeAsync(100);
    expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m2" }] });
    expect(steps).toEqual([
      ...["m0 begins", "m1 begins", "m3 begins", "m1 ends", "m3 ends", "m0 ends"],
      ...["m2 begins", "m2 ends", "m4 begins", "m4 ends"],
    ]);
  });
});

describe("given a message that none of our functions has sent to this queue", () => {
  const body = '{"id":"evt_invented"}';

  it.each<[string, string, MessageAttributes]>([
    ["without a MAC", "missing", {}],
    ["with an empty MAC", "forged", { mac: { dataType: "String", stringValue: "" } }],
    ["with a MAC of bytes", "missing", { mac: { dataType: "Binary", binaryValue: "AAAA" } }],
    ["with an invented MAC", "forged", { mac: { dataType: "String", stringValue: "A".repeat(43) } }],
    ["with the MAC of another body", "forged", signedAttributes("charge", "{}", [SECRET])],
    ["with the MAC of another queue", "forged", signedAttributes("invoice", body, [SECRET])],
    [
      "with the MAC of another stage",
      "forged",
      signedAttributes("charge", body, ["a secret of another stage"]),
    ],
  ])(
    "%s, it is reported as failed, logged as %s and counted, and its neighbours are handled",
    async (_what, reason, attributes) => {
      log.clear();
      const handled: string[] = [];
      const answer = handlerOf(async ({ messageId }) => void handled.push(messageId))(
        { Records: [record("m0"), sqsRecord("charge", body, { messageId: "m1", attributes }), record("m2")] },
        given.lambdaContext(TIMEOUT_MS),
      );
      await jest.advanceTimersByTimeAsync(100);
      expect(await answer).toEqual({ batchItemFailures: [{ itemIdentifier: "m1" }] });
      expect(handled).toEqual(["m0", "m2"]);
      expect(log.lines()).toMatchObject([
        {
          event: "queue.message-distrusted",
          requestId: "m1",
          queue: "charge",
          outcome: "rejected",
          reason,
          MessageRejections: 1,
        },
      ]);
      expect(log.text()).not.toContain("evt_invented");
    },
  );

  it("any change of a body that was sent is refused", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), fc.string(), async (sent, changed) => {
        fc.pre(sent !== changed);
        const attributes = signedAttributes("charge", sent, [SECRET]);
        const answer = handlerOf(async () => undefined)(
          { Records: [sqsRecord("charge", changed, { messageId: "m0", attributes })] },
          given.lambdaContext(TIMEOUT_MS),
        );
        await jest.advanceTimersByTimeAsync(1);
        expect((await answer).batchItemFailures).toHaveLength(1);
      }),
    );
  });
});

describe("given a message that waited while APP_SECRET was rotated", () => {
  it.each([`${SECRET},${NEW_SECRET}`, `${NEW_SECRET},${SECRET}`])(
    "it is handled with the secrets %s, after any time",
    async (secrets) => {
      const waiting = record("m0");
      process.env.APP_SECRET = secrets;
      jest.setSystemTime(Date.now() + 14 * 24 * 60 * 60 * 1000);
      const handled: string[] = [];
      const answer = handlerOf(async ({ messageId }) => void handled.push(messageId))(
        { Records: [waiting, record("m1")] },
        given.lambdaContext(TIMEOUT_MS),
      );
      await jest.advanceTimersByTimeAsync(100);
      expect(await answer).toEqual({ batchItemFailures: [] });
      expect(handled).toEqual(["m0", "m1"]);
    },
  );
});
