/** Complete runs on Step Functions: the steps have only the rights of the principal that started the run. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import { compileWorkflow } from "../../../lib/compiler/workflow/compile.ts";
import { loadWorkflow } from "../../../lib/compiler/workflow/load-workflow.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { createPolicy } from "../../../lib/policy/decide.ts";
import { runTask, type TaskEvent } from "../../../lib/transport/task.ts";
import type { CompiledWorkflow } from "../../../lib/workflow/compiled-workflow.ts";
import { readRun } from "../../../lib/workflow/read-run.ts";
import { startRun } from "../../../lib/workflow/start-run.ts";
import type { Emulator } from "../../../local/emulator-thread.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import * as given from "../../steps/given.ts";
import { contract, rule, succeeding } from "../capability/charge.ts";

const PREFIX = "arn:aws:states:us-east-1:000000000000:stateMachine:";
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
    steps: workflow.steps.map(({ id, capability }) => ({ id, capability })),
    checkInput: (value) => ({ ok: true, value: Object.fromEntries(Object.entries(Object(value))) }),
  },
};

/** Everybody may start and read; only the role checkout may charge, and only in a workflow. */
const policy = createPolicy([
  rule({ id: "all-may-start", condition: "true", actions: ["start", "read"] }),
  rule({ id: "checkout-may-charge", condition: '"checkout" in principal.roles', actions: ["step"] }),
]);

const { keys, operation } = succeeding();
given.localAws();
let stepFunctions: Emulator;
given.capturedLog();
beforeAll(async () => {
  stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [
      {
        name: "charge-twice",
        arn: `${PREFIX}charge-twice`,
        roleArn: "arn:aws:iam::000000000000:role/none",
        createdAt: new Date(),
        definition: JSON.parse(
          JSON.stringify(
            compileWorkflow(workflow, () => "arn:aws:lambda:us-east-1:000000000000:function:charge"),
          ),
        ),
      },
    ],
    invoke: async (_name, payload) => {
      const event: TaskEvent = JSON.parse(JSON.stringify(payload));
      try {
        return {
          outcome: "answered",
          payload: await runTask({ contract, operation, policy }, event, given.lambdaContext()),
        };
      } catch (thrown) {
        const { name: errorType, message: errorMessage } = thrown instanceof Error ? thrown : new Error();
        return { outcome: "failed", errorType, document: JSON.stringify({ errorType, errorMessage }) };
      }
    },
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: PREFIX,
  });
});
afterAll(async () => {
  await stepFunctions.close();
});

/** Starts a run and returns its document once it has ended. */
async function endedRun(principal: Principal, idempotencyKey: string = randomUUID()) {
  const request = { workflowId: "charge-twice", principal, requestId: randomUUID(), now: () => new Date() };
  const deadline = Date.now() + 20_000;
  const { run } = await startRun(workflows, {}, policy, {
    ...{ ...request, deadline, input: { amount: 4200 }, idempotencyKey },
  });
  return waitFor(`run ${run.runId} to end`, async () => {
    const document = await readRun(workflows, policy, { ...request, deadline, runId: run.runId });
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

describe("given the key of a run that has ended", () => {
  it.each([
    ["completed", ["checkout"]],
    ["failed", ["support"]],
  ])("starting it again returns the %s run and its status", async (status, roles) => {
    const [principal, key] = [{ id: `again-${status}`, roles }, randomUUID()];
    const { runId } = await endedRun(principal, key);
    const again = await startRun(workflows, {}, policy, {
      ...{ workflowId: "charge-twice", principal, requestId: randomUUID(), now: () => new Date() },
      ...{ deadline: Date.now() + 20_000, input: { amount: 4200 }, idempotencyKey: key },
    });
    expect(again).toMatchObject({ run: { runId, status }, replayed: true });
  });
});
