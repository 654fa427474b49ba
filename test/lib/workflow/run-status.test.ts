import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import { createSealer } from "../../../lib/sealing/sealing.ts";
import type { CompiledWorkflow } from "../../../lib/workflow/compiled-workflow.ts";
import { failedStep } from "../../../lib/workflow/failed-step.ts";
import { runStatus } from "../../../lib/workflow/run-status.ts";

const STEPS = [
  { id: "create-customer", capability: "stripe-create-customer" },
  { id: "create-payment-intent", capability: "stripe-create-payment-intent" },
  { id: "notify-error", capability: "send-email" },
];
const workflow: CompiledWorkflow = {
  workflowId: "process-payment",
  version: "1.1.0",
  steps: STEPS.map((step) => ({ ...step, inputs: {}, after: [] })),
  longestMs: 60_000,
  auditablePaths: [],
  withheldPaths: [],
  checkInput: () => ({ ok: true, value: {} }),
};

const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second));
const time = (second: number) => at(second).toISOString();

/** Numbers the events, one per second. */
const historyOf = (...events: Omit<HistoryEvent, "id" | "timestamp">[]): HistoryEvent[] =>
  events.map((event, index) => ({ ...event, id: index + 1, previousEventId: index, timestamp: at(index) }));

const started = { type: "ExecutionStarted" } as const;
const entered = (name: string): Omit<HistoryEvent, "id" | "timestamp"> => ({
  type: "TaskStateEntered",
  stateEnteredEventDetails: { name },
});
const scheduled = { type: "LambdaFunctionScheduled" } as const;
const succeeded = { type: "LambdaFunctionSucceeded" } as const;
const failed = (error: string, cause = "") => ({
  type: "LambdaFunctionFailed" as const,
  lambdaFunctionFailedEventDetails: { error, cause },
});
const exited = { type: "TaskStateExited" } as const;

const causeOf = (problem: Problem, step: string) =>
  JSON.stringify({
    errorType: problem.code,
    errorMessage: JSON.stringify({ ...problem.toDocument(), step }),
    trace: ["at secret"],
  });
const declined = causeOf(
  new Problem("PAYMENT_REQUIRED", "Your card was declined.", { declineCode: "generic_decline" }),
  "create-payment-intent",
);

const execution = (more: Partial<DescribeExecutionOutput>): DescribeExecutionOutput => ({
  executionArn: "arn:aws:states:us-east-1:000000000000:execution:process-payment:run-1",
  stateMachineArn: "arn:aws:states:us-east-1:000000000000:stateMachine:process-payment",
  name: "run-1",
  status: "RUNNING",
  startDate: at(0),
  input: JSON.stringify({ run: { version: "1.0.0" } }),
  ...more,
});

describe("a run", () => {
  it("that has just begun has pending steps", () => {
    const run = runStatus(execution({}), historyOf(started), workflow);

    expect(run).toEqual({
      runId: "run-1",
      workflowId: "process-payment",
      version: "1.0.0",
      status: "running",
      startedAt: time(0),
      steps: STEPS.map((step) => ({ ...step, status: "pending" })),
    });
  });

  it("shows the version it was started with, not the one deployed since", () => {
    expect(runStatus(execution({}), [], workflow).version).toBe("1.0.0");
  });

  it("in progress shows which step runs", () => {
    const history = historyOf(
      started,
      entered("create-customer"),
      scheduled,
      succeeded,
      exited,
      entered("create-payment-intent"),
      scheduled,
    );

    expect(runStatus(execution({}), history, workflow).steps).toEqual([
      { ...STEPS[0], status: "completed", startedAt: time(1), endedAt: time(4), attempts: 1 },
      { ...STEPS[1], status: "running", startedAt: time(5), attempts: 1 },
      { ...STEPS[2], status: "pending" },
    ]);
  });

  it("whose step has waited for an event in vain shows that it has timed out, and is known to have failed there", () => {
    const history = historyOf(
      started,
      entered("create-customer"),
      { type: "TaskScheduled" },
      { type: "TaskSubmitted" },
      {
        type: "TaskTimedOut",
        taskTimedOutEventDetails: { resourceType: "lambda", resource: "x", error: "States.Timeout" },
      },
      exited,
      entered("notify-error"),
      scheduled,
      succeeded,
      exited,
    );
    const run = runStatus(execution({ status: "FAILED", error: "States.Timeout" }), history, workflow);
    expect(run).toMatchObject({
      error: { code: "TIMEOUT", step: "create-customer" },
      steps: [{ status: "failed", attempts: 1, error: { code: "TIMEOUT" } }, {}, { status: "completed" }],
    });
    expect(failedStep(history)).toEqual({
      ...{ step: "create-customer", startedAt: at(1), before: {}, handledBy: ["notify-error"] },
    });
  });

  it("that is retried from a later step shows nothing of the first step's being asked", () => {
    const first = historyOf(
      started,
      ...[entered("create-customer"), scheduled, succeeded, exited],
      ...[entered("create-payment-intent"), scheduled, failed("States.Timeout"), exited],
    );
    const second = historyOf(
      started,
      ...[entered("create-customer"), scheduled, failed("RetryBeginsLater")],
      ...[entered("create-payment-intent"), scheduled, succeeded, exited],
    );
    const run = runStatus(execution({ status: "SUCCEEDED", output: "{}" }), second, workflow, {
      earlier: [first],
    });
    expect(run.steps).toMatchObject([
      { status: "completed", attempts: 1 },
      { status: "completed", attempts: 2 },
      { status: "skipped" },
    ]);
  });

  it("whose retry could not even ask the first step is retried again from the same step", () => {
    const asked = {
      type: "TaskStateEntered",
      stateEnteredEventDetails: {
        name: "create-customer",
        input: JSON.stringify({
          from: "create-payment-intent",
          steps: { "create-customer": { output: {} } },
        }),
      },
    } as const;
    const history = historyOf(started, asked, scheduled, failed("Lambda.TooManyRequestsException"), exited);
    expect(failedStep(history)).toEqual({
      ...{ step: "create-payment-intent", startedAt: at(1), handledBy: [] },
      before: { "create-customer": { output: {} } },
    });
  });

  it("waits between two attempts of a step, and shows why", () => {
    const history = historyOf(started, entered("create-customer"), scheduled, failed("States.Timeout"));

    expect(runStatus(execution({}), history, workflow)).toMatchObject({
      status: "running",
      steps: [{ status: "waiting", attempts: 1, error: { code: "TIMEOUT" } }, {}, {}],
    });
  });

  it("in the second attempt of a step has neither failed nor ended", () => {
    const history = historyOf(
      started,
      entered("create-customer"),
      scheduled,
      failed("States.Timeout"),
      scheduled,
    );

    expect(runStatus(execution({}), history, workflow).steps[0]).toEqual({
      ...STEPS[0],
      status: "running",
      startedAt: time(1),
      attempts: 2,
    });
  });

  it("that completed shows each step's output with sealed values masked, and the other steps as skipped", () => {
    const sealed = createSealer(["a secret of at least thirty-two characters"]).seal(
      "pi_1_secret",
      "run:run-1",
    );
    const history = historyOf(started, entered("create-customer"), scheduled, succeeded, exited);
    const output = JSON.stringify({
      input: {},
      steps: { "create-customer": { output: { customerId: "cus_1", clientSecret: sealed } } },
    });

    const run = runStatus(execution({ status: "SUCCEEDED", stopDate: at(9), output }), history, workflow);

    expect(run).toMatchObject({
      status: "completed",
      endedAt: time(9),
      output: { "create-customer": { customerId: "cus_1", clientSecret: "[sealed]" } },
    });
    expect(run.steps.map(({ status }) => status)).toEqual(["completed", "skipped", "skipped"]);
    expect(run).not.toHaveProperty("error");
  });

  it("that ended through onFailure failed with the original error, and its handler completed", () => {
    const history = historyOf(
      started,
      entered("create-customer"),
      scheduled,
      succeeded,
      exited,
      entered("create-payment-intent"),
      scheduled,
      failed("PAYMENT_REQUIRED", declined),
      exited,
      entered("notify-error"),
      scheduled,
      succeeded,
      exited,
      { type: "FailStateEntered", stateEnteredEventDetails: { name: "Run failed" } },
    );
    const ended = { status: "FAILED", error: "PAYMENT_REQUIRED", cause: declined, stopDate: at(20) } as const;

    const run = runStatus(execution(ended), history, workflow);

    const error = {
      code: "PAYMENT_REQUIRED",
      message: "Your card was declined.",
      declineCode: "generic_decline",
      step: "create-payment-intent",
    };
    expect(run).toMatchObject({ status: "failed", error });
    expect(run.steps.map(({ status }) => status)).toEqual(["completed", "failed", "completed"]);
    expect(run.steps[1]?.error).toEqual(error);
    expect(JSON.stringify(run)).not.toContain("secret");
  });

  it("whose handler failed too keeps the original error, and shows the handler's error in its step", () => {
    const history = historyOf(
      started,
      entered("create-customer"),
      scheduled,
      failed("Sandbox.Timedout"),
      exited,
      entered("notify-error"),
      scheduled,
      failed("FORBIDDEN", causeOf(new Problem("FORBIDDEN", "not yours"), "notify-error")),
      exited,
    );
    const ended = { status: "FAILED", error: "Sandbox.Timedout", cause: "", stopDate: at(20) } as const;

    const run = runStatus(execution(ended), history, workflow);

    expect(run.error).toMatchObject({ code: "TIMEOUT", step: "create-customer" });
    expect(run.steps.map(({ status }) => status)).toEqual(["failed", "skipped", "failed"]);
    expect(run.steps[2]?.error).toEqual({ code: "FORBIDDEN", message: "not yours", step: "notify-error" });
  });

  it("that was stopped is cancelled, and its step did not complete", () => {
    const history = historyOf(started, entered("create-customer"), scheduled);

    const run = runStatus(execution({ status: "ABORTED", stopDate: at(9) }), history, workflow);

    expect(run).toMatchObject({ status: "cancelled", endedAt: time(9) });
    expect(run.steps.map(({ status }) => status)).toEqual(["failed", "skipped", "skipped"]);
  });

  it("that took too long failed with TIMEOUT", () => {
    const run = runStatus(execution({ status: "TIMED_OUT", stopDate: at(9) }), historyOf(started), workflow);

    expect(run).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  });

  it("that waits to be redriven is paused, and its remaining steps are pending", () => {
    const run = runStatus(execution({ status: "PENDING_REDRIVE" }), historyOf(started), workflow);

    expect(run).toMatchObject({ status: "paused", steps: [{ status: "pending" }, {}, {}] });
  });
});
