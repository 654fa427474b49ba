/** An event that is consumed between any two calls of the function that begins the wait. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { endWaits } from "../../../lib/waits/end-waits.ts";
import { passOn } from "../../../local/pass-on.ts";
import * as given from "../../steps/given.ts";
import { type LoopbackServer, loopbackServer } from "../../steps/loopback-server.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type WaitingRuns, waitingRuns } from "../../steps/waiting-runs.ts";

given.localAws();
given.capturedLog();
let runs: WaitingRuns;
let front: LoopbackServer;
/** What happens at the next call to DynamoDB of this kind; calls within it pass. */
let interruption:
  | { readonly call: RegExp; readonly when: "before" | "after"; act(): Promise<void> }
  | undefined;
const consume = queueHandler("payment-intent", eventConsumer("payment-intent", [endWaits]));

beforeAll(async () => {
  process.env.STRIPE_SECRET_KEY = "sk_test_local";
  runs = await waitingRuns(`
workflowId: w
version: 1.0.0
steps:
  - id: a
    wait: { event: payment_intent.succeeded, object: "\${input.id}", timeoutMs: 3600000 }
`);
  process.env.AWS_ENDPOINT_URL_SFN = runs.stepFunctions.url;
  const target = process.env.AWS_ENDPOINT_URL_DYNAMODB ?? "";
  front = await loopbackServer(async (incoming, body, response) => {
    const call = `${String(incoming.headers["x-amz-target"]).split(".")[1]} ${JSON.parse(body.toString()).TableName}`;
    const due = interruption?.call.test(call) ? interruption : undefined;
    if (due !== undefined) interruption = undefined;
    if (due?.when === "before") await due.act();
    const answer = await passOn(target, incoming, body);
    if (due?.when === "after") await due.act();
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  process.env.AWS_ENDPOINT_URL_DYNAMODB = front.url;
});
afterAll(async () => {
  await runs.close();
  await front.close();
});

it.each([
  ["before", /^PutItem EventWaits/],
  ["after", /^PutItem EventWaits/],
  ["before", /^GetItem StripeObjects/],
  ["after", /^GetItem StripeObjects/],
] as const)("an event that is consumed %s the call %s ends the wait", async (when, call) => {
  const id = `pi_${randomUUID().replaceAll("-", "")}`;
  const runId = `run-${randomUUID().replaceAll("-", "")}`;
  const body = JSON.stringify({
    id: `evt_${id}`,
    object: "event",
    type: "payment_intent.succeeded",
    created: 1_795_478_400,
    livemode: false,
    api_version: STRIPE_API_VERSION,
    data: { object: { id, object: "payment_intent", status: "succeeded" } },
  });
  const act = async () => {
    const response = await consume(
      { Records: [sqsRecord("payment-intent", body)] },
      given.lambdaContext(20_000),
    );
    expect(response.batchItemFailures).toEqual([]);
  };
  const acted = new Promise<void>((resolve, reject) => {
    interruption = { call, when, act: () => act().then(resolve, reject) };
  });
  await runs.start(runId, { id });
  expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
  // The run can end before its event has been recorded in full.
  await acted;
});
