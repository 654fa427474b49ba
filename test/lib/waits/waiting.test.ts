/** Steps that wait: with an event before, while and after the wait begins, twice, never, and after its timeout. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import { getItem, putItem, queryItems } from "../../../lib/aws/dynamodb.ts";
import { eventConsumer } from "../../../lib/events/consume.ts";
import { STRIPE_API_VERSION } from "../../../lib/stripe/api-version.ts";
import { queueHandler } from "../../../lib/transport/queue.ts";
import { waitHandler } from "../../../lib/transport/wait.ts";
import { endWaits } from "../../../lib/waits/end-waits.ts";
import { until } from "../../steps/consuming.ts";
import * as given from "../../steps/given.ts";
import { movableClock } from "../../steps/movable-clock.ts";
import { sqsRecord } from "../../steps/sqs-record.ts";
import { type WaitingRuns, waitingRuns } from "../../steps/waiting-runs.ts";

const HOUR_MS = 3_600_000;
const T = 1_795_478_400;

given.localAws();
const log = given.capturedLog();
let runs: WaitingRuns;
let clock: ReturnType<typeof movableClock>;
const consume = queueHandler("payment-intent", eventConsumer("payment-intent", [endWaits]));

const WORKFLOW = `
workflowId: pay-and-thank
version: 1.0.0
steps:
  - id: wait-for-payment
    wait:
      event: payment_intent.succeeded
      object: \${input.paymentIntentId}
      failOn: payment_intent.canceled
      timeoutMs: ${HOUR_MS}
    onSuccess: thank
    onFailure: apologize
  - id: thank
    capability: make-report
    inputs: { paid: "\${steps.wait-for-payment.output}" }
  - id: apologize
    capability: make-report
    inputs: { error: "\${error.message}", code: "\${error.code}" }
`;

beforeAll(async () => {
  Object.assign(process.env, { STRIPE_SECRET_KEY: "sk_test_local" });
  runs = await waitingRuns(WORKFLOW);
  process.env.AWS_ENDPOINT_URL_SFN = runs.stepFunctions.url;
  clock = movableClock();
});
afterAll(async () => {
  jest.useRealTimers();
  await runs.close();
});

/** Stripe tells the consumer about the payment; the fields are those of the payment intent. */
async function told(
  type: string,
  id: string,
  fields: object = {},
  created = T,
  eventId: string = randomUUID(),
  consumer = consume,
): Promise<void> {
  const status = type.endsWith("succeeded")
    ? "succeeded"
    : type.endsWith("canceled")
      ? "canceled"
      : "processing";
  const body = JSON.stringify({
    id: `evt_${eventId.replaceAll("-", "")}`,
    object: "event",
    type,
    created,
    livemode: false,
    api_version: STRIPE_API_VERSION,
    data: { object: { id, object: "payment_intent", status, amount: 4200, currency: "usd", ...fields } },
  });
  const { batchItemFailures } = await consumer(
    { Records: [sqsRecord("payment-intent", body)] },
    given.lambdaContext(20_000),
  );
  expect(batchItemFailures).toEqual([]);
}

/** The effect in a new instance of its function. */
async function isolated(): Promise<typeof import("../../../lib/waits/end-waits.ts")> {
  jest.resetModules();
  return import("../../../lib/waits/end-waits.ts");
}

const newId = () => `pi_${randomUUID().replaceAll("-", "")}`;
const newRun = () => `run-${randomUUID().replaceAll("-", "")}`;

async function startedRun(paymentIntentId: string, customerId?: string): Promise<string> {
  const runId = newRun();
  await runs.start(runId, { paymentIntentId }, customerId);
  return runId;
}

async function waitsOf(objectId: string) {
  const key = { expression: "objectId = :id", values: { ":id": objectId } };
  return (await queryItems("EventWaitsTable", { key })).items;
}

/** The wait is removed after its run has gone on. */
const noWaitIsLeftOf = (objectId: string) =>
  until("no wait is left", async () => (await waitsOf(objectId)).length === 0);

const PAID = { event: "payment_intent.succeeded", status: "succeeded", amount: 4200, currency: "usd" };

describe("given a run whose step waits for a payment", () => {
  it("goes on when the payment succeeds, with the recorded state as the step's output", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    expect(await waitsOf(id)).toHaveLength(1);

    await told("payment_intent.created", id);
    expect((await runs.describe(runId)).status).toBe("RUNNING");
    await told("payment_intent.succeeded", id, {}, T + 1);

    expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
    expect(runs.given.get(runId)).toEqual([{ paid: expect.objectContaining({ objectId: id, ...PAID }) }]);
    await noWaitIsLeftOf(id);
  });

  it("goes on at once when the payment succeeded before the wait began", async () => {
    const id = newId();
    await told("payment_intent.succeeded", id);
    const runId = await startedRun(id);

    expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
    await noWaitIsLeftOf(id);
  });

  it("ends once when the event comes twice, and when another one says the same", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    await Promise.all([1, 2, 3].map(() => told("payment_intent.succeeded", id, {}, T, id)));
    await told("payment_intent.succeeded", id, {}, T + 1);

    expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
    expect(runs.given.get(runId)).toHaveLength(1);
  });

  it("fails with TIMEOUT and goes to onFailure when the event never comes; an event that comes later changes nothing", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    clock.advance(HOUR_MS - 60_000);
    runs.stepFunctions.tokens.endDue();
    expect((await runs.describe(runId)).status).toBe("RUNNING");
    clock.advance(60_000);
    runs.stepFunctions.tokens.endDue();

    const execution = await runs.ended(runId);
    expect(execution).toMatchObject({ status: "FAILED", error: "States.Timeout" });
    expect(runs.given.get(runId)).toEqual([
      { code: "TIMEOUT", error: expect.stringContaining("longer than") },
    ]);
    log.clear();
    await told("payment_intent.succeeded", id);
    await noWaitIsLeftOf(id);
    expect(log.lines().filter(({ level }) => level !== "info")).toEqual([]);
    expect(log.lines()).toContainEqual(expect.objectContaining({ event: "wait.ended", outcome: "ignored" }));
  });

  it("fails with an event of failOn, and says which, also if it came before", async () => {
    const id = newId();
    const first = await startedRun(id);
    await runs.waiting(first);
    await told("payment_intent.canceled", id);
    for (const runId of [first, await startedRun(id)]) {
      const execution = await runs.ended(runId);
      expect(execution).toMatchObject({ status: "FAILED", error: "PRECONDITION_FAILED" });
      expect(execution.cause).toContain(`payment_intent.canceled happened to ${id}`);
      expect(runs.given.get(runId)).toMatchObject([{ code: "PRECONDITION_FAILED" }]);
    }
  });

  it("finishes as it began after a deployment that changed its workflow and stopped waiting", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    runs.deploy(WORKFLOW.replace("event: payment_intent.succeeded", "event: payment_intent.processing"));
    // What the functions had in memory is gone.
    const { endWaits: afterDeployment } = await isolated();
    const consumeNow = queueHandler("payment-intent", eventConsumer("payment-intent", [afterDeployment]));
    await told("payment_intent.succeeded", id, {}, T, id, consumeNow);
    runs.deploy(WORKFLOW);
    expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("every run that waits for the payment goes on", async () => {
    const id = newId();
    const waiting = await Promise.all([1, 2, 3].map(() => startedRun(id)));
    for (const runId of waiting) await runs.waiting(runId);
    await told("payment_intent.succeeded", id);
    for (const runId of waiting) expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
  });

  it("counts an event that was told before the types of events were noted", async () => {
    const id = newId();
    await told("payment_intent.succeeded", id);
    const item = await getItem("StripeObjectsTable", { objectId: id });
    const { seen: _seen, ...earlier } = item ?? {};
    await putItem("StripeObjectsTable", earlier);
    expect(await runs.ended(await startedRun(id))).toMatchObject({ status: "SUCCEEDED" });
  });

  it("counts an event that is older than what is recorded", async () => {
    const id = newId();
    await told("payment_intent.canceled", id, {}, T + 10);
    await told("payment_intent.processing", id, {}, T);
    expect((await getItem("StripeObjectsTable", { objectId: id }))?.seen).toEqual([
      "payment_intent.canceled",
      "payment_intent.processing",
    ]);
  });

  it("is not disturbed by an event when its run was stopped", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    await runs.stop(runId);
    await told("payment_intent.succeeded", id);
    expect(await runs.describe(runId)).toMatchObject({ status: "ABORTED" });
    await noWaitIsLeftOf(id);
  });
});

describe("given a principal that acts for one customer", () => {
  it.each(["before", "after"])(
    "the payment of another customer, paid %s the wait begins, is none of its own",
    async (when) => {
      const [id, own] = [newId(), newId()];
      const tell = async () => {
        await told("payment_intent.succeeded", id, { customer: "cus_bob" });
        await told("payment_intent.succeeded", own, { customer: "cus_ada" });
      };
      if (when === "before") await tell();
      const [foreignRun, ownRun] = [await startedRun(id, "cus_ada"), await startedRun(own, "cus_ada")];
      if (when === "after") {
        await runs.waiting(foreignRun);
        await runs.waiting(ownRun);
        await tell();
      }
      expect(await runs.ended(foreignRun)).toMatchObject({ status: "FAILED", error: "NOT_FOUND" });
      expect(await runs.ended(ownRun)).toMatchObject({ status: "SUCCEEDED" });
      expect(JSON.stringify(await runs.history(foreignRun))).not.toContain("4200");
    },
  );
});

describe("secrets and personal data of a wait", () => {
  it("are sealed: the token in the table, the metadata in the history; a later step reads them", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    const token = /"token\\*":\\*"([\w-]+)/.exec(JSON.stringify(await runs.history(runId)))?.[1] ?? "";
    expect(token.length).toBeGreaterThan(40);
    expect(JSON.stringify(await waitsOf(id))).not.toContain(token);
    await told("payment_intent.succeeded", id, { metadata: { note: "for Ada Lovelace" } });

    await runs.ended(runId);
    expect(JSON.stringify(await runs.history(runId))).not.toContain("Lovelace");
    expect(runs.given.get(runId)).toMatchObject([{ paid: { metadata: { note: "for Ada Lovelace" } } }]);
    expect(log.text()).not.toContain(token);
  });

  it("a wait that no secret opens does not stop the event, and a person is told", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    const [item] = await waitsOf(id);
    await putItem("EventWaitsTable", { ...item, objectId: id, waitId: `${runId}:other` });
    log.clear();
    await told("payment_intent.succeeded", id);
    expect(await runs.ended(runId)).toMatchObject({ status: "SUCCEEDED" });
    expect(log.lines()).toContainEqual(expect.objectContaining({ level: "error", event: "wait.unreadable" }));
  });
});

describe("a task that nobody of ours has sent", () => {
  it("begins no wait", async () => {
    const id = newId();
    const runId = await startedRun(id);
    await runs.waiting(runId);
    const [entered] = (await runs.history(runId)).flatMap((event) => event.stateEnteredEventDetails ?? []);
    const { run, ...rest } = JSON.parse(entered?.input ?? "{}");
    const scope = { ...rest, run: { ...run, principalId: "mallory" } };
    const event = {
      task: { step: "wait-for-payment", capability: "wait-for-event" },
      runId,
      scope,
      token: "t",
    };
    const begin = waitHandler("wait-for-event");
    await expect(begin(event, given.lambdaContext())).rejects.toMatchObject({ name: "INTERNAL_ERROR" });
    await expect(
      begin(
        { ...event, scope: JSON.parse(entered?.input ?? "{}"), task: { ...event.task, step: "thank" } },
        given.lambdaContext(),
      ),
    ).rejects.toMatchObject({ name: "INTERNAL_ERROR" });
    expect(await waitsOf(id)).toHaveLength(1);
  });

  it("fails when the object's id is of another kind", async () => {
    const execution = await runs.ended(await startedRun("sub_123"));
    expect(execution).toMatchObject({ status: "FAILED", error: "VALIDATION_FAILED" });
    expect(execution.cause).toContain("object must be the id of a payment intent");
  });
});
