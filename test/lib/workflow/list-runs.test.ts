/** The list of a workflow's runs, and one run as callers poll it, over the embedded tables and the embedded Step Functions. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { deleteItem, queryItems } from "../../../lib/aws/dynamodb.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { fieldsOf, textOf } from "../../../lib/untrusted.ts";
import { listParameters } from "../../../lib/workflow/list-parameters.ts";
import { readParameters } from "../../../lib/workflow/read-parameters.ts";
import { ROW_STATES, type RunRow, writeRow } from "../../../lib/workflow/run-row.ts";
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

const idsOf = (items: readonly object[]) => items.map((item) => textOf(fieldsOf(item).runId));
const aTill = (): Principal => ({ id: `till-${randomUUID()}`, roles: ["checkout"] });

describe("given runs that have ended and one in progress", () => {
  it("they are listed newest first, each with its status, its times and its error", async () => {
    const owner = aTill();
    const completed = await world.start(owner);
    await world.ended(completed);
    world.vendor.next({ pay: ["down"] });
    const failed = await world.start(owner);
    await world.ended(failed);
    world.vendor.hold();
    world.vendor.next({ reserve: ["slow"] });
    const running = await world.start(owner);
    await world.reported();

    const { items, next } = await world.list({}, owner);
    expect(next).toBeUndefined();
    const time = expect.stringMatching(/^\d{4}-.*Z$/);
    const common = { workflowId: "ship-order", version: "1.0.0", startedAt: time };
    expect(items).toEqual([
      { ...common, runId: running, status: "running" },
      {
        ...{ ...common, runId: failed, status: "failed", endedAt: time },
        error: { code: "SERVICE_UNAVAILABLE", step: "pay", message: expect.any(String) },
      },
      { ...common, runId: completed, status: "completed", endedAt: time },
    ]);
    for (const [status, runId] of [
      ["running", running],
      ["failed", failed],
      ["completed", completed],
    ] as const) {
      expect(idsOf((await world.list({ status }, owner)).items)).toEqual([runId]);
    }
    world.vendor.release();
    await world.ended(running);
    expect(await world.list({ status: "running" }, owner)).toEqual({ items: [] });
  });

  it("a run looks the same in the list and by itself", async () => {
    const owner = aTill();
    world.vendor.next({ ship: ["down"] });
    const runId = await world.start(owner);
    const { steps: _steps, ...document } = fieldsOf(await world.ended(runId));
    expect((await world.list({}, owner)).items).toEqual([document]);
  });
});

describe("given runs of several principals", () => {
  it("a principal sees its own, and a role that may read others' sees all", async () => {
    const [ada, bob] = [aTill(), aTill()];
    const [first, second] = [await world.start(ada), await world.start(bob)];
    await Promise.all([world.ended(first), world.ended(second)]);
    expect(idsOf((await world.list({}, ada)).items)).toEqual([first]);
    expect(idsOf((await world.list({}, bob)).items)).toEqual([second]);
    for (const reader of [support, admin])
      expect(idsOf((await world.list({ limit: "2" }, reader)).items)).toEqual([second, first]);
    expect(await world.list({}, aTill())).toEqual({ items: [] });
  });

  it("a key that acts for one customer sees only the runs that it started for that customer", async () => {
    const owner = aTill();
    const [one, other] = [
      { ...owner, customerId: "cus_1" },
      { ...owner, customerId: "cus_2" },
    ];
    const ids = [await world.start(one), await world.start(other), await world.start(owner)];
    await Promise.all(ids.map((runId) => world.ended(runId)));
    expect(idsOf((await world.list({}, one)).items)).toEqual(ids.slice(0, 1));
    expect(idsOf((await world.list({}, other)).items)).toEqual(ids.slice(1, 2));
    expect(idsOf((await world.list({}, owner)).items)).toEqual(ids.toReversed());
  });

  it("a principal that may read no runs is refused, and so is a name that is no workflow", async () => {
    expect(await problemOf(world.list({}, { id: "nobody", roles: [] }))).toMatchObject({ code: "FORBIDDEN" });
    expect(await problemOf(world.list({}, till, "ship-orders"))).toMatchObject({
      code: "NOT_FOUND",
      issues: [{ path: "workflowId" }],
    });
  });
});

describe("given what is stored of a run", () => {
  it("it has neither inputs nor outputs", async () => {
    const owner = aTill();
    await world.ended(await world.start(owner));
    const { items } = await queryItems("WorkflowRunsTable", {
      index: "by-owner",
      key: {
        expression: "ofOwner = :owner",
        values: { ":owner": `ship-order#completed#${owner.id}` },
      },
    });
    expect(items).toHaveLength(1);
    expect(JSON.stringify(items)).not.toMatch(/4200|secret|sealed/);
  });
});

describe("given a start whose run could not be recorded", () => {
  it("Step Functions' report records it", async () => {
    const owner = aTill();
    world.vendor.hold();
    world.vendor.next({ reserve: ["slow"] });
    world.deliverReports(false);
    const table = process.env.WORKFLOW_RUNS_TABLE;
    process.env.WORKFLOW_RUNS_TABLE = "NoSuchTable";
    const key = randomUUID();
    const runId = await world.start(owner, key);
    process.env.WORKFLOW_RUNS_TABLE = table;
    expect(await world.list({}, owner)).toEqual({ items: [] });
    world.deliverReports(true);
    world.vendor.release();
    const items = await waitFor("the report", async () => {
      const page = await world.list({}, owner);
      return page.items.length === 0 ? undefined : page.items;
    });
    expect(items).toMatchObject([{ runId, status: "completed" }]);
  });
});

describe("any number of runs, in any order of their recording", () => {
  const start = Date.UTC(2026, 10, 1);
  const run = fc.record({
    at: fc.integer({ min: 0, max: 5 }),
    status: fc.constantFrom(...ROW_STATES),
  });

  it("all pages together are the runs with the status, newest first, each once", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(run, { maxLength: 12 }),
        fc.option(fc.constantFrom(...ROW_STATES), { nil: undefined }),
        fc.integer({ min: 1, max: 5 }),
        async (runs, status, limit) => {
          const owner = aTill();
          const rows = runs.map((each): RunRow => {
            const startedAt = new Date(start + each.at * 1_000).toISOString();
            return {
              ...{ runId: someRunId(), workflowId: "ship-order", version: "1.0.0", owner, execution: 1 },
              ...{ status: each.status, startedAt },
            };
          });
          await Promise.all(rows.map((row) => writeRow(row, new Date())));
          const listed: unknown[] = [];
          let after: string | undefined;
          do {
            const page = await world.list(
              {
                limit: String(limit),
                ...(status === undefined ? {} : { status }),
                ...(after === undefined ? {} : { after }),
              },
              owner,
            );
            expect(page.items.length).toBeLessThanOrEqual(limit);
            expect(page.next === undefined || page.items.length === limit).toBe(true);
            listed.push(...idsOf(page.items));
            after = page.next;
          } while (after !== undefined);
          const wanted = rows
            .filter((row) => status === undefined || row.status === status)
            .sort((a, b) => (a.startedAt + a.runId < b.startedAt + b.runId ? 1 : -1));
          expect(listed).toEqual(wanted.map(({ runId }) => runId));
        },
      ),
      { numRuns: Number(process.env.LISTS ?? tries({ sample: 4, whole: 8 })) },
    );
  });
});

describe("the parameters of a list", () => {
  it.each([
    [{ status: "canceled" }, "query.status", "running, completed, failed, cancelled"],
    [{ status: "" }, "query.status", "must be one of"],
    [{ limit: "0" }, "query.limit", "from 1 to 100"],
    [{ limit: "101" }, "query.limit", "from 1 to 100"],
    [{ limit: "1e1" }, "query.limit", "from 1 to 100"],
    [{ after: "next" }, "query.after", "unchanged"],
    [{ cursor: "x" }, "query.cursor", "status, limit, after"],
  ])("%j is refused at %s", (given, path, message) => {
    expect(() => listParameters(given)).toThrow(
      expect.objectContaining({
        code: "VALIDATION_FAILED",
        issues: [{ path, message: expect.stringContaining(message) }],
      }),
    );
  });

  it("are twenty runs of every status by default", () => {
    expect(listParameters({})).toEqual({ limit: 20 });
  });
});

describe("given an end that Step Functions did not report", () => {
  it("the run is listed with its status as soon as somebody has read it", async () => {
    const owner = aTill();
    world.deliverReports(false);
    const runId = await world.start(owner);
    expect((await world.list({}, owner)).items).toMatchObject([{ runId, status: "running" }]);
    await world.ended(runId);
    world.deliverReports(true);
    expect((await world.list({}, owner)).items).toMatchObject([{ runId, status: "completed" }]);
  });
});

describe("given a run that is polled without its steps", () => {
  it("it is the same as in the list: as soon as it has started, and when it has ended", async () => {
    const owner = aTill();
    world.vendor.hold();
    world.vendor.next({ reserve: ["slow"] });
    const runId = await world.start(owner);
    expect(await world.poll(runId, owner)).toMatchObject({ runId, status: "running" });
    world.vendor.release();
    await world.ended(runId);
    const ended = await world.poll(runId, owner);
    expect(ended).toMatchObject({ runId, status: "completed", endedAt: expect.any(String) });
    expect((await world.list({}, owner)).items).toEqual([ended]);
  });

  it("one whose end nobody reported is asked for at Step Functions after five minutes", async () => {
    const owner = aTill();
    world.deliverReports(false);
    world.vendor.hold();
    world.vendor.next({ reserve: ["slow"] });
    const runId = await world.start(owner);
    await waitFor("the step", async () => world.vendor.isHeld || undefined);
    world.vendor.next({ pay: ["down"] });
    world.vendor.release();
    const later = await waitFor("the end", async () => {
      const run = fieldsOf(await world.poll(runId, owner, 5 * 60_000));
      return run.status === "running" ? undefined : run;
    });
    world.deliverReports(true);
    expect(later).toMatchObject({ status: "failed", error: { code: "SERVICE_UNAVAILABLE", step: "pay" } });
    expect(await world.poll(runId, owner)).toEqual(later);
  });

  it("one that could not be recorded is asked for at Step Functions", async () => {
    const owner = aTill();
    world.deliverReports(false);
    const runId = await world.start(owner);
    await world.ended(runId);
    await deleteItem("WorkflowRunsTable", { runId }, { expression: "attribute_exists(runId)" });
    expect(await world.poll(runId, owner)).toMatchObject({ runId, status: "completed" });
    world.deliverReports(true);
  });

  it("that of another principal looks like an unknown one, and one who may read it reads it", async () => {
    const runId = await world.start(aTill());
    await world.ended(runId);
    const unknown = await problemOf(world.poll(`run-${"0".repeat(32)}`, aTill()));
    expect(await problemOf(world.poll(runId, aTill()))).toEqual(unknown);
    expect(unknown.code).toBe("NOT_FOUND");
    expect(await world.poll(runId, support)).toMatchObject({ runId, status: "completed" });
  });

  it.each([
    [{ steps: "no" }, "query.steps"],
    [{ step: "false" }, "query.step"],
  ])("%j is refused, and names the parameter", (parameters, path) => {
    expect(() => readParameters(parameters)).toThrow(
      expect.objectContaining({ code: "VALIDATION_FAILED", issues: [expect.objectContaining({ path })] }),
    );
  });
});
