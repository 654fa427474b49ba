/** Runs of one workflow on the embedded Step Functions, with a vendor that knows idempotency keys as Stripe does. */
import { randomUUID } from "node:crypto";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import { compileWorkflow } from "../../../lib/compiler/workflow/compile.ts";
import { loadWorkflow } from "../../../lib/compiler/workflow/load-workflow.ts";
import { alwaysSucceededBefore } from "../../../lib/compiler/workflow/workflow.ts";
import { asProblem, Problem, type ProblemCode } from "../../../lib/errors.ts";
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
import { waitFor } from "../../../local/stack-client.ts";
import type { Machine } from "../../../local/step-functions/execution.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import * as given from "../../steps/given.ts";
import { contract, rule } from "../capability/charge.ts";

const PREFIX = "arn:aws:states:us-east-1:000000000000:stateMachine:";

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

/** What the next calls of a step come to at the vendor; afterwards they succeed. */
export type Fate =
  /** The vendor did it, and its answer was lost. */
  | "lost"
  /** The vendor did nothing. */
  | "down"
  /** Waits until `world.release()`. */
  | "slow"
  | { readonly refused: ProblemCode };

/** Starts the engine. Give it a file with `given.localAws()`, and close it after the tests. */
export async function runWorld() {
  const effects = new Map<string, Set<string>>();
  const fates = new Map<string, Fate[]>();
  const calls: string[] = [];
  let release = () => {};
  let held = 0;
  let released = Promise.resolve();

  async function operation(inputs: object, { idempotencyKey }: { readonly idempotencyKey: string }) {
    const step = String(fieldsOf(inputs).customerId);
    calls.push(step);
    const fate = fates.get(step)?.shift();
    if (fate === "down") throw new Problem("SERVICE_UNAVAILABLE", "The vendor is down");
    if (typeof fate === "object") throw new Problem(fate.refused, "The vendor refuses");
    if (fate === "slow") {
      held += 1;
      await released;
      held -= 1;
    }
    effects.set(step, (effects.get(step) ?? new Set()).add(idempotencyKey));
    if (fate === "lost") throw new Problem("TIMEOUT", "The answer was lost");
    return { receipt: `secret-${step}` };
  }

  const machines: Machine[] = [];
  const workflows: Record<string, CompiledWorkflow> = {};
  /** By default, `apologize` is a mail. */
  function deploy(yaml: string, stepEffects: Readonly<Record<string, "mail">> = { apologize: "mail" }): void {
    const { workflow } = loadWorkflow("workflows/ship-order.yml", yaml);
    const { workflowId, version } = workflow;
    const definition = compileWorkflow(
      workflow,
      (id) => `arn:aws:lambda:us-east-1:000000000000:function:${id}`,
    );
    machines.splice(0, machines.length, {
      name: workflowId,
      arn: `${PREFIX}${workflowId}`,
      roleArn: "arn:aws:iam::000000000000:role/none",
      createdAt: new Date(),
      definition: JSON.parse(JSON.stringify(definition)),
    });
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
    invoke: async (_name, payload) => {
      const event: TaskEvent = JSON.parse(JSON.stringify(payload));
      try {
        const capability = { contract, operation, policy };
        return {
          outcome: "answered",
          payload: await runTask(capability, runCapability, event, given.lambdaContext()),
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

  const requestOf = (principal: Principal) => ({
    ...{ workflowId: "ship-order", principal, requestId: randomUUID() },
    now: () => new Date(),
    deadline: Date.now() + 20_000,
  });

  const world = {
    deploy,
    /** Every call at the vendor, by step. */
    calls,
    /** How many effects a step had at the vendor: one for each idempotency key. */
    effectsOf: (step: string) => effects.get(step)?.size ?? 0,
    /** What the next calls of these steps come to. */
    next(plan: Readonly<Record<string, readonly Fate[]>>) {
      for (const [step, list] of Object.entries(plan)) fates.set(step, [...list]);
    },
    /** Lets the slow calls wait from now on, until `release`. */
    hold() {
      released = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
    /** Whether a call waits until `release`. */
    isHeld: () => held > 0,
    /** Forgets what has happened at the vendor. */
    reset() {
      effects.clear();
      fates.clear();
      calls.length = 0;
    },
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
      release();
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
