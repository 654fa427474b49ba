/**
 * A day on which much goes wrong, played with the handlers: what they log is what an operator searches. Every id is one of a real
 * object of the Stripe emulator, or of a real run.
 */
import { readFileSync } from "node:fs";
import { handler as recordRun } from "../../functions/record-workflow-run/handler.ts";
import { handler as webhook } from "../../functions/stripe-webhook/handler.ts";
import { mailTags } from "../../lib/email/mail-tags.ts";
import type { EventQueue } from "../../lib/events/event-queues.ts";
import { consumerOf } from "./consuming.ts";
import type { Everything } from "./every-handler.ts";
import { type HttpCall, httpEvent, lambdaContext } from "./given.ts";
import { sampleInput } from "./sample-inputs.ts";
import { sqsRecord } from "./sqs-record.ts";
import type { EmulatedEvent } from "./stripe-emulator-client.ts";

export interface TroubledDay {
  readonly customerId: string;
  readonly paymentId: string;
  /** Of the event whose first delivery failed. */
  readonly eventId: string;
  readonly runId: string;
  /** The customer of a payment that could not be created at all. */
  readonly otherCustomerId: string;
}

/** Stripe's API fails for these requests, once for each try of ours. */
const STRIPE_IS_DOWN = { kind: "status", status: 503, times: 3 };

export async function troubledDay({ responseOf, stripe }: Everything): Promise<TroubledDay> {
  process.env.STRIPE_WEBHOOK_SECRET = "whsec_of_the_tests";
  const call = async (capability: string, body: object, more: HttpCall = {}) =>
    (await responseOf(capability, { body, ...more })).body;
  const customerOf = async (email: string) =>
    String((await call("stripe-create-customer", { email, name: "Ada" })).customerId);
  const [customerId, otherCustomerId] = [
    await customerOf("ada@example.com"),
    await customerOf("bob@example.com"),
  ];

  await stripe.control("POST", "faults", {
    ...STRIPE_IS_DOWN,
    match: { method: "POST", path: "/v1/payment_intents" },
  });
  const payment = { customerId: otherCustomerId, amount: 4200, currency: "usd" };
  await call("stripe-create-payment-intent", payment);
  await stripe.control("DELETE", "faults");

  await call(
    "stripe-create-customer",
    { email: "eve@example.com" },
    { authorizer: { principalId: "eve", roles: '["readonly"]' } },
  );

  const created = await call("stripe-create-payment-intent", { ...payment, customerId });
  const paymentId = String(created.paymentIntentId);
  const before = await stripe.lastEvent();
  await stripe.pay(paymentId, "4000000000009995").catch(() => undefined);
  await stripe.pay(paymentId, "4242424242424242");
  const events = await stripe.eventsSince(before);
  const failed = events.find(({ type }) => type === "payment_intent.payment_failed");
  const succeeded = events.find(({ type }) => type === "payment_intent.succeeded");
  if (failed === undefined || succeeded === undefined)
    throw new Error("The emulator did not report the payment");

  // An event that names nothing: the consumer fetches it, and Stripe is down.
  const { id, type, created: at, livemode } = failed;
  const reference = { object: "contractspec.event-reference", id, type, created: at, livemode };
  await stripe.control("POST", "faults", { ...STRIPE_IS_DOWN, times: 9, match: { path: "/v1/events/*" } });
  await consume("payment-intent", reference, 2);
  await stripe.control("DELETE", "faults");
  await consume("payment-intent", failed, 3);
  await consume("payment-intent", succeeded);
  await consume("mail", bounceOf(paymentId));
  await consume("invoice", JSON.parse(readFileSync("events/stripe/invoice.paid.json", "utf8")));

  const invocation = httpEvent({
    authorizer: null,
    path: "/api/webhooks/stripe",
    body: "{}",
    headers: { "stripe-signature": "t=1,v1=00" },
  });
  await webhook(invocation, lambdaContext());

  const run = await call("process-payment", sampleInput("process-payment"));
  const runId = String(run.runId);
  const executionArn = `arn:aws:states:us-east-1:000000000000:execution:process-payment:${runId}`;
  await recordRun({ detail: { executionArn, status: "SUCCEEDED" } }, lambdaContext());
  return { customerId, otherCustomerId, paymentId, eventId: failed.id, runId };
}

async function consume(
  queue: EventQueue | "mail",
  body: EmulatedEvent | object,
  receiveCount = 1,
): Promise<void> {
  const isMail = queue === "mail";
  const consumer = await (isMail
    ? import("../../functions/on-mail-event/handler.ts").then(({ handler }) => handler)
    : consumerOf(queue));
  const record = sqsRecord(isMail ? "unrouted" : queue, JSON.stringify(body), { receiveCount });
  await consumer({ Records: [record] }, lambdaContext(20_000));
}

/** A report of SES about the mail to the payer. */
function bounceOf(paymentId: string): object {
  const facts = Object.entries(mailTags({ template: "payment-failed", paymentId }));
  const tags = Object.fromEntries(facts.map(([name, value]) => [name, [value]]));
  return {
    eventType: "Bounce",
    bounce: { bounceType: "Permanent", bounceSubType: "NoEmail", bouncedRecipients: [] },
    mail: { messageId: "0100018c1a2b3c4d-8f9e0d1c-2b3a-4958-8776-655443322110-000000", tags },
  };
}
