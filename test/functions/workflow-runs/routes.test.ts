/** The routes of workflow runs, over their handlers: list, read, cancel, retry. */

import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { handler as cancelRun } from "../../../functions/cancel-workflow-run/handler.ts";
import { handler as getRun } from "../../../functions/get-workflow-run/handler.ts";
import { handler as listRuns } from "../../../functions/list-workflow-runs/handler.ts";
import { handler as recordRun } from "../../../functions/record-workflow-run/handler.ts";
import { handler as retryRun } from "../../../functions/retry-workflow-run/handler.ts";
import { handler as startRun } from "../../../functions/start-workflow-run/handler.ts";
import { readApproval } from "../../../lib/approvals/approval-item.ts";
import { decideApproval } from "../../../lib/approvals/decide-approval.ts";
import type { Emulator } from "../../../local/emulator-thread.ts";
import {
  executionArn,
  MACHINE_ARN_PREFIX,
  machineOf,
} from "../../../local/step-functions/workflow-machine.ts";
import { startStepFunctions } from "../../../local/step-functions.ts";
import { someRunId } from "../../lib/workflow/some-run-id.ts";
import { mistakesOf } from "../../steps/described-response.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { sampleInput } from "../../steps/sample-inputs.ts";

const WORKFLOW = "process-payment";

given.localAws();
const log = given.capturedLog();
let stepFunctions: Emulator;
const reports: Promise<void>[] = [];
beforeAll(async () => {
  stepFunctions = await startStepFunctions({
    region: "us-east-1",
    machines: [
      machineOf(WORKFLOW, {
        StartAt: "wait",
        States: { wait: { Type: "Wait", Seconds: 600, End: true } },
      }),
    ],
    invoke: async () => ({ outcome: "answered", payload: {} }),
    onChange: (event) => reports.push(recordRun(event, given.lambdaContext())),
  });
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SFN: stepFunctions.url,
    STATE_MACHINE_ARN_PREFIX: MACHINE_ARN_PREFIX,
    EMAIL_FROM: "shop@example.com",
  });
});
afterAll(async () => {
  await Promise.all(reports);
  await stepFunctions.close();
});

interface Call {
  readonly pathParameters?: Record<string, string>;
  readonly query?: Record<string, string>;
  readonly roles?: readonly string[];
  readonly body?: object;
  readonly key?: string;
}

async function responseOf(
  handler: typeof listRuns,
  { query, roles = ["admin"], key = randomUUID(), ...call }: Call,
) {
  const event = {
    ...given.httpEvent({
      ...call,
      headers: { "idempotency-key": key },
      authorizer: { principalId: `p-${roles.join("-")}`, roles: JSON.stringify(roles) },
    }),
    ...(query === undefined ? {} : { queryStringParameters: query }),
  };
  const { statusCode, headers, body } = await handler(event, given.lambdaContext(20_000));
  const [method, path] = describedRoute(handler);
  if (call.pathParameters?.workflowId === WORKFLOW)
    expect(mistakesOf(method, path, statusCode ?? 0, JSON.parse(body ?? ""))).toEqual([]);
  return { status: statusCode, headers, body: JSON.parse(body ?? "") };
}

/** As docs/openapi.json has it. */
function describedRoute(handler: typeof listRuns): readonly [method: string, path: string] {
  const runs = `/api/workflows/${WORKFLOW}/runs`;
  if (handler === listRuns) return ["get", runs];
  if (handler === startRun) return ["post", runs];
  if (handler === getRun) return ["get", `${runs}/{runId}`];
  return ["post", `${runs}/{runId}/${handler === cancelRun ? "cancel" : "retry"}`];
}

const pathOf = (runId?: string) => ({
  pathParameters: { workflowId: WORKFLOW, ...(runId === undefined ? {} : { runId }) },
});

describe("given a start that needs an approval", () => {
  const LARGE = { ...sampleInput(WORKFLOW), amount: 60_000 };
  const agent = { roles: ["agent"] };

  it("it is refused until another principal has approved it; then it starts one run, also when it is repeated", async () => {
    const key = randomUUID();
    const start = (body = LARGE) => responseOf(startRun, { ...pathOf(), ...agent, body, key });
    const refused = await start();
    expect(refused).toMatchObject({
      status: 403,
      body: { code: "APPROVAL_REQUIRED", approval: { status: "pending" } },
    });
    const { approvalId } = refused.body.approval;
    const now = new Date();
    expect(await readApproval(approvalId, now)).toMatchObject({
      capability: WORKFLOW,
      action: "start",
      input: { amount: 60_000 },
    });
    expect(await start({ ...LARGE, amount: 60_001 })).toMatchObject({ status: 422 });

    await decideApproval({ approvalId, decision: "approve", by: "boss", now });
    const started = await start();
    const used = await readApproval(approvalId, now);
    const { runId } = started.body;
    const repeated = await start();
    // Before anything is asserted: a run that goes on would keep the process alive.
    expect(await responseOf(cancelRun, pathOf(runId))).toMatchObject({ status: 200 });
    expect(started).toMatchObject({ status: 202, body: { status: "running" } });
    expect(used).toMatchObject({ status: "used" });
    expect(repeated).toMatchObject({ status: 202, body: { runId } });
  });

  it("rejected, it starts nothing", async () => {
    const key = randomUUID();
    const start = () => responseOf(startRun, { ...pathOf(), ...agent, body: LARGE, key });
    const { approvalId } = (await start()).body.approval;
    await decideApproval({ approvalId, decision: "reject", by: "boss", now: new Date() });
    expect(await start()).toMatchObject({ status: 403, body: { approval: { status: "rejected" } } });
  });
});

describe("given a run that was started over HTTP", () => {
  it("its starter finds it in the list, reads it and cancels it; then nobody can retry it", async () => {
    const checkout = { roles: ["checkout"] };
    const started = await responseOf(startRun, { ...pathOf(), ...checkout, body: sampleInput(WORKFLOW) });
    expect(started).toMatchObject({ status: 202, body: { status: "running" } });
    const { runId } = started.body;

    const listed = await responseOf(listRuns, { ...pathOf(), ...checkout, query: { status: "running" } });
    const startedAt = expect.any(String);
    const summary = { runId, workflowId: WORKFLOW, version: "1.0.0", startedAt };
    expect(listed).toMatchObject({ status: 200, body: { items: [{ ...summary, status: "running" }] } });
    expect(await responseOf(getRun, { ...pathOf(runId), ...checkout })).toMatchObject({ status: 200 });

    for (const roles of [["support"], ["readonly"], []])
      expect(await responseOf(cancelRun, { ...pathOf(runId), roles })).toMatchObject({ status: 403 });
    expect(await responseOf(cancelRun, { ...pathOf(runId), roles: ["billing"] })).toMatchObject({
      status: 404,
    });
    expect(await responseOf(cancelRun, { ...pathOf(runId), ...checkout })).toMatchObject({
      status: 200,
      body: { runId, workflowId: WORKFLOW, version: "1.0.0", status: "cancelled" },
    });
    for (const reader of [["checkout"], ["support"], ["readonly"]]) {
      const { body } = await responseOf(listRuns, { ...pathOf(), roles: reader, query: { limit: "1" } });
      expect(body.items).toEqual([{ ...summary, status: "cancelled", endedAt: expect.any(String) }]);
    }
    expect(await responseOf(retryRun, { ...pathOf(runId), ...checkout })).toMatchObject({
      status: 409,
      body: { code: "CONFLICT", detail: "The run was cancelled; only a failed run can be retried" },
    });
    expect(await responseOf(listRuns, { ...pathOf(), roles: ["billing"] })).toMatchObject({
      body: { items: [] },
    });
  });
});

describe("given any path and any query", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom(
      "",
      WORKFLOW,
      "audit",
      "__proto__",
      "4242 4242 4242 4242",
      `${someRunId()}-2`,
      someRunId(),
    ),
  );
  it("the response is a problem that says what is wrong, and it quotes nothing", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(listRuns, getRun, cancelRun, retryRun),
        text,
        text,
        fc.dictionary(fc.oneof(text, fc.constantFrom("status", "limit", "after")), text, { maxKeys: 3 }),
        async (handler, workflowId, runId, query) => {
          const { status, body } = await responseOf(handler, {
            pathParameters: { workflowId, runId },
            query,
          });
          if (handler === listRuns && status === 200) return expect(workflowId).toBe(WORKFLOW);
          expect([404, 422]).toContain(status);
          expect(body.issues).not.toEqual([]);
          expect(JSON.stringify(body)).not.toContain("4242 4242");
        },
      ),
      { numRuns: Number(process.env.INPUTS ?? tries({ sample: 24, whole: 60 })) },
    );
    expect(log.text()).not.toContain('"level":"error"');
  });
});

describe("given a report about an execution that is none of our runs", () => {
  it.each([
    {},
    { detail: { executionArn: "arn:aws:states:us-east-1:000000000000:execution:other:run-1" } },
    { detail: { executionArn: executionArn(WORKFLOW, "by-hand") } },
    { detail: { executionArn: executionArn(WORKFLOW, someRunId()) } },
    "x",
    null,
  ])("%j is skipped", async (report) => {
    await recordRun(report, given.lambdaContext());
    expect(log.text().trim().split("\n").at(-1)).toContain('"skipped":true');
  });
});
