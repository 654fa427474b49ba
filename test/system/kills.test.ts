/**
 * R2: a kill before and after every external call of every consumer and of the workflow's steps. First one kill at
 * every place, then two or three kills at places that a seed chooses. Between two lives, time jumps past every lease.
 */

import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { SNSClient, SubscribeCommand } from "@aws-sdk/client-sns";
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { handler as sendEmail } from "../../generated/handlers/send-email.ts";
import { handler as createCustomer } from "../../generated/handlers/stripe-create-customer.ts";
import { handler as createPaymentIntent } from "../../generated/handlers/stripe-create-payment-intent.ts";
import { getItem } from "../../lib/aws/dynamodb.ts";
import { loadWorkflow } from "../../lib/compiler/workflow/load-workflow.ts";
import type { EventQueue } from "../../lib/events/event-queues.ts";
import { present } from "../../lib/present.ts";
import { STRIPE_API_VERSION } from "../../lib/stripe/api-version.ts";
import { seededRandom } from "../../local/seeded-random.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { consumerOf } from "../steps/consuming.ts";
import { sampleOf, tries } from "../steps/effort.ts";
import * as given from "../steps/given.ts";
import { type Kill, type MortalServices, mortalServices } from "../steps/mortal-services.ts";
import { movableClock } from "../steps/movable-clock.ts";
import { runData, taskOf } from "../steps/signed-run.ts";
import { sqsRecord } from "../steps/sqs-record.ts";
import { type EmulatedEvent, emulatorClient } from "../steps/stripe-emulator-client.ts";

const MAX_LIVES = 10;
const LIFE_MS = 20_000;
/** The number of schedules: one kill at every place (in the sample at every 21st, by turns before and after a call), and the rest by seeds. */
const SCHEDULES = tries({ sample: 15, whole: 500 });

const aws = given.localAws();
let stripe: StripeEmulator;
let services: MortalServices;
let sqs: SQSClient;
let client: ReturnType<typeof emulatorClient>;
let mailbox: string;
let applicationQueue: string;
let clock: ReturnType<typeof movableClock>;
let schedules = 0;

given.capturedLog();
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  client = emulatorClient(stripe.url);
  mailbox = aws.endpoints.ses;
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    PUBLIC_URL: "https://pay.example.com",
    EMAIL_FROM: "payments@example.com",
    ADMIN_EMAIL: "owner@example.com",
  });
  await fetch(mailbox, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded" },
    body: "Action=VerifyEmailIdentity&EmailAddress=payments@example.com",
  });
  sqs = new SQSClient({});
  await sqs.send(new CreateQueueCommand({ QueueName: "application" }));
  applicationQueue = `${aws.endpoints.sqs}/000000000000/application`;
  const sns = new SNSClient({});
  await sns.send(
    new SubscribeCommand({
      TopicArn: process.env.NOTIFICATIONS_TOPIC_ARN,
      Protocol: "sqs",
      Endpoint: "arn:aws:sqs:us-east-1:000000000000:application",
      Attributes: { RawMessageDelivery: "true" },
    }),
  );
  sns.destroy();
  services = await mortalServices([
    "AWS_ENDPOINT_URL_DYNAMODB",
    "AWS_ENDPOINT_URL_SQS",
    "AWS_ENDPOINT_URL_SNS",
    "AWS_ENDPOINT_URL_SES",
    "STRIPE_API_BASE",
  ]);
  clock = movableClock();
});
afterAll(async () => {
  jest.useRealTimers();
  sqs.destroy();
  await services.close();
  await stripe.close();
});

/** A message or run that is delivered again until it is done. */
interface Subject {
  /** True when the sender considers it done. */
  readonly deliver: () => Promise<boolean>;
  /** Expects that everything happened, and nothing twice. */
  readonly verify: () => Promise<void>;
}

/** Delivers the subject, life after life, with the planned kills. */
async function survive({ deliver, verify }: Subject, kills: readonly Kill[]): Promise<void> {
  schedules += 1;
  services.begin(kills);
  for (let life = 0; ; life += 1) {
    if (life === MAX_LIVES) throw new Error(`Not done after ${MAX_LIVES} lives: ${JSON.stringify(kills)}`);
    const isDone = await deliver().catch(() => false);
    const died = services.isDead;
    services.revive();
    clock.advance(LIFE_MS);
    if (isDone && !died) break;
  }
  services.spare();
  try {
    await verify();
  } catch (cause) {
    throw new Error(
      `After ${JSON.stringify(services.kills)}: ${cause instanceof Error ? cause.message : cause}`,
      {
        cause,
      },
    );
  }
}

/** One kill at every place of `make`'s subject, then `whole` schedules of two or three kills, or a sample of both. */
async function everyDeath(make: () => Promise<Subject>, whole: number, seed: number): Promise<void> {
  await survive(await make(), []);
  const calls = services.reached.length;
  expect(calls).toBeGreaterThan(2);
  const places = Array.from({ length: 2 * calls }, (_, n): Kill => {
    return { call: n >> 1, when: n % 2 === 0 ? "before" : "after" };
  });
  for (const kill of sampleOf(places, { every: 21 })) await survive(await make(), [kill]);
  const random = seededRandom(seed);
  const below = (limit: number) => Math.floor(random() * limit);
  for (let schedule = tries({ sample: 1, whole }); schedule > 0; schedule -= 1) {
    const kills = Array.from({ length: 2 + below(2) }, (): Kill => {
      // The later lives repeat calls of the earlier ones.
      return { call: below(2 * calls), when: below(2) === 0 ? "before" : "after" };
    });
    await survive(await make(), kills);
  }
}

/** How often the application was notified of the event. */
async function toldOf(eventId: string): Promise<number> {
  let count = 0;
  for (;;) {
    const { Messages = [] } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: applicationQueue, MaxNumberOfMessages: 10 }),
    );
    if (Messages.length === 0) return count;
    for (const { Body = "", ReceiptHandle } of Messages) {
      if (JSON.parse(Body).id === eventId) count += 1;
      await sqs.send(new DeleteMessageCommand({ QueueUrl: applicationQueue, ReceiptHandle }));
    }
  }
}

async function listed(path: string): Promise<{ readonly data: readonly EmulatedEvent[] }> {
  const answer = await fetch(`${stripe.url}/v1/${path}`, {
    headers: { authorization: "Bearer sk_test_local" },
  });
  return JSON.parse(await answer.text());
}

/** Also empties the mailbox, to avoid reading a thousand mails a thousand times. */
async function mailsTo(address: string): Promise<number> {
  const { emails }: { emails: { destination: { to: string[] } }[] } = JSON.parse(
    await (await fetch(`${mailbox}/store`)).text(),
  );
  await fetch(`${mailbox}/clear-store`, { method: "POST" });
  return emails.filter(({ destination }) => destination.to.includes(address)).length;
}

/**
 * The number of kills between the call of SES or SNS and the call that records it. Only there, a second mail or
 * notification is documented behavior. `note`: the call that makes the record durable.
 */
function deathsBetween(service: string, note: string): number {
  return services.kills.filter(({ reached }) => {
    const at = reached.lastIndexOf(service);
    return at !== -1 && !reached.slice(at).includes(note);
  }).length;
}

/** A queued event that must end as done and recorded, and be notified when `isTold`. */
function anEvent(
  queue: EventQueue,
  event: EmulatedEvent & { readonly data?: unknown },
  expected: { readonly objectId: string; readonly status: string; readonly isTold: boolean },
): Subject {
  const batch = { Records: [sqsRecord(queue, JSON.stringify(event))] };
  return {
    deliver: async () =>
      (await (await consumerOf(queue))(batch, given.lambdaContext(LIFE_MS))).batchItemFailures.length === 0,
    verify: async () => {
      expect(await getItem("StripeEventsTable", { eventId: event.id })).toMatchObject({ state: "done" });
      expect(await getItem("StripeObjectsTable", { objectId: expected.objectId })).toMatchObject({
        status: expected.status,
        version: 1,
      });
      const told = await toldOf(event.id);
      expect(told).toBeGreaterThanOrEqual(expected.isTold ? 1 : 0);
      expect(told).toBeLessThanOrEqual(
        expected.isTold ? 1 + deathsBetween("sns", "UpdateItem StripeEventsTable") : 0,
      );
    },
  };
}

function snapshot(type: string, object: Record<string, unknown>, previous?: object): EmulatedEvent {
  return {
    id: `evt_${randomUUID()}`,
    object: "event",
    api_version: STRIPE_API_VERSION,
    type,
    created: Math.floor(Date.now() / 1000),
    livemode: false,
    data: { object, ...present({ previous_attributes: previous }) },
  };
}

const id = (prefix: string) => `${prefix}_${randomUUID().replaceAll("-", "")}`;

/** Its decline code needs a person: the consumer sends a mail. */
const STOLEN_CARD = "4000000000009979";

describe("given a consumer that is killed before or after any call", () => {
  it("a payment is recorded and notified once", () =>
    everyDeath(
      async () => {
        const intent = { id: id("pi"), object: "payment_intent", status: "succeeded", customer: id("cus") };
        const expected = { objectId: intent.id, status: "succeeded", isTold: true };
        return anEvent("payment-intent", snapshot("payment_intent.succeeded", intent), expected);
      },
      60,
      1,
    ));

  it("a declined payment is recorded and notified once, and the administrator gets one mail, or none after a kill while sending", () =>
    everyDeath(
      async () => {
        const email = `${randomUUID()}@example.com`;
        process.env.ADMIN_EMAIL = email;
        const { id: intent } = await client.api("payment_intents", { amount: "4200", currency: "usd" });
        await client.pay(intent, STOLEN_CARD).catch(() => undefined);
        const [event] = (await listed("events?type=payment_intent.payment_failed&limit=1")).data;
        if (event === undefined) throw new Error("Stripe reports no failure");
        const expected = { objectId: intent, status: "requires_payment_method", isTold: true };
        const subject = anEvent("payment-intent", event, expected);
        return {
          ...subject,
          verify: async () => {
            await subject.verify();
            const mails = await mailsTo(email);
            expect(mails).toBeLessThanOrEqual(1);
            // Marked as sending before SES is called. After a kill in between, the mark stays, and nobody knows the
            // result.
            const payment = await getItem("FailedPaymentsTable", { paymentId: intent });
            const [mark] = Object.values(Object(payment?.mails)).map((claim) => Object(claim).state);
            expect(["sending", "sent"]).toContain(mark);
            if (mark === "sent") expect(mails).toBe(1);
            else expect(services.kills).not.toEqual([]);
          },
        };
      },
      30,
      8,
    ));

  it("a subscription is recorded and notified once", () =>
    everyDeath(
      async () => {
        const subscription = { id: id("sub"), object: "subscription", status: "active" };
        const event = snapshot("customer.subscription.updated", subscription, { status: "incomplete" });
        const expected = { objectId: subscription.id, status: "active", isTold: true };
        return anEvent("subscription", event, expected);
      },
      30,
      2,
    ));

  it("an invoice is recorded and notified once", () =>
    everyDeath(
      async () => {
        const invoice = { id: id("in"), object: "invoice", status: "paid" };
        const expected = { objectId: invoice.id, status: "paid", isTold: true };
        return anEvent("invoice", snapshot("invoice.paid", invoice), expected);
      },
      30,
      3,
    ));

  it("a refund is recorded and notified once, with the ids of a payment that only Stripe knows", () =>
    everyDeath(
      async () => {
        const intent = await client.api("payment_intents", { amount: "100", currency: "usd" });
        const refund = { id: id("re"), object: "refund", status: "succeeded", payment_intent: intent.id };
        const expected = { objectId: refund.id, status: "succeeded", isTold: true };
        return anEvent("charge", snapshot("refund.created", refund), expected);
      },
      50,
      4,
    ));

  it("a deleted customer is forgotten and notified once", () =>
    everyDeath(
      async () => {
        const customer = { id: id("cus"), object: "customer", email: `${randomUUID()}@example.com` };
        const expected = { objectId: customer.id, status: "deleted", isTold: true };
        return anEvent("customer", snapshot("customer.deleted", customer), expected);
      },
      50,
      5,
    ));

  it.each([
    ["a saved card is recorded, and nothing is notified", "payment_method.attached", "attached", false],
    [
      "the entitlements of a customer are recorded and notified once",
      "entitlements.active_entitlement_summary.updated",
      "active",
      true,
    ],
  ])("%s", (_what, type, status, isTold) =>
    everyDeath(
      async () => {
        const customer = id("cus");
        const object = type.startsWith("payment_method")
          ? { id: id("pm"), object: "payment_method", customer }
          : { object: "entitlements.active_entitlement_summary", customer, entitlements: { data: [] } };
        const objectId = "id" in object ? String(object.id) : `entitlements_${customer}`;
        return anEvent("customer", snapshot(type, object), { objectId, status, isTold });
      },
      5,
      9,
    ),
  );

  it("an event whose type has no consumer is kept once", () =>
    everyDeath(
      async () => {
        const event = snapshot("balance.available", { object: "balance" });
        const batch = { Records: [sqsRecord("unrouted", JSON.stringify(event))] };
        return {
          deliver: async () =>
            (await (await consumerOf("unrouted"))(batch, given.lambdaContext(LIFE_MS))).batchItemFailures
              .length === 0,
          verify: async () =>
            expect(await getItem("StripeEventsTable", { eventId: event.id })).toMatchObject({
              state: "ignored",
            }),
        };
      },
      10,
      6,
    ));
});

describe("given the steps of process-payment, killed before or after any call", () => {
  const { workflow } = loadWorkflow(
    "workflows/process-payment.yml",
    readFileSync("workflows/process-payment.yml", "utf8"),
  );
  const lambdas = {
    "stripe-create-customer": createCustomer,
    "stripe-create-payment-intent": createPaymentIntent,
    "send-email": sendEmail,
  };

  it("the run creates one customer and one payment intent, and sends one mail, or two after a kill while sending", async () => {
    const make = async (): Promise<Subject> => {
      const runId = id("run");
      const email = `${randomUUID()}@example.com`;
      const plan = Object.fromEntries(
        workflow.steps.map(({ id: step, capability, inputs }) => [step, { capability, inputs, after: [] }]),
      );
      const scope = runData({
        runId,
        principal: { id: "tester", roles: ["admin"] },
        plan,
        input: { customerEmail: email, customerName: "Ada", amount: 4200 },
      });
      const steps: Record<string, unknown> = {};
      return {
        // As in Step Functions, a failed step is invoked again, and the run continues after the last step that
        // succeeded.
        deliver: async () => {
          for (const step of workflow.steps.slice(0, 3)) {
            if (steps[step.id] !== undefined) continue;
            const lambda = Object.entries(lambdas).find(([name]) => name === step.capability)?.[1];
            const event = taskOf(runId, step.id, step.capability, { ...scope, steps });
            const result: unknown = await lambda?.(event, given.lambdaContext(LIFE_MS));
            if (services.isDead) return false;
            steps[step.id] = result;
          }
          return true;
        },
        verify: async () => {
          const search = new URLSearchParams({ email, limit: "100" });
          const { data: customers } = await listed(`customers?${search}`);
          expect(customers).toHaveLength(1);
          const { data: intents } = await listed(`payment_intents?customer=${customers[0]?.id}&limit=100`);
          expect(intents).toHaveLength(1);
          const mails = await mailsTo(email);
          expect(mails).toBeGreaterThanOrEqual(1);
          expect(mails).toBeLessThanOrEqual(1 + deathsBetween("ses", "UpdateItem IdempotencyKeysTable"));
        },
      };
    };
    await everyDeath(make, 40, 7);
  });
});

it(`the tests above ran at least ${SCHEDULES} schedules`, () => {
  expect(schedules).toBeGreaterThanOrEqual(SCHEDULES);
});
