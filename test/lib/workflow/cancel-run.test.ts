/** Cancelling runs, over the embedded tables and the embedded Step Functions. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findEntries } from "../../../lib/audit/query.ts";
import { describeExecution } from "../../../lib/aws/step-functions.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { admin, problemOf, type RunWorld, runWorld, support, till } from "./run-world.ts";
import { someRunId } from "./some-run-id.ts";

given.localAws();
given.capturedLog();
let world: RunWorld;
beforeAll(async () => {
  world = await runWorld();
});
afterAll(() => world.close());
beforeEach(() => world.vendor.reset());

/** A run whose step `pay` is at the vendor. */
async function runThatPays() {
  world.vendor.hold();
  world.vendor.next({ pay: ["slow"] });
  const runId = await world.start();
  await waitFor("the step pay", async () => world.vendor.calls.includes("pay") || undefined);
  return runId;
}

const statusInList = async (runId: string) =>
  JSON.stringify((await world.list()).items.find((item) => "runId" in item && item.runId === runId));

async function entriesOf(runId: string) {
  const now = new Date();
  const query = { object: runId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: 20 };
  return (await findEntries(query, now)).entries.filter(({ action }) => action === "cancel").reverse();
}

describe("given a run in progress", () => {
  it("its starter cancels it: it is cancelled at once, and stays so after the step in progress has finished", async () => {
    const runId = await runThatPays();
    const cancelled = { runId, workflowId: "ship-order", version: "1.0.0", status: "cancelled" };
    expect(await world.cancel(runId)).toEqual(cancelled);
    expect(await world.read(runId, till)).toMatchObject({ status: "cancelled", endedAt: expect.any(String) });
    expect(await statusInList(runId)).toContain('"status":"cancelled"');

    world.vendor.release();
    await waitFor("the payment", async () => world.vendor.effectsOf("pay") === 1 || undefined);
    await world.reported();
    expect(await world.read(runId, till)).toMatchObject({ status: "cancelled" });
    expect(await statusInList(runId)).toContain('"status":"cancelled"');
    expect(world.vendor.effectsOf("ship")).toBe(0);
    expect(world.vendor.effectsOf("apologize")).toBe(0);
  });

  it("cancelling it again, or ten times at once, is the same", async () => {
    const runId = await runThatPays();
    const all = await Promise.all(Array.from({ length: 10 }, () => world.cancel(runId)));
    expect(new Set(all.map((run) => JSON.stringify(run))).size).toBe(1);
    expect(await world.cancel(runId)).toEqual(all[0]);
    world.vendor.release();
  });

  it("every attempt is in the audit log, by the run's id", async () => {
    const runId = await runThatPays();
    await world.cancel(runId);
    await world.cancel(runId, admin);
    const outputs = { runId, workflowId: "ship-order", version: "1.0.0", status: "cancelled" };
    const common = { eventType: "workflow.cancelled", resource: { type: "workflow", id: "ship-order" } };
    expect(await entriesOf(runId)).toMatchObject([
      { ...common, actor: { id: "till" }, result: "succeeded", metadata: { outputs } },
      { ...common, actor: { id: "boss" }, result: "replayed", metadata: { outputs } },
    ]);
    world.vendor.release();
  });

  it("only its starter and a role that may cancel those of others can cancel it", async () => {
    const runId = await runThatPays();
    expect(await problemOf(world.cancel(runId, { ...till, id: "till-2" }))).toMatchObject({
      code: "NOT_FOUND",
      message: (await problemOf(world.cancel(someRunId()))).message,
    });
    expect(await problemOf(world.cancel(runId, support))).toMatchObject({ code: "FORBIDDEN" });
    expect(await world.read(runId, till)).toMatchObject({ status: "running" });
    expect(await world.cancel(runId, admin)).toMatchObject({ status: "cancelled" });
    world.vendor.release();
  });
});

describe("given a run that has ended", () => {
  it.each([
    ["completed", {}],
    ["failed", { pay: ["down" as const] }],
  ])("one that has %s cannot be cancelled, and the problem says so", async (status, plan) => {
    world.vendor.next(plan);
    const runId = await world.start();
    await world.ended(runId);
    expect(await problemOf(world.cancel(runId))).toMatchObject({
      code: "CONFLICT",
      message: `The run has already ${status}; only a run in progress can be cancelled`,
    });
    expect(await world.read(runId, till)).toMatchObject({ status });
  });

  it.each(["", "run-1", "../x", `${someRunId()}-2`])("the id %j finds nothing", async (runId) => {
    expect(await problemOf(world.cancel(runId))).toMatchObject({ code: "NOT_FOUND" });
  });
});

describe("a run that ends while it is cancelled", () => {
  it("has ended in one way, and everybody sees the same", async () => {
    const STATUS = { completed: "SUCCEEDED", cancelled: "ABORTED" } as const;
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), fc.boolean(), async (s, arrive) => {
        world.vendor.reset();
        world.deliverReports(arrive);
        const runId = await runThatPays();
        const call = s.schedule(Promise.resolve(), "cancel").then(() => world.cancel(runId));
        const finish = s.schedule(Promise.resolve(), "finish").then(() => world.vendor.release());
        const [, outcome] = await Promise.all([
          s.waitAll(),
          call.then(
            ({ status }) => status,
            (thrown: unknown) => thrown,
          ),
          finish,
        ]);
        const status = outcome === "cancelled" ? "cancelled" : "completed";
        if (outcome !== "cancelled") expect(outcome).toMatchObject({ code: "CONFLICT" });
        await world.reported();
        expect(await describeExecution("ship-order", runId)).toMatchObject({ status: STATUS[status] });
        expect(await world.read(runId, till)).toMatchObject({ status });
        expect(await statusInList(runId)).toContain(`"status":"${status}"`);
        world.deliverReports(true);
      }),
      { numRuns: Number(process.env.RACES ?? tries({ sample: 3, whole: 6 })) },
    );
  });
});
