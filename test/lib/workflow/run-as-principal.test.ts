/** Complete runs on Step Functions: the steps have only the rights of the principal that started the run. */

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import { describeExecution, startExecution } from "../../../lib/aws/step-functions.ts";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import { loadWorkflow } from "../../../lib/compiler/workflow/load-workflow.ts";
import { scopedKey } from "../../../lib/idempotency/idempotency-key.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import { runTask } from "../../../lib/transport/task.ts";
import type { TaskEvent } from "../../../lib/transport/task-event.ts";
import type { CompiledWorkflow } from "../../../lib/workflow/compiled-workflow.ts";
import { readRun } from "../../../lib/workflow/read-run.ts";
import { startRun } from "../../../lib/workflow/start-run.ts";
import type { Emulator } from "../../../local/emulator-thread.ts";
import { invocationOf } from "../../../local/lambda/invocation.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { MACHINE_ARN_PREFIX, workflowMachine } from "../../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import * as given from "../../steps/given.ts";
import { contract, rule, succeeding } from "../capability/charge.ts";

const { workflow } = loadWorkflow(
  "workflows/charge-twice.yml",
  `
workflowId: charge-twice
version: 1.0.0
steps:
  - id: first
    capability: charge
    inputs:
      amount: \${input.amount}
  - id: second
    capability: charge
    inputs:
      amount: \${input.amount}
`,
);
const workflows: Record<string, CompiledWorkflow> = {
  "charge-twice": {
    ...{ workflowId: "charge-twice", version: "1.0.0", auditablePaths: [], withheldPaths: [] },
    steps: workflow.steps.map(({ id, capability, inputs }) => ({ id, capability, inputs, after: [] })),
    longestMs: 60_000,
    checkInput: (value) => ({ ok: true, value: Object.fromEntries(Object.entries(Object(value))) }),
  },
};

/** Everybody may start runs and read their own, and support may read all; only the role checkout may charge, and only in a workflow. */
const policy = createPolicy([
  rule({ id: "all-may-start", condition: "true", actions: ["start", "read"] }),
  rule({ id: "support-may-read", condition: '"support" in principal.roles', actions: ["read-others"] }),
  rule({ id: "checkout-may-charge", condition: '"checkout" in principal.roles', actions: ["step"] }),
]);

const { keys, operation } = succeeding();
given.localAws();
let stepFunctions: Emulator;
given.capturedLog();
beforeAll(async () => {
  stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [workflowMachine(workflow)],
    invoke: (_name, payload) => {
      const event: TaskEvent = JSON.parse(JSON.stringify(payload));
      const capability = { contract, operation, policy };
      return invocationOf(() => runTask(capability, runCapability, event, given.lambdaContext()));
    },
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
  });
});
afterAll(async () => {
  await stepFunctions.close();
});

const requestOf = (principal: Principal) => ({
  workflowId: "charge-twice",
  principal,
  requestId: randomUUID(),
  now: () => new Date(),
  deadline: Date.now() + 20_000,
});

const started = (principal: Principal, idempotencyKey: string = randomUUID()) =>
  startRun(workflows, {}, policy, { ...requestOf(principal), input: { amount: 4200 }, idempotencyKey });

const read = (principal: Principal, runId: string) =>
  readRun(workflows, policy, { ...requestOf(principal), runId });

/** Starts a run and returns its document once it has ended. */
async function endedRun(principal: Principal, idempotencyKey?: string) {
  const { run } = await started(principal, idempotencyKey);
  return waitFor(`run ${run.runId} to end`, async () => {
    const document = await read(principal, run.runId);
    return "status" in document && document.status === "running"
      ? undefined
      : { ...document, runId: run.runId };
  });
}

async function stepsOf(runId: string) {
  const now = new Date();
  const query = { object: runId, from: new Date(0), to: new Date(now.getTime() + 1_000), limit: 10 };
  return (await findEntries(query, now)).entries.filter(({ action }) => action === "step").reverse();
}

describe("given a run started by a principal who may charge in a workflow", () => {
  it("every step runs as that principal, and as no other", async () => {
    const run = await endedRun({ id: "till", roles: ["checkout"] });
    expect(run).toMatchObject({ status: "completed" });
    const actor = { id: "till", roles: ["checkout"] };
    expect(await stepsOf(run.runId)).toMatchObject([
      { actor, result: "succeeded" },
      { actor, result: "succeeded" },
    ]);
  });
});

describe("given a run started by a principal who may start it but may not call its steps", () => {
  it("it fails with FORBIDDEN at the first step, and nothing is charged", async () => {
    const before = keys.length;
    const run = await endedRun({ id: "clerk", roles: ["support"] });
    expect(run).toMatchObject({
      status: "failed",
      error: { code: "FORBIDDEN", step: "first" },
      steps: [{ status: "failed", attempts: 1, error: { code: "FORBIDDEN" } }, { status: "skipped" }],
    });
    expect(keys).toHaveLength(before);
    expect(await stepsOf(run.runId)).toMatchObject([
      { actor: { id: "clerk", roles: ["support"] }, result: "denied", code: "FORBIDDEN" },
    ]);
  });
});

describe("given a run of one principal", () => {
  const owner: Principal = { id: "till", roles: ["checkout"] };
  const NO_RUN = { code: "NOT_FOUND", message: expect.stringContaining("no run with this id") };

  it("another principal who may read runs finds nothing, exactly as for an unknown id", async () => {
    const { run } = await started(owner);
    expect(await read(owner, run.runId)).toMatchObject({ runId: run.runId });
    const unknown = `run-${"0".repeat(32)}`;
    for (const id of ["till-2", "Till", "stripe", ""]) {
      const other = { id, roles: ["checkout"] };
      await expect(read(other, run.runId)).rejects.toMatchObject(NO_RUN);
      await expect(read(other, unknown)).rejects.toMatchObject(NO_RUN);
    }
  });

  it("a role that may read the runs of others reads it", async () => {
    const { run } = await started(owner);
    expect(await read({ id: "clerk", roles: ["support"] }, run.runId)).toMatchObject({ runId: run.runId });
  });

  it("a key of the same principal for another customer finds nothing", async () => {
    const { run } = await started({ ...owner, customerId: "cus_1" });
    expect(await read({ ...owner, customerId: "cus_1" }, run.runId)).toMatchObject({ runId: run.runId });
    expect(await read(owner, run.runId)).toMatchObject({ runId: run.runId });
    const other = read({ ...owner, customerId: "cus_2" }, run.runId);
    await expect(other).rejects.toMatchObject(NO_RUN);
    const everyones = await started(owner);
    await expect(read({ ...owner, customerId: "cus_2" }, everyones.run.runId)).rejects.toMatchObject(NO_RUN);
  });

  it("its id cannot be computed from the principal, the workflow and the key", async () => {
    const { run } = await started(owner, "order-1");
    for (const scope of ["workflow:charge-twice", "charge-twice", "charge"]) {
      expect(run.runId).not.toBe(`run-${scopedKey(owner, scope, "order-1").slice(0, 32)}`);
    }
    expect(run.runId).toMatch(/^run-[0-9a-f]{32}$/);
  });

  it("an execution that was started without us belongs to nobody, whatever name it carries", async () => {
    const { run } = await started(owner);
    const input = (await describeExecution("charge-twice", run.runId))?.input ?? "";
    const runId = `run-${randomUUID().replaceAll("-", "")}`;
    await startExecution("charge-twice", runId, input);
    await expect(read(owner, runId)).rejects.toMatchObject(NO_RUN);
  });
});

describe("given a rotation of APP_SECRET", () => {
  const owner: Principal = { id: "till", roles: ["checkout"] };
  const [OLD, NEW] = ["app-secret-of-the-tests", "another app-secret of the tests"];
  afterEach(() => {
    process.env.APP_SECRET = OLD;
  });

  it("a repeated key finds its run at every step of the rotation, and starts no other", async () => {
    const { run } = await started(owner, "rotated");
    for (const secrets of [`${OLD},${NEW}`, `${NEW},${OLD}`]) {
      process.env.APP_SECRET = secrets;
      expect(await started(owner, "rotated")).toMatchObject({ replayed: true, run: { runId: run.runId } });
      expect(await read(owner, run.runId)).toMatchObject({ runId: run.runId });
    }
  });

  it("two instances with the secrets in different order start one run for one key", async () => {
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, i) => {
        process.env.APP_SECRET = i % 2 === 0 ? `${OLD},${NEW}` : `${NEW},${OLD}`;
        return started(owner, "at once").then(({ run: { runId } }) => runId);
      }),
    );
    expect(new Set(ids).size).toBe(1);
  });
});

describe("given a run that started before a deployment", () => {
  it("it finishes with the plan that it started with, although the workflow has changed", async () => {
    const till: Principal = { id: "till", roles: ["checkout"] };
    const requests = { ...requestOf(till), input: { amount: 4200 }, idempotencyKey: randomUUID() };
    const { "charge-twice": now } = workflows;
    if (now === undefined) throw new Error("The workflow is gone");
    // The state machine keeps both steps. Both versions of their templates are in use at the same time.
    const later = { ...now, steps: now.steps.map((step) => ({ ...step, inputs: { amount: 1 } })) };
    const first = await startRun(workflows, {}, policy, requests);
    const second = await startRun({ "charge-twice": later }, {}, policy, {
      ...requests,
      idempotencyKey: randomUUID(),
    });
    for (const [{ run }, amount] of [
      [first, 4200],
      [second, 1],
    ] as const) {
      await waitFor(`run ${run.runId} to end`, async () => {
        const document = await read(till, run.runId);
        return "status" in document && document.status === "completed" ? document : undefined;
      });
      const steps = await stepsOf(run.runId);
      expect(steps.map(({ metadata }) => metadata.inputs)).toEqual([{ amount }, { amount }]);
    }
  });
});

describe("given the key of a run that has ended", () => {
  it.each([
    ["completed", ["checkout"]],
    ["failed", ["support"]],
  ])("starting it again returns the %s run and its status", async (status, roles) => {
    const [principal, key] = [{ id: `again-${status}`, roles }, randomUUID()];
    const { runId } = await endedRun(principal, key);
    expect(await started(principal, key)).toMatchObject({ run: { runId, status }, replayed: true });
  });
});
