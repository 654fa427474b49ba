/** Retrying failed runs, over the embedded tables and the embedded Step Functions. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import { getItem, putItem } from "../../../lib/aws/dynamodb.ts";
import { describeExecution } from "../../../lib/aws/step-functions.ts";
import * as given from "../../steps/given.ts";
import { admin, problemOf, type RunWorld, runWorld, SHIP_ORDER, support, till } from "./run-world.ts";
import type { Fate } from "./vendor.ts";

const HOUR_MS = 60 * 60 * 1000;
/** How the step `pay` can fail, so that it makes sense to try it again. */
const PASSING: readonly Fate[] = ["down", "lost", { refused: "FORBIDDEN" }];

given.localAws();
given.capturedLog();
let world: RunWorld;
beforeAll(async () => {
  world = await runWorld();
});
afterAll(() => world.close());
beforeEach(() => {
  world.vendor.reset();
  world.deploy(SHIP_ORDER);
});

/** A run that has failed at the vendor. */
async function failedRun(plan: Readonly<Record<string, readonly Fate[]>> = { pay: ["down"] }) {
  world.vendor.next(plan);
  const runId = await world.start();
  expect(await world.ended(runId)).toMatchObject({ status: "failed" });
  return runId;
}

const refusalOf = async (call: Promise<unknown>) => {
  const { code, message } = await problemOf(call);
  return { code, message };
};

describe("given a run whose step has failed", () => {
  it.each(PASSING)(
    "when the step has failed with %j, a retry continues with it, and it has its effect once",
    async (fate) => {
      const runId = await failedRun({ pay: [fate] });
      expect(await world.retry(runId)).toEqual({
        ...{ runId, workflowId: "ship-order", version: "1.0.0", status: "running" },
      });
      const run = await world.ended(runId);
      expect(run).toMatchObject({
        status: "completed",
        runId,
        steps: [
          { id: "reserve", status: "completed", attempts: 1 },
          { id: "pay", status: "completed", attempts: 2 },
          { id: "ship", status: "completed", attempts: 1 },
          { id: "apologize", status: "completed" },
        ],
        output: {
          reserve: { receipt: "[sealed]" },
          pay: { receipt: "[sealed]" },
          ship: { receipt: "[sealed]" },
        },
      });
      expect(world.vendor.calls).toEqual(["reserve", "pay", "apologize", "pay", "ship"]);
      for (const step of ["reserve", "pay", "ship"])
        expect([step, world.vendor.effectsOf(step)]).toEqual([step, 1]);
    },
  );

  it("it is one run: in the list, by its id and for the key that started it", async () => {
    world.vendor.next({ pay: ["down"] });
    const key = randomUUID();
    const { runId } = (await world.started(till, key)).run;
    const failed = await world.ended(runId);
    world.vendor.hold();
    world.vendor.next({ pay: ["slow"] });
    await world.retry(runId);
    await world.reported();
    const { startedAt } = { startedAt: "", ...failed };
    const running = { runId, status: "running", startedAt };
    expect(await world.read(runId, till)).toMatchObject(running);
    expect((await world.list({ limit: "1" })).items).toEqual([
      { ...running, workflowId: "ship-order", version: "1.0.0" },
    ]);
    expect(await world.started(till, key)).toMatchObject({
      run: { runId, status: "running" },
      replayed: true,
    });
    world.vendor.release();
    await world.ended(runId);
    expect((await world.list({ limit: "1" })).items).toMatchObject([
      { runId, status: "completed", startedAt },
    ]);
    expect(await world.started(till, key)).toMatchObject({ run: { runId, status: "completed" } });
  });

  it("it can fail and be retried again and again, at the same step and at later ones", async () => {
    const runId = await failedRun({ pay: ["lost", "lost"], ship: ["down", "lost"], apologize: [] });
    for (const status of ["failed", "failed", "failed", "completed"]) {
      await world.retry(runId);
      expect(await world.ended(runId)).toMatchObject({ status });
    }
    expect(world.vendor.calls.filter((step) => step !== "apologize")).toEqual([
      ...["reserve", "pay", "pay", "pay", "ship", "ship", "ship"],
    ]);
    for (const step of ["reserve", "pay", "ship"])
      expect([step, world.vendor.effectsOf(step)]).toEqual([step, 1]);
    // Each failure was handled, with a mail of its own.
    expect(world.vendor.effectsOf("apologize")).toBe(4);
  });

  it("of ten retries at the same moment, one continues the run, and the others get CONFLICT", async () => {
    const runId = await failedRun({ pay: ["lost"] });
    const calls = await Promise.allSettled(Array.from({ length: 10 }, () => world.retry(runId)));
    const refused = calls.flatMap((call) => (call.status === "rejected" ? [call.reason] : []));
    expect(refused).toHaveLength(9);
    for (const problem of refused) expect(problem).toMatchObject({ code: "CONFLICT" });
    expect(await world.ended(runId)).toMatchObject({ status: "completed" });
    expect(world.vendor.calls).toEqual(["reserve", "pay", "apologize", "pay", "ship"]);
    expect(await describeExecution("ship-order", `${runId}-3`)).toBeUndefined();
  });

  it("a retry that was not recorded, because its function crashed, is found by the next one", async () => {
    const runId = await failedRun({ pay: ["lost"], ship: ["lost"] });
    const recorded = await getItem("WorkflowRunsTable", { runId });
    world.deliverReports(false);
    await world.retry(runId);
    expect(await world.ended(runId)).toMatchObject({ status: "failed" });
    await putItem("WorkflowRunsTable", { ...recorded });
    world.deliverReports(true);

    expect(await problemOf(world.retry(runId))).toMatchObject({ code: "CONFLICT" });
    await world.retry(runId);
    expect(await world.ended(runId)).toMatchObject({ status: "completed" });
    expect(world.vendor.calls.filter((step) => step !== "apologize")).toEqual([
      "reserve",
      "pay",
      "pay",
      "ship",
      "ship",
    ]);
    for (const step of ["reserve", "pay", "ship"])
      expect([step, world.vendor.effectsOf(step)]).toEqual([step, 1]);
  });

  it("only its starter and a role that may retry those of others can retry it; the steps run as its starter", async () => {
    const runId = await failedRun();
    expect(await problemOf(world.retry(runId, { ...till, id: "till-2" }))).toMatchObject({
      code: "NOT_FOUND",
    });
    expect(await problemOf(world.retry(runId, support))).toMatchObject({ code: "FORBIDDEN" });
    await world.retry(runId, admin);
    expect(await world.ended(runId)).toMatchObject({ status: "completed" });
    const now = new Date();
    const query = { object: runId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: 50 };
    const { entries } = await findEntries(query, now);
    expect(entries.filter(({ action }) => action === "step").map(({ actor }) => actor.id)).toEqual(
      Array.from({ length: 5 }, () => "till"),
    );
    expect(entries.find(({ action }) => action === "retry")).toMatchObject({
      eventType: "workflow.retried",
      actor: { id: "boss" },
      result: "succeeded",
      metadata: { outputs: { runId, status: "running" } },
    });
  });
});

describe("given a run that cannot be retried", () => {
  it("one in progress, one that has completed and one that was cancelled: the problem says which", async () => {
    const completed = await world.start();
    await world.ended(completed);
    world.vendor.hold();
    world.vendor.next({ pay: ["slow"] });
    const running = await world.start();
    expect(await refusalOf(world.retry(running))).toEqual({
      code: "CONFLICT",
      message: "The run is in progress; only a failed run can be retried",
    });
    await world.cancel(running);
    world.vendor.release();
    expect(await refusalOf(world.retry(running))).toEqual({
      code: "CONFLICT",
      message: "The run was cancelled; only a failed run can be retried",
    });
    expect(await refusalOf(world.retry(completed))).toEqual({
      code: "CONFLICT",
      message: "The run has completed; only a failed run can be retried",
    });
  });

  it("one whose payment was declined: a retry would get the same response", async () => {
    const runId = await failedRun({ pay: [{ refused: "PAYMENT_REQUIRED" }] });
    expect(await refusalOf(world.retry(runId))).toEqual({
      code: "PRECONDITION_FAILED",
      message: expect.stringContaining("the payment of its step pay was declined"),
    });
  });

  it("one whose failure was undone at the vendor", async () => {
    world.deploy(SHIP_ORDER, {});
    const runId = await failedRun({ ship: ["down"] });
    expect(await refusalOf(world.retry(runId))).toEqual({
      code: "PRECONDITION_FAILED",
      message: expect.stringContaining("its step apologize has already dealt with the failure of ship"),
    });
  });

  it("one whose version is not deployed any more, or whose steps have changed; it can when they are back", async () => {
    const runId = await failedRun();
    world.deploy(SHIP_ORDER.replace("version: 1.0.0", "version: 1.1.0"));
    expect(await refusalOf(world.retry(runId))).toEqual({
      code: "PRECONDITION_FAILED",
      message: expect.stringContaining(
        "it began with version 1.0.0 of ship-order, and 1.1.0 is deployed now",
      ),
    });
    world.deploy(SHIP_ORDER.replace("customerId: ship }", "customerId: sail }"));
    expect(await refusalOf(world.retry(runId))).toEqual({
      code: "PRECONDITION_FAILED",
      message: expect.stringContaining("the steps of ship-order have changed since it began"),
    });
    world.deploy(SHIP_ORDER);
    await world.retry(runId);
    expect(await world.ended(runId)).toMatchObject({ status: "completed" });
  });

  it("one whose failed step began a day ago: its key may be forgotten, so that it could pay twice", async () => {
    const runId = await failedRun({ pay: ["lost"] });
    for (const laterMs of [24 * HOUR_MS, 30 * 24 * HOUR_MS])
      expect(await refusalOf(world.retry(runId, till, laterMs))).toEqual({
        code: "PRECONDITION_FAILED",
        message: expect.stringContaining("its step pay could be retried until"),
      });
    expect(await describeExecution("ship-order", `${runId}-2`)).toBeUndefined();
    expect(await world.retry(runId, till, 23 * HOUR_MS)).toMatchObject({ status: "running" });
    await world.ended(runId);
    expect(world.vendor.effectsOf("pay")).toBe(1);
  });

  it("a retry does not make the time for the next one longer", async () => {
    const runId = await failedRun({ pay: ["lost", "lost"] });
    const [message] =
      /until \S+/.exec((await refusalOf(world.retry(runId, till, 25 * HOUR_MS))).message) ?? [];
    await world.retry(runId);
    await world.ended(runId);
    expect((await refusalOf(world.retry(runId, till, 25 * HOUR_MS))).message).toContain(message);
  });
});
