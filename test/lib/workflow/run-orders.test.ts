/**
 * Starts, cancellations, retries and ends of a run in any order and at once, while steps fail, answers are lost, reports do not
 * arrive and functions crash before they have written. RACES=200 tries as many orders.
 */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import fc from "fast-check";
import { getItem, type Item, putItem } from "../../../lib/aws/dynamodb.ts";
import { describeExecution } from "../../../lib/aws/step-functions.ts";
import { executionName } from "../../../lib/workflow/execution-name.ts";
import { readRow } from "../../../lib/workflow/run-row.ts";
import { runState } from "../../../lib/workflow/run-status.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { type RunWorld, runWorld, till } from "./run-world.ts";
import type { Fate } from "./vendor.ts";

const MAIN = ["reserve", "pay", "ship"];
/** What a call may be told, apart from a success. */
const REFUSALS = ["CONFLICT", "PRECONDITION_FAILED", "SERVICE_UNAVAILABLE"];

given.localAws();
given.capturedLog();
let world: RunWorld;
beforeAll(async () => {
  world = await runWorld();
});
afterAll(() => world.close());

type Action = "start" | "cancel" | "retry" | "finish" | "settle" | "crash" | "lose reports" | "outage";

const fate = fc.constantFrom<Fate>("down", "lost", "slow");
const order = fc.record({
  fates: fc.record({
    reserve: fc.array(fate, { maxLength: 1 }),
    pay: fc.array(fate, { maxLength: 2 }),
    ship: fc.array(fate, { maxLength: 2 }),
  }),
  actions: fc.array(
    fc.record({
      kind: fc.oneof(
        { weight: 4, arbitrary: fc.constant<Action>("retry") },
        { weight: 2, arbitrary: fc.constantFrom<Action>("settle", "finish", "crash") },
        { weight: 1, arbitrary: fc.constantFrom<Action>("start", "cancel", "lose reports", "outage") },
      ),
      /** Whether the next action waits for this one. */
      alone: fc.boolean(),
    }),
    { minLength: 2, maxLength: 10 },
  ),
});

it("each step has its effect at most once, in order, and the table ends with what Step Functions says", async () => {
  await fc.assert(
    fc.asyncProperty(order, async ({ fates, actions }) => {
      world.vendor.reset();
      world.deliverReports(true);
      world.vendor.hold();
      world.vendor.next(fates);
      const key = randomUUID();
      const runId = await world.start(till, key);
      const kept: Item[] = [];
      const calls: Promise<unknown>[] = [];
      const atRest = () =>
        waitFor("the run to rest", async () => {
          const { execution = 1 } = (await readRow(runId)) ?? {};
          const described = await describeExecution("ship-order", executionName(runId, execution));
          return described?.status !== "RUNNING" || world.vendor.isHeld ? true : undefined;
        });
      const play: Readonly<Record<Action, () => Promise<unknown>>> = {
        start: async () => expect(await world.start(till, key)).toBe(runId),
        cancel: () => world.cancel(runId),
        retry: () => world.retry(runId),
        finish: async () => world.vendor.release(),
        settle: atRest,
        // What was written last is lost.
        crash: async () => {
          const before = kept.pop();
          if (before !== undefined) await putItem("WorkflowRunsTable", before);
        },
        "lose reports": async () => world.deliverReports(false),
        // The next action, and what happens meanwhile, cannot use the table.
        outage: async () => {
          process.env.WORKFLOW_RUNS_TABLE = "NoSuchTable";
        },
      };
      const outcomes: string[] = [];
      for (const { kind, alone } of actions) {
        const item = await getItem("WorkflowRunsTable", { runId });
        if (item !== undefined) kept.push(item);
        const call = play[kind]().then(
          () => outcomes.push(`${kind} succeeded`),
          (thrown: { readonly code?: string }) => {
            if (!REFUSALS.includes(thrown.code ?? "")) throw thrown;
            outcomes.push(`${kind} ${thrown.code}`);
          },
        );
        calls.push(call);
        if (alone) await call;
        if (kind !== "outage") process.env.WORKFLOW_RUNS_TABLE = "WorkflowRunsTable";
      }
      await Promise.all(calls);
      process.env.WORKFLOW_RUNS_TABLE = "WorkflowRunsTable";
      world.vendor.release();
      world.deliverReports(true);

      // A crash can have left a row behind its run: the next retry finds that out, and continues the run or says so.
      await waitFor("the run to be completed or cancelled", async () => {
        const { status } = { status: "", ...(await world.read(runId)) };
        if (status === "failed") await world.retry(runId).catch(() => {});
        return status === "completed" || status === "cancelled" ? true : undefined;
      });
      await world.reported();

      const effects = MAIN.map((step) => world.vendor.effectsOf(step));
      expect(effects.every((count) => count <= 1)).toBe(true);
      expect(effects).toEqual(effects.toSorted((a, b) => b - a));
      const row = await readRow(runId);
      if (row === undefined) throw new Error("The run is not recorded");
      const described = await describeExecution("ship-order", executionName(runId, row.execution));
      expect(row.status).toBe(runState(described?.status));
      expect(await describeExecution("ship-order", executionName(runId, row.execution + 1))).toBeUndefined();
      if (row.status === "completed") expect(effects).toEqual([1, 1, 1]);
      expect(row.status === "cancelled").toBe(outcomes.includes("cancel succeeded"));
    }),
    { numRuns: Number(process.env.RACES ?? tries({ sample: 4, whole: 8 })) },
  );
});
