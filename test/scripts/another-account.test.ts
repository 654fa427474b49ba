/** A stage moves to another Stripe account, by the steps of docs/operations.md. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { getItem, putItem } from "../../lib/aws/dynamodb.ts";
import { env } from "../../lib/env.ts";
import { passOn } from "../../local/pass-on.ts";
import { eventsCommand } from "../../scripts/events/command.ts";
import { runEvents } from "../../scripts/events/run.ts";
import { stripeCommand } from "../../scripts/stripe/command.ts";
import { runStripe } from "../../scripts/stripe/run.ts";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { runHere } from "../steps/commands.ts";
import * as given from "../steps/given.ts";
import { clientOf } from "../steps/given-stripe-emulator.ts";
import { type LoopbackServer, loopbackServer } from "../steps/loopback-server.ts";

const WEBHOOK = "https://api.example.com/api/webhooks/stripe";

const aws = given.localAws(given.DEPLOYED_NAMES);
given.capturedLog();
let before: StripeEmulator;
let after: StripeEmulator;
/** Stripe, as the account of the present key shows it. */
let stripe: LoopbackServer;
let present: StripeEmulator;
beforeAll(async () => {
  [before, after] = await Promise.all([startStripeEmulator({ port: 0 }), startStripeEmulator({ port: 0 })]);
  present = before;
  stripe = await loopbackServer(async (request, body, response) => {
    const answer = await passOn(present.url, request, body);
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  Object.assign(process.env, {
    STRIPE_API_BASE: stripe.url,
    STRIPE_SECRET_KEY: "sk_test_51abc",
    DYNAMODB_PORT: new URL(aws.endpoints.dynamodb).port,
    SQS_PORT: new URL(aws.endpoints.sqs).port,
  });
});
afterAll(async () => {
  await stripe.close();
  await Promise.all([before.close(), after.close()]);
});

const npmRunStripe = (words: string) => runHere(stripeCommand, runStripe, words);
const npmRunEvents = (words: string) => runHere(eventsCommand, runEvents, words);
const recorded = (objectId: string) => getItem(env("STRIPE_OBJECTS_TABLE"), { objectId });

describe("given a stage whose key is replaced by one of another account", () => {
  it("until something is forgotten the old key brings everything back; then only the new account is left", async () => {
    await npmRunEvents("complete");
    const { id: old } = await clientOf(before).paymentIntents.create({ amount: 4200, currency: "usd" });
    const state = {
      objectType: "payment_intent",
      status: "requires_payment_method",
      final: false,
      version: 1,
    };
    await putItem(env("STRIPE_OBJECTS_TABLE"), { objectId: old, ...state });
    const { id: renewed } = await clientOf(after).customers.create({ email: "ada@example.com" });

    // With the old key, nothing can be forgotten by mistake.
    expect(await npmRunStripe("account check --forget")).toMatchObject({ status: 0 });
    expect(await recorded(old)).toBeDefined();

    present = after;
    const created = await npmRunStripe(`webhook create --url ${WEBHOOK}`);
    expect(created).toMatchObject({ status: 0, out: expect.stringMatching(/^whsec_\w+\n$/) });
    expect(await npmRunStripe(`webhook check --url ${WEBHOOK}`)).toMatchObject({ status: 0 });
    const found = await npmRunStripe("account check");
    expect(found).toMatchObject({ status: 1, out: expect.stringContaining(old) });

    present = before;
    expect(await npmRunStripe("account check")).toMatchObject({ status: 0 });
    expect(await recorded(old)).toBeDefined();

    present = after;
    await npmRunStripe("account check --forget");
    expect(await recorded(old)).toBeUndefined();
    expect(await npmRunEvents("complete")).toMatchObject({ status: 0 });
    expect(await recorded(renewed)).toMatchObject({ stateOf: renewed });
    expect(await npmRunStripe("account check")).toMatchObject({ status: 0 });
    expect(await npmRunEvents("drift")).toMatchObject({ status: 0 });
  });
});
