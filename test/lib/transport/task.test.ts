/**
 * A step of a run, as Step Functions sends it to a capability's Lambda: its principal, and the tasks that are refused.
 */
import { randomUUID } from "node:crypto";
import { DynamoDBClient, ScanCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import type { Principal } from "../../../lib/identity/principal.ts";
import { createPolicy } from "../../../lib/policy/decide.ts";
import { createSealer } from "../../../lib/sealing/sealing.ts";
import { runTask, type TaskEvent } from "../../../lib/transport/task.ts";
import { runSealingContext, sealPrincipal } from "../../../lib/workflow/run-sealing.ts";
import * as given from "../../steps/given.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { contract, rule, succeeding } from "../capability/charge.ts";

given.localAws();
let dynamodb: DynamoDBClient;
beforeAll(async () => {
  dynamodb = new DynamoDBClient({});
});
afterAll(async () => {
  dynamodb.destroy();
});
const log = given.capturedLog();
const logLines = () => log.lines();

const sealer = createSealer(["app-secret-of-the-tests"]);
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

function aTask(runId: string, principal: unknown, input: unknown = { amount: 4200 }): TaskEvent {
  const run: TaskEvent["scope"]["run"] = JSON.parse(JSON.stringify({ principal }));
  return {
    task: { workflowId: "pay", step: "charge", capability: "charge" },
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the workflow dialect
    inputs: { amount: "${input.amount}" },
    runId,
    scope: { run, input, steps: {} },
  };
}

const run = (event: TaskEvent, operation = succeeding().operation) =>
  runTask({ contract, operation, policy }, event, given.lambdaContext());

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
    await run(aTask(runId, sealPrincipal(till, sealer, runId)), operation);
    expect(keys).toHaveLength(1);
    expect(await entriesOf(runId)).toMatchObject([
      { actor: { id: "till", roles: ["checkout"] }, action: "step", result: "succeeded", objects: [runId] },
    ]);
  });

  it("its sensitive outputs leave the Lambda sealed, for this run only", async () => {
    const runId = aRunId();
    const outputs = JSON.stringify(await run(aTask(runId, sealPrincipal(till, sealer, runId))));
    expect(outputs).not.toContain("secret-receipt");
    const { receipt } = JSON.parse(outputs);
    expect(sealer.open(receipt, runSealingContext(runId))).toBe("secret-receipt-1");
    expect(() => sealer.open(receipt, runSealingContext(aRunId()))).toThrow();
  });

  it("a principal without the right is refused, regardless of the Lambda's own rights", async () => {
    const runId = aRunId();
    const { keys, operation } = succeeding();
    const refused = run(aTask(runId, sealPrincipal(admin, sealer, runId)), operation);
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
    await run(aTask(runId, sealPrincipal(till, sealer, runId)), operation);
    expect(new Set(keys).size).toBe(2);
  });
});

describe("given a task that none of our runs sent", () => {
  const sealed = (principal: unknown, context: string, by = sealer) => by.seal(principal, context);
  const contextOf = (runId: string) => `run:${runId}:principal`;

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
    ["a value of the run in place of the principal", (runId) => sealed(till, runSealingContext(runId))],
    ["a principal without roles", (runId) => sealed({ id: "till" }, contextOf(runId))],
    [
      "a principal whose roles are a string",
      (runId) => sealed({ id: "till", roles: "checkout" }, contextOf(runId)),
    ],
    ["a sealed text", (runId) => sealed("till", contextOf(runId))],
    ["the prefix of a sealed value without a value", () => "sealed:v1:"],
  ])("%s: it is refused, and nothing is written", async (_what, principal) => {
    const before = await written();
    const runId = aRunId();
    const { keys, operation } = succeeding();
    await expect(run(aTask(runId, principal(runId)), operation)).rejects.toMatchObject({
      name: "INTERNAL_ERROR",
    });
    expect(keys).toEqual([]);
    expect(await written()).toEqual(before);
    expect(logLines()).toMatchObject([
      { event: "task.refused", level: "error", runId, capabilityId: "charge" },
    ]);
    expect(JSON.stringify(logLines())).not.toContain("checkout");
  });

  it("without any data of a run, it is refused, and nothing is written", async () => {
    const before = await written();
    const event: TaskEvent = JSON.parse('{"task":{"capability":"charge"},"scope":{},"runId":"run-1"}');
    await expect(run(event)).rejects.toMatchObject({ name: "INTERNAL_ERROR" });
    expect(await written()).toEqual(before);
  });

  it("the input of another run does not open, and is not used", async () => {
    const before = await written();
    const runId = aRunId();
    const amount = sealed(4200, runSealingContext(aRunId()));
    const event = aTask(runId, sealPrincipal(till, sealer, runId), { amount });
    await expect(run(event)).rejects.toMatchObject({ name: "INTERNAL_ERROR" });
    expect(await written()).toEqual(before);
  });

  it("a task for another capability is refused", async () => {
    const runId = aRunId();
    const event = aTask(runId, sealPrincipal(till, sealer, runId));
    const foreign = { ...event, task: { ...event.task, capability: "refund" } };
    await expect(run(foreign)).rejects.toMatchObject({ name: "INTERNAL_ERROR" });
  });
});
