/** Runs of one workflow on the embedded Step Functions, with a vendor that knows idempotency keys as Stripe does. */

import { randomUUID } from "node:crypto";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import { loadWorkflow } from "../../../lib/compiler/workflow/load-workflow.ts";
import { alwaysSucceededBefore } from "../../../lib/compiler/workflow/workflow.ts";
import { asProblem, type Problem } from "../../../lib/errors.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import { executionChangeHandler } from "../../../lib/transport/execution-change.ts";
import { runTask } from "../../../lib/transport/task.ts";
import type { TaskEvent } from "../../../lib/transport/task-event.ts";
import { fieldsOf } from "../../../lib/untrusted.ts";
import { cancelRun } from "../../../lib/workflow/cancel-run.ts";
import type { CompiledWorkflow } from "../../../lib/workflow/compiled-workflow.ts";
import { listRuns } from "../../../lib/workflow/list-runs.ts";
import { readRun } from "../../../lib/workflow/read-run.ts";
import { recordExecution } from "../../../lib/workflow/record-run.ts";
import { retryRun } from "../../../lib/workflow/retry-run.ts";
import { startRun } from "../../../lib/workflow/start-run.ts";
import { invocationOf } from "../../../local/lambda/invocation.ts";
import { waitFor } from "../../../local/stack-client.ts";
import type { Machine } from "../../../local/step-functions/execution.ts";
import { MACHINE_ARN_PREFIX, workflowMachine } from "../../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import * as given from "../../steps/given.ts";
import { contract, rule } from "../capability/charge.ts";
import { Vendor } from "./vendor.ts";

/** Each step names itself as the customer: the vendor sees which step calls. */
export const SHIP_ORDER = `
workflowId: ship-order
version: 1.0.0
steps:
  - id: reserve
    capability: charge
    inputs: { amount: "\${input.amount}", customerId: reserve }
    onSuccess: pay
    onFailure: apologize
    retry: { maxAttempts: 1, backoff: linear, delayMs: 0 }
  - id: pay
    capability: charge
    inputs: { amount: "\${input.amount}", customerId: pay, receipt: "\${steps.reserve.output.receipt}" }
    onSuccess: ship
    onFailure: apologize
    retry: { maxAttempts: 1, backoff: linear, delayMs: 0 }
  - id: ship
    capability: charge
    inputs: { amount: "\${input.amount}", customerId: ship }
    onFailure: apologize
    retry: { maxAttempts: 1, backoff: linear, delayMs: 0 }
  - id: apologize
    capability: charge
    inputs: { amount: 1, customerId: apologize }
    retry: { maxAttempts: 1, backoff: linear, delayMs: 0 }
`;

export const till: Principal = { id: "till", roles: ["checkout"] };
export const support: Principal = { id: "clerk", roles: ["support"] };
export const admin: Principal = { id: "boss", roles: ["admin"] };

const policy = createPolicy([
  rule({ id: "all", condition: '"admin" in principal.roles', reason: "admins may" }),
  rule({
    id: "own-runs",
    condition: '"checkout" in principal.roles',
    actions: ["start", "read", "step", "cancel", "retry"],
  }),
  rule({ id: "support", condition: '"support" in principal.roles', actions: ["read", "read-others"] }),
]);

/** Starts the engine. Give it a file with `given.localAws()`, and close it after the tests. */
export async function runWorld() {
  const vendor = new Vendor();
  const machines: Machine[] = [];
  const workflows: Record<string, CompiledWorkflow> = {};
  /** By default, `apologize` is a mail. */
  function deploy(yaml: string, stepEffects: Readonly<Record<string, "mail">> = { apologize: "mail" }): void {
    const { workflow } = loadWorkflow("workflows/ship-order.yml", yaml);
    const { workflowId, version } = workflow;
    machines.splice(0, machines.length, workflowMachine(workflow));
    workflows[workflowId] = {
      ...{ workflowId, version, auditablePaths: [], withheldPaths: [], longestMs: 60_000 },
      steps: workflow.steps.map((step) => ({
        ...{ id: step.id, capability: step.capability, inputs: step.inputs },
        after: [...alwaysSucceededBefore(workflow, step)],
      })),
      stepEffects,
      checkInput: (value) => ({ ok: true, value: { ...fieldsOf(value) } }),
    };
  }
  deploy(SHIP_ORDER);

  let delivers = true;
  const record = executionChangeHandler("workflow.recorded", recordExecution);
  const reports: Promise<void>[] = [];
  const stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines,
    onChange: (event) => {
      // Lambda repeats a report that fails, some minutes later: no test waits for that.
      if (delivers) reports.push(record(event, given.lambdaContext()).catch(() => {}));
    },
    invoke: (_name, payload) => {
      const event: TaskEvent = JSON.parse(JSON.stringify(payload));
      const capability = { contract, policy, operation: vendor.operation };
      return invocationOf(() => runTask(capability, runCapability, event, given.lambdaContext()));
    },
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
  });

  const requestOf = (principal: Principal) => ({
    ...{ workflowId: "ship-order", principal, requestId: randomUUID() },
    now: () => new Date(),
    deadline: Date.now() + 20_000,
  });

  const world = {
    deploy,
    vendor,
    /** Whether Step Functions' reports arrive. */
    deliverReports(arrive: boolean) {
      delivers = arrive;
    },
    /** Starts a run, or finds the one that the key has started. */
    async started(principal: Principal, idempotencyKey: string) {
      const request = { ...requestOf(principal), input: { amount: 4200 }, idempotencyKey };
      return startRun(workflows, {}, policy, request);
    },
    async start(principal: Principal = till, idempotencyKey: string = randomUUID()) {
      return (await world.started(principal, idempotencyKey)).run.runId;
    },
    read: (runId: string, principal: Principal = admin) =>
      readRun(workflows, policy, { ...requestOf(principal), runId }),
    /** Reads the run without its steps. `laterMs`: how long after now. */
    poll: (runId: string, principal: Principal = admin, laterMs = 0) =>
      readRun(workflows, policy, {
        ...{ ...requestOf(principal), runId, parameters: { steps: "false" } },
        now: () => new Date(Date.now() + laterMs),
      }),
    list: (
      parameters: Readonly<Record<string, string>> = {},
      principal: Principal = admin,
      workflowId = "ship-order",
    ) => listRuns(workflows, policy, { ...requestOf(principal), workflowId, parameters }),
    /** `laterMs`: how long after now. */
    retry: (runId: string, principal: Principal = till, laterMs = 0) =>
      retryRun(workflows, policy, {
        ...requestOf(principal),
        runId,
        now: () => new Date(Date.now() + laterMs),
      }),
    cancel: (runId: string, principal: Principal = till) =>
      cancelRun(workflows, policy, { ...requestOf(principal), runId }),
    /** The run's document once it has ended and every report about it was handled. */
    async ended(runId: string) {
      const document = await waitFor(`run ${runId} to end`, async () => {
        const { status, ...rest } = fieldsOf(await world.read(runId));
        return status === "running" ? undefined : { status, ...rest };
      });
      await world.reported();
      return document;
    },
    /** Waits for the reports that are being handled. */
    async reported() {
      await new Promise((resolve) => setImmediate(resolve));
      await Promise.all(reports.splice(0));
    },
    async close() {
      vendor.release();
      await Promise.allSettled(reports);
      await stepFunctions.close();
    },
  };
  return world;
}

export type RunWorld = Awaited<ReturnType<typeof runWorld>>;

/** The code of the problem that a call ends with. */
export async function problemOf(call: Promise<unknown>): Promise<Problem> {
  try {
    await call;
  } catch (thrown) {
    return asProblem(thrown);
  }
  throw new Error("The call was expected to fail");
}
