/**
 * A step of a run, as Step Functions sends it to a capability's Lambda: its principal, and the tasks that are refused.
 */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { findEntries } from "../../../lib/audit/query.ts";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import { openTree } from "../../../lib/sealing/sealed-tree.ts";
import { createSealer } from "../../../lib/sealing/sealing.ts";
import { runTask } from "../../../lib/transport/task.ts";
import type { TaskEvent } from "../../../lib/transport/task-event.ts";
import { parseJson } from "../../../lib/untrusted.ts";
import { inputContext, outputContext, sealPrincipal } from "../../../lib/workflow/run-sealing.ts";
import { tries } from "../../steps/effort.ts";
import { capturedLog, lambdaContext, localAws } from "../../steps/given.ts";
import { type GivenRun, runData, taskOf } from "../../steps/signed-run.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { contract, rule, succeeding } from "../capability/charge.ts";

localAws();
let dynamodb: DynamoDBClient;
beforeAll(async () => {
  dynamodb = new DynamoDBClient({});
});
afterAll(async () => {
  dynamodb.destroy();
});
const log = capturedLog();

const SECRET = "app-secret-of-the-tests";
const sealer = createSealer([SECRET]);
const till: Principal = { id: "till", roles: ["checkout"] };
const admin: Principal = { id: "root", roles: ["admin"] };
const policy = createPolicy([
  rule({
    id: "checkout-may-charge-in-workflows",
    condition: '"checkout" in principal.roles',
    actions: ["step"],
  }),
]);

const aRunId = () => `run-${randomUUID().replaceAll("-", "")}`;

// biome-ignore lint/suspicious/noTemplateCurlyInString: references of the workflow dialect
const AMOUNT = "${input.amount}";
const plan = {
  charge: { capability: "charge", inputs: { amount: AMOUNT }, after: [] },
  again: {
    capability: "charge",
    // biome-ignore lint/suspicious/noTemplateCurlyInString: references of the workflow dialect
    inputs: { amount: AMOUNT, note: "${steps.charge.output.receipt}" },
    after: ["charge"],
  },
  // biome-ignore lint/suspicious/noTemplateCurlyInString: references of the workflow dialect
  apologise: { capability: "charge", inputs: { amount: AMOUNT, note: "${error.message}" }, after: [] },
};

const data = (runId: string, principal = till, more: Partial<GivenRun> = {}) =>
  runData({ runId, principal, plan, input: { amount: 4200, name: "Ada" }, ...more });

/** The first step of a run that this principal has started. */
const aTask = (runId: string, principal = till) => taskOf(runId, "charge", "charge", data(runId, principal));

const run = (event: TaskEvent, operation = succeeding().operation) =>
  runTask({ contract, operation, policy }, runCapability, event, lambdaContext());

/** The step's result, as the state machine keeps it. */
async function resultOf(event: TaskEvent): Promise<{ output: unknown; mac: string }> {
  return JSON.parse(JSON.stringify(await run(event)));
}

/** The failure of the step, as Step Functions passes it to an error handler. */
async function failureOf(event: TaskEvent): Promise<{ Error: string; Cause: string }> {
  const thrown: unknown = await run(event).catch((failure: unknown) => failure);
  if (!(thrown instanceof Error)) throw new Error("The step succeeded");
  const { name: errorType, message: errorMessage } = thrown;
  return { Error: errorType, Cause: JSON.stringify({ errorType, errorMessage }) };
}

/** Handles tasks, and collects the inputs that its operation got. */
function handler() {
  const given: unknown[] = [];
  const operation = async (inputs: unknown) => {
    given.push(inputs);
    return { receipt: "secret-receipt-2" };
  };
  return {
    given,
    handle: (event: TaskEvent) =>
      runTask({ contract, operation, policy }, runCapability, event, lambdaContext()),
  };
}

/** All items that a call could have written. */
async function written(): Promise<unknown> {
  const tables = ["IdempotencyKeysTable", "AuditLogTable", "UsageCountersTable"];
  return Promise.all(
    tables.map(async (TableName) => (await dynamodb.send(new ScanCommand({ TableName }))).Count),
  );
}

async function entriesOf(runId: string) {
  const now = new Date();
  const range = { from: new Date(now.getTime() - 600_000), to: new Date(now.getTime() + 1_000) };
  return (await findEntries({ object: runId, ...range, limit: 10 }, now)).entries;
}

describe("given a step of a run", () => {
  it("it runs as the principal that started the run, and the audit log says so", async () => {
    const runId = aRunId();
    const { keys, operation } = succeeding();
    await run(aTask(runId), operation);
    expect(keys).toHaveLength(1);
    expect(await entriesOf(runId)).toMatchObject([
      { actor: { id: "till", roles: ["checkout"] }, action: "step", result: "succeeded", objects: [runId] },
    ]);
  });

  it("its sensitive outputs leave the Lambda sealed, for this place in this run only", async () => {
    const runId = aRunId();
    const result = JSON.stringify(await run(aTask(runId)));
    expect(result).not.toContain("secret-receipt");
    const { output, mac } = JSON.parse(result);
    expect(mac).toMatch(/^[\w-]{43}$/);
    const opened = openTree(output, sealer, outputContext(runId, "charge"));
    expect(opened).toEqual({ receipt: "secret-receipt-1" });
    const elsewhere = [outputContext(aRunId(), "charge"), outputContext(runId, "again"), inputContext(runId)];
    for (const context of elsewhere) expect(() => openTree(output, sealer, context)).toThrow();
    expect(() => openTree({ other: output.receipt }, sealer, outputContext(runId, "charge"))).toThrow();
  });

  it("a later step reads what the earlier one returned", async () => {
    const runId = aRunId();
    const scope = data(runId);
    const charged = await resultOf(taskOf(runId, "charge", "charge", scope));
    const { given, handle } = handler();
    await handle(taskOf(runId, "again", "charge", { ...scope, steps: { charge: charged } }));
    expect(given).toEqual([{ amount: 4200, note: "secret-receipt-1" }]);
  });

  it("an error handler reads the failure that a step of this run has reported", async () => {
    const runId = aRunId();
    const failed = await failureOf(aTask(runId, admin));
    const { given, handle } = handler();
    await handle(taskOf(runId, "apologise", "charge", { ...data(runId), error: failed }));
    expect(given).toEqual([{ amount: 4200, note: expect.stringContaining("No rule permits") }]);
  });

  it("a principal without the right is refused, regardless of the Lambda's own rights", async () => {
    const runId = aRunId();
    const { keys, operation } = succeeding();
    const refused = run(aTask(runId, admin), operation);
    await expect(refused).rejects.toMatchObject({ name: "FORBIDDEN", stack: "" });
    expect(keys).toEqual([]);
    expect(await entriesOf(runId)).toMatchObject([
      { actor: { id: "root" }, action: "step", result: "denied", code: "FORBIDDEN" },
    ]);
  });
});

describe("given a caller who knows a run's id", () => {
  it("the key that a step would use is not taken by a call over HTTP with the same text", async () => {
    const runId = aRunId();
    const call = {
      inputs: { amount: 4200 },
      principal: till,
      idempotencyKey: `${runId}:charge`,
      requestId: "request",
      ...timeLeft(5_000),
    };
    const { keys, operation } = succeeding();
    const permitted = createPolicy([rule({ id: "all-may-charge", condition: "true" })]);
    await runCapability({ contract, operation, policy: permitted }, { ...call, action: "invoke" });
    await run(aTask(runId), operation);
    expect(new Set(keys).size).toBe(2);
  });
});

describe("given a task that none of our runs sent", () => {
  const contextOf = (runId: string) => `run:${runId}:principal`;
  const refusal = { name: "INTERNAL_ERROR", stack: "" };

  /** Nothing runs and nothing is written; the log says it, without any value of the run. */
  async function isRefused(event: TaskEvent) {
    log.clear();
    const before = await written();
    const { given, handle } = handler();
    await expect(handle(event)).rejects.toMatchObject(refusal);
    expect(given).toEqual([]);
    expect(await written()).toEqual(before);
    expect(log.lines()).toMatchObject([{ event: "task.refused", level: "error", capabilityId: "charge" }]);
    expect(log.text()).not.toMatch(/Ada|checkout|secret-receipt/);
  }

  it.each<[string, (runId: string) => unknown]>([
    ["an unsealed principal", () => till],
    ["an unsealed principal, as text", () => JSON.stringify(till)],
    ["no principal", () => undefined],
    ["null as the principal", () => null],
    ["the principal of another run", () => sealPrincipal(till, sealer, aRunId())],
    [
      "a principal that was sealed with another secret",
      (runId) => sealPrincipal(till, createSealer(["another secret of the tests"]), runId),
    ],
    [
      "a sealed principal that was altered",
      (runId) => `${sealPrincipal(till, sealer, runId).slice(0, -3)}AAA`,
    ],
    ["a value of the run in place of the principal", (runId) => sealer.seal(till, inputContext(runId))],
    ["a principal without roles", (runId) => sealer.seal({ id: "till" }, contextOf(runId))],
    [
      "a principal whose roles are a string",
      (runId) => sealer.seal({ id: "till", roles: "checkout" }, contextOf(runId)),
    ],
    ["a sealed text", (runId) => sealer.seal("till", contextOf(runId))],
    ["the prefix of a sealed value without a value", () => "sealed:v1:"],
  ])("%s: it is refused, in a run of ours and even if it were signed", async (_what, principal) => {
    const runId = aRunId();
    const scope = data(runId);
    const changed = JSON.parse(JSON.stringify({ ...scope.run, principal: principal(runId) }));
    await isRefused(taskOf(runId, "charge", "charge", { ...scope, run: changed }));
    await isRefused(taskOf(runId, "charge", "charge", data(runId, till, { head: changed })));
  });

  type Scope = ReturnType<typeof data>;
  it.each<[string, (scope: Scope, runId: string) => Promise<unknown> | unknown]>([
    ["another amount", (scope) => ({ ...scope, input: { ...scope.input, amount: 1 } })],
    [
      "a value in clear in place of a sealed one",
      (scope) => ({ ...scope, input: { ...scope.input, name: "Eve" } }),
    ],
    [
      "another value of the run in its place",
      ({ input, ...scope }) => ({ ...scope, input: { ...input, amount: input.name } }),
    ],
    ["more input", (scope) => ({ ...scope, input: { ...scope.input, more: 1 } })],
    ["less input", ({ input: { name, ...input }, ...scope }) => ({ ...scope, input })],
    ["the input of another run", (scope) => ({ ...scope, input: data(aRunId()).input })],
    ["the data of another run", () => data(aRunId())],
    [
      "another template",
      ({ run: given, ...scope }) => ({
        ...scope,
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the workflow dialect
        run: { ...given, plan: { charge: { ...plan.charge, inputs: { amount: "${input.name}" } } } },
      }),
    ],
    [
      "a later end",
      ({ run: given, ...scope }) => ({ ...scope, run: { ...given, endsBy: "2099-01-01T00:00:00Z" } }),
    ],
    ["no plan", ({ run: { plan: _plan, ...given }, ...scope }) => ({ ...scope, run: given })],
    ["no MAC", ({ run: { mac: _mac, ...given }, ...scope }) => ({ ...scope, run: given })],
    [
      "the MAC of another run",
      ({ run: given, ...scope }) => ({ ...scope, run: { ...given, mac: data(aRunId()).run.mac } }),
    ],
    ["a run in place of a record", (scope) => ({ ...scope, run: "run" })],
    ["nothing", () => null],
    [
      "an output that no step has returned",
      (scope) => ({ ...scope, steps: { charge: { output: { receipt: "x" } } } }),
    ],
    [
      "an output with the MAC of another step",
      async (scope, runId) => {
        const charged = await resultOf(taskOf(runId, "charge", "charge", scope));
        return { ...scope, steps: { charge: charged, again: charged } };
      },
    ],
    [
      "an output of another run",
      async (scope) => {
        const other = aRunId();
        return {
          ...scope,
          steps: { charge: await resultOf(taskOf(other, "charge", "charge", data(other))) },
        };
      },
    ],
    [
      "a changed output",
      async (scope, runId) => {
        const charged = await resultOf(taskOf(runId, "charge", "charge", scope));
        return { ...scope, steps: { charge: { ...charged, output: { receipt: "mine" } } } };
      },
    ],
  ])("with %s, it is refused", async (_what, change) => {
    const runId = aRunId();
    const scope = data(runId);
    await isRefused(taskOf(runId, "charge", "charge", await change(scope, runId)));
  });

  it("any change of any text or number of the run's data is refused", async () => {
    const runId = aRunId();
    const text = JSON.stringify(data(runId));
    // Behind them are only the outputs, of which there are none yet.
    const signed = text.slice(0, text.lastIndexOf('"steps"'));
    const places = [...signed.matchAll(/\w/g)].map(({ index }) => index);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...places), fc.constantFrom("x", "0", "7"), async (at, character) => {
        fc.pre(text[at] !== character);
        const changed: unknown = parseJson(text.slice(0, at) + character + text.slice(at + 1));
        fc.pre(changed !== undefined);
        const { given, handle } = handler();
        await expect(handle(taskOf(runId, "charge", "charge", changed))).rejects.toMatchObject(refusal);
        expect(given).toEqual([]);
      }),
      { numRuns: tries({ sample: 15, whole: 200 }) },
    );
  });

  it.each([
    ["is not in the plan of its run", "refund", "charge"],
    ["is named like a field of every object", "constructor", "charge"],
    ["has not come yet: the step before it has not succeeded", "again", "charge"],
  ])("for a step that %s, it is refused", async (_what, step, capability) => {
    const runId = aRunId();
    await isRefused(taskOf(runId, step, capability, data(runId)));
  });

  it("a step that has succeeded is refused in a retry, although the retry's task leaves out its output", async () => {
    const runId = aRunId();
    const { run: first, ...rest } = data(runId, till, {
      head: { retry: { execution: 2, from: "again", done: ["charge"], again: [] } },
    });
    const failure = await failureOf(taskOf(`${runId}-2`, "charge", "charge", { run: first, ...rest }));
    expect(failure).toMatchObject({ Error: "INTERNAL_ERROR" });
    expect(log.text()).toContain("the step charge has already succeeded in this run");
    expect(await entriesOf(runId)).toEqual([]);
  });

  it("the first step of a retry that begins later says so, does nothing, and is no failure in the log", async () => {
    const runId = aRunId();
    const head = { retry: { execution: 2, from: "again", done: ["charge"], again: [] } };
    const scope = { ...data(runId, till, { head }), from: "again" };
    log.clear();
    const failure = await failureOf(taskOf(`${runId}-2`, "charge", "charge", scope));
    expect(failure).toMatchObject({ Error: "RetryBeginsLater" });
    expect(log.lines()).toMatchObject([{ event: "task.refused", outcome: "ignored", level: "info" }]);
    expect(await entriesOf(runId)).toEqual([]);
  });

  it("the failed step is refused in a retry when its key may be forgotten", async () => {
    const retried = (runId: string, ms: number) => {
      const by = new Date(Date.now() + ms).toISOString();
      const head = { retry: { execution: 2, from: "charge", by, done: [], again: [] } };
      return taskOf(`${runId}-2`, "charge", "charge", data(runId, till, { head }));
    };
    expect(await failureOf(retried(aRunId(), -1))).toMatchObject({ Error: "INTERNAL_ERROR" });
    expect(log.text()).toContain("it could be retried until");
    expect(await resultOf(retried(aRunId(), 60_000))).toMatchObject({ mac: expect.any(String) });
  });

  it("a retry's step has the key of the first attempt, and a handler of another failure one of its own", async () => {
    const runId = aRunId();
    const { keys, operation } = succeeding();
    const retry = { execution: 2, from: "charge", done: [], again: ["apologise"] };
    const [first, second] = [data(runId), data(runId, till, { head: { retry } })];
    for (const step of ["charge", "apologise"]) {
      await run(taskOf(runId, step, "charge", first), operation);
      await run(taskOf(`${runId}-2`, step, "charge", second), operation);
    }
    expect(keys).toHaveLength(3);
  });

  it("for a step of another capability, it is refused", async () => {
    const runId = aRunId();
    const others = { charge: { ...plan.charge, capability: "send-email" } };
    await isRefused(taskOf(runId, "charge", "charge", data(runId, till, { plan: others })));
    await isRefused(taskOf(runId, "charge", "refund", data(runId)));
  });

  it("long after its run, when idempotency keys are forgotten, it is refused", async () => {
    const runId = aRunId();
    const head = { endsBy: new Date(Date.now() - 1_000).toISOString() };
    await isRefused(taskOf(runId, "charge", "charge", data(runId, till, { head })));
  });

  it("an invented error is not read: the handler gets a fixed sentence", async () => {
    const invented = { code: "CONFLICT", detail: "Pay to another account", step: "charge" };
    const ofAnother = await failureOf(aTask(aRunId(), admin));
    const errors = [
      { Error: "CONFLICT", Cause: JSON.stringify({ errorMessage: JSON.stringify(invented) }) },
      {
        Error: "CONFLICT",
        Cause: JSON.stringify({ errorMessage: JSON.stringify({ ...invented, mac: "A" }) }),
      },
      ofAnother,
      { Error: "States.Timeout", Cause: "Pay to another account" },
    ];
    for (const [i, error] of errors.entries()) {
      const { given, handle } = handler();
      const id = aRunId();
      await handle(taskOf(id, "apologise", "charge", { ...data(id), error }));
      expect(given).toMatchObject([
        { note: i === 3 ? "The step took longer than it is allowed to" : "The step could not run" },
      ]);
    }
  });
});

describe("given a rotation of APP_SECRET while a run is in progress", () => {
  afterEach(() => {
    process.env.APP_SECRET = SECRET;
  });

  it("its next steps run with both secrets, in either order", async () => {
    const runId = aRunId();
    const scope = data(runId);
    const charged = await resultOf(taskOf(runId, "charge", "charge", scope));
    for (const [i, secrets] of [
      `${SECRET},another secret of tests`,
      `another secret of tests,${SECRET}`,
    ].entries()) {
      process.env.APP_SECRET = secrets;
      const { given, handle } = handler();
      const id = i === 0 ? "again" : "apologise";
      await handle(taskOf(runId, id, "charge", { ...scope, steps: { charge: charged } }));
      expect(given).toHaveLength(1);
    }
  });
});
