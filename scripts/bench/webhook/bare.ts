/** The floor: the least that a webhook must do, in the fewest lines, with the SDK as it comes. */
import { createHmac, timingSafeEqual } from "node:crypto";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import type { APIGatewayProxyEventV2 } from "aws-lambda";

const sqs = new SQSClient({});

export async function handler(event: APIGatewayProxyEventV2) {
  const header = event.headers["stripe-signature"] ?? "";
  const body = event.body ?? "";
  const [, timestamp = ""] = /t=(\d+)/.exec(header) ?? [];
  const [, signature = ""] = /v1=([0-9a-f]{64})/.exec(header) ?? [];
  const expected = createHmac("sha256", process.env.STRIPE_WEBHOOK_SECRET ?? "")
    .update(`${timestamp}.${body}`)
    .digest();
  if (!timingSafeEqual(Buffer.from(signature, "hex"), expected)) return { statusCode: 400 };
  await sqs.send(
    new SendMessageCommand({ QueueUrl: process.env.PAYMENT_INTENT_EVENTS_QUEUE_URL, MessageBody: body }),
  );
  return { statusCode: 200 };
}
