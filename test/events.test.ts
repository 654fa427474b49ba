/** Runs every sample of events/ through its function, on real emulated services. */
import { createHmac } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { handler as authorizer } from "../functions/authorizer/handler.ts";
import { handler as webhook } from "../functions/stripe-webhook/handler.ts";
import { handler as createCustomer } from "../generated/handlers/stripe-create-customer.ts";
import { getItem } from "../lib/aws/dynamodb.ts";
import { queueOfEvent } from "../lib/events/route-event.ts";
import { readQueuedEvent } from "../lib/events/stripe-event.ts";
import { seedApiKey } from "../local/provision.ts";
import { type StripeEmulator, startStripeEmulator } from "../stripe-emulator/index.ts";
import { consumerOf } from "./steps/consuming.ts";
import * as given from "./steps/given.ts";
import { sqsRecord } from "./steps/sqs-record.ts";

const aws = given.localAws();
let stripe: StripeEmulator;
beforeAll(async () => {
  stripe = await startStripeEmulator({ port: 0 });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_WEBHOOK_SECRET: "whsec_local",
    // The samples are signed with the local stack's secret.
    APP_SECRET: "local-app-secret-that-protects-nothing",
  });
});
afterAll(async () => {
  await stripe.close();
});

const invocation = (name: string) => JSON.parse(readFileSync(`events/invocations/${name}.json`, "utf8"));
const samples = readdirSync("events/stripe").map((file) => file.replace(/\.json$/, ""));

describe("given the samples of Stripe's events", () => {
  it("every type that the specification names, every other consumer and a thin event have a sample", () => {
    expect(samples).toEqual(
      expect.arrayContaining([
        "payment_intent.succeeded",
        "payment_intent.payment_failed",
        "customer.subscription.created",
        "customer.subscription.updated",
        "customer.subscription.deleted",
        "invoice.paid",
        "charge.refunded",
        "customer.updated",
        "payment_method.attached",
        "entitlements.active_entitlement_summary.updated",
        "v1.customer.deleted",
      ]),
    );
  });

  it.each(samples)("%s is accepted by the webhook and applied by its consumer", async (type) => {
    const body = readFileSync(`events/stripe/${type}.json`, "utf8");
    const timestamp = Math.floor(Date.now() / 1000);
    const signature = createHmac("sha256", "whsec_local").update(`${timestamp}.${body}`).digest("hex");
    const headers = { "stripe-signature": `t=${timestamp},v1=${signature}` };
    expect(
      (await webhook(given.httpEvent({ body, headers, authorizer: null }), given.lambdaContext())).statusCode,
    ).toBe(200);

    const queued = readQueuedEvent(body);
    if (queued === undefined || queued.kind === "reference" || queued.kind === "opaque")
      throw new Error(`${type} is not an event`);
    const { head } = queued;
    expect(queued.kind === "thin" ? `v1.${head.type}` : head.type).toBe(type);
    const objectId = queued.kind === "thin" ? queued.objectId : queued.event.object.id;
    const queue = queueOfEvent(queued);
    const consume = await consumerOf(queue);
    expect(await consume({ Records: [sqsRecord(queue, body)] }, given.lambdaContext())).toEqual({
      batchItemFailures: [],
    });
    expect(await getItem("StripeEventsTable", { eventId: head.id })).toMatchObject({
      state: "done",
      type: head.type,
    });
    expect(await getItem("StripeObjectsTable", { objectId })).toMatchObject({
      status: expect.any(String),
      eventCreated: head.created,
    });
  });

  it("no sample contains a client secret that could be real", () => {
    for (const type of samples) {
      const secrets = readFileSync(`events/stripe/${type}.json`, "utf8").match(/_secret_\w+/g) ?? [];
      expect(secrets.filter((secret) => secret !== "_secret_sample")).toEqual([]);
    }
  });
});

describe("given the samples of invocations", () => {
  it("a capability handles the call over HTTP", async () => {
    const answer = await createCustomer(invocation("http-capability"), given.lambdaContext());
    expect(answer).toMatchObject({ statusCode: 200, body: expect.stringContaining("cus_") });
  });

  it("a consumer applies the queued event", async () => {
    expect(
      await (await consumerOf("payment-intent"))(invocation("sqs-batch"), given.lambdaContext()),
    ).toEqual({
      batchItemFailures: [],
    });
  });

  it("the same capability handles the workflow task, and returns the address sealed", async () => {
    expect(await createCustomer(invocation("workflow-task"), given.lambdaContext())).toEqual({
      output: { customerId: expect.stringMatching(/^cus_/), email: expect.stringMatching(/^sealed:v1:/) },
      mac: expect.any(String),
    });
  });

  it("the authorizer names the caller", async () => {
    await seedApiKey({
      tableName: "ApiKeysTable",
      apiKey: "local-dev-key",
      endpoint: aws.endpoints.dynamodb,
      region: "us-east-1",
    });
    expect(await authorizer(invocation("authorizer"), given.lambdaContext())).toMatchObject({
      context: { principalId: "local-dev" },
    });
  });
});
