/**
 * From the webhook through a queue with SQS's limit of 1 MiB to the consumer, which asks Stripe for events that did not
 * fit.
 */
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler as onInvoiceEvent } from "../../../functions/on-invoice-event/handler.ts";
import { handler } from "../../../functions/stripe-webhook/handler.ts";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { sampleOf, tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { answerJson, type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { signatureHeader } from "../../steps/signed.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
/** A message's MAC counts too: the attribute's name, its type `String` and 43 characters. */
const MAC_BYTES = "mac".length + "String".length + 43;
const MOST = MIB - MAC_BYTES;

given.localAws();
let sqs: SQSClient;
let stripe: LoopbackServer;
/** The events that Stripe has, by id. */
const events = new Map<string, unknown>();
let asked: string[] = [];
beforeAll(async () => {
  sqs = new SQSClient({});
  stripe = await loopbackServer(({ url = "" }, _body, response) => {
    asked.push(url);
    const event = events.get(url.replace("/v1/events/", ""));
    return event === undefined
      ? answerJson(response, 404, { error: { type: "invalid_request_error", message: "No such event" } })
      : answerJson(response, 200, event);
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: "whsec_1",
  });
});
afterAll(async () => {
  sqs.destroy();
  await stripe.close();
});

let made = 0;

/** An event of exactly this many bytes, most of them `filler`, which Stripe has too. */
function anEvent(bytes: number, filler: string): { body: string; eventId: string; invoiceId: string } {
  made += 1;
  const eventId = `evt_${made}`;
  const invoiceId = `in_${made}`;
  const withText = (description: string) => ({
    id: eventId,
    object: "event",
    api_version: STRIPE_API_VERSION,
    // The application is not notified of it, which would ask Stripe what the invoice belongs to.
    type: "invoice.updated",
    created: 1_795_478_400,
    livemode: false,
    data: { object: { id: invoiceId, object: "invoice", status: "paid", amount_due: made, description } },
  });
  const room = bytes - Buffer.byteLength(JSON.stringify(withText("")));
  const fillerBytes = Buffer.byteLength(JSON.stringify(filler)) - 2;
  const fillers = Math.floor(room / fillerBytes);
  const event = withText(filler.repeat(fillers) + "x".repeat(room - fillers * fillerBytes));
  const body = JSON.stringify(event);
  expect(Buffer.byteLength(body)).toBe(bytes);
  events.set(eventId, event);
  return { body, eventId, invoiceId };
}

async function deliver(body: string, base64: boolean) {
  const headers = { "stripe-signature": signatureHeader(body, ["whsec_1"]) };
  return handler(given.httpEvent({ authorizer: null, headers, body, base64 }), given.lambdaContext());
}

/** The messages in the queue now; each is given to the consumer, and deleted once it is applied. */
async function consumed(): Promise<string[]> {
  const QueueUrl = process.env.INVOICE_EVENTS_QUEUE_URL;
  const { Messages = [] } = await sqs.send(
    new ReceiveMessageCommand({
      QueueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: 0,
      MessageAttributeNames: ["All"],
    }),
  );
  const Records = Messages.map(({ MessageId = "", ReceiptHandle = "", Body = "", MessageAttributes }) => ({
    ...sqsRecord("invoice", Body, {
      messageId: MessageId,
      attributes: { mac: { dataType: "String", stringValue: MessageAttributes?.mac?.StringValue } },
    }),
    receiptHandle: ReceiptHandle,
  }));
  expect(await onInvoiceEvent({ Records }, given.lambdaContext(20_000))).toEqual({ batchItemFailures: [] });
  for (const { receiptHandle: ReceiptHandle } of Records)
    await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
  return Records.map(({ body }) => body);
}

/** Sends an event all the way, and returns whether it was queued unchanged, or as a reference. */
async function sentAllTheWay(bytes: number, filler: string, base64: boolean): Promise<"whole" | "reference"> {
  const { body, eventId, invoiceId } = anEvent(bytes, filler);
  asked = [];
  expect((await deliver(body, base64)).statusCode).toBe(200);
  const [queued, ...others] = await consumed();
  expect(others).toEqual([]);
  expect(await getItem("StripeEventsTable", { eventId })).toMatchObject({ state: "done" });
  expect(await getItem("StripeObjectsTable", { objectId: invoiceId })).toMatchObject({
    status: "paid",
    amount: made,
    eventId,
  });
  if (queued === body) {
    expect(asked).toEqual([]);
    return "whole";
  }
  expect(JSON.parse(queued ?? "")).toMatchObject({ object: "contractspec.event-reference", id: eventId });
  expect(asked).toEqual([`/v1/events/${eventId}`]);
  return "reference";
}

const FILLERS = [
  ["ASCII", "x", "whole"],
  ["two bytes a character", "é", "whole"],
  ["three bytes a character", "€", "whole"],
  // SQS accepts these. The emulator does not, so they show what happens when SQS refuses a body.
  ["four bytes a character", "😀", "reference"],
  ["escaped characters", '"', "whole"],
] as const;

describe("given an event that is large", () => {
  describe.each(sampleOf(FILLERS, { every: 3 }))("of %s", (_kind, filler, asItFits) => {
    it.each([
      ["256 KiB", 256 * 1024, asItFits],
      ["1 MiB less its MAC, - 1", MOST - 1, asItFits],
      ["1 MiB less its MAC", MOST, asItFits],
      ["1 MiB less its MAC, + 1", MOST + 1, "reference"],
      ["1 MiB", MIB, "reference"],
      ["4 MiB", 4 * MIB, "reference"],
    ])("an event of %s is queued and applied", async (_size, bytes, as) => {
      for (const base64 of sampleOf([false, true], { every: 2 }))
        expect(await sentAllTheWay(bytes, filler, base64)).toBe(as);
    });
  });

  it("an event of any size near the limit, with any text, is queued and applied", async () => {
    const filler = fc.string({ unit: "binary", minLength: 1, maxLength: 4 });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: -5, max: 5 }), filler, fc.boolean(), async (more, text, base64) => {
        const as = await sentAllTheWay(MOST + more, text, base64);
        if (more > 0) expect(as).toBe("reference");
      }),
      { numRuns: tries({ sample: 1, whole: 8 }) },
    );
  });
});

describe("given a queue with a limit below SQS's own", () => {
  it("an event above the limit is queued as a reference", async () => {
    const QueueUrl = process.env.INVOICE_EVENTS_QUEUE_URL;
    await sqs.send(
      new SetQueueAttributesCommand({ QueueUrl, Attributes: { MaximumMessageSize: String(256 * 1024) } }),
    );
    expect(await sentAllTheWay(256 * KIB - MAC_BYTES, "x", false)).toBe("whole");
    expect(await sentAllTheWay(256 * KIB - MAC_BYTES + 1, "x", false)).toBe("reference");
  });
});
