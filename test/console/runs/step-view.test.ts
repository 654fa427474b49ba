/** A step of a run, as the console shows it: from histories as Step Functions gives them. */
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how a workflow writes a reference
import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { describe, expect, it } from "@jest/globals";
import { Problem } from "../../../lib/errors.ts";
import { createSealer } from "../../../lib/sealing/sealing.ts";
import { progressOfRun, runStatus } from "../../../lib/workflow/run-status.ts";
import { stepView } from "../../../scripts/console/runs/step-view.ts";

const SEALED = createSealer(["a-secret-of-at-least-32-characters!!"]).seal("ada@example.com", "place");
const INPUTS = { amount: "${input.amount}", email: "${input.email}", customerId: "${steps.first.output.id}" };
const at = (second: number) => new Date(Date.UTC(2026, 0, 1, 12, 0, second));
const time = (second: number) => at(second).toISOString();

/** Events of a step, each a second after the one before. */
const historyOf = (...events: Omit<HistoryEvent, "id" | "timestamp">[]): HistoryEvent[] =>
  events.map((event, index) => ({ ...event, id: index + 1, timestamp: at(index) }));
const entered = (name: string): Omit<HistoryEvent, "id" | "timestamp"> => ({
  type: "TaskStateEntered",
  stateEnteredEventDetails: {
    name,
    input: JSON.stringify({
      input: { amount: 4200, email: SEALED },
      steps: { first: { output: { id: "cus_1" } } },
    }),
  },
});
const exited = (name: string, output: object): Omit<HistoryEvent, "id" | "timestamp"> => ({
  type: "TaskStateExited",
  stateExitedEventDetails: { name, output: JSON.stringify({ steps: { [name]: { output } } }) },
});
const scheduled = { type: "LambdaFunctionScheduled" } as const;
const failed = {
  type: "LambdaFunctionFailed" as const,
  lambdaFunctionFailedEventDetails: {
    error: "PAYMENT_REQUIRED",
    cause: JSON.stringify({
      errorMessage: JSON.stringify(new Problem("PAYMENT_REQUIRED", "Declined").toDocument()),
    }),
  },
};

function shown(status: DescribeExecutionOutput["status"], ...histories: HistoryEvent[][]) {
  const execution: DescribeExecutionOutput = {
    executionArn: "arn",
    stateMachineArn: "arn",
    name: "run-1",
    status,
    startDate: at(0),
    ...(status === "RUNNING" ? {} : { stopDate: at(20) }),
  };
  const steps = [{ id: "pay", capability: "charge", inputs: INPUTS, after: [] }];
  const run = runStatus(
    execution,
    histories.at(-1) ?? [],
    { workflowId: "shop", version: "1.0.0", steps },
    {
      earlier: histories.slice(0, -1),
    },
  );
  const [document] = run.steps;
  if (document === undefined) throw new Error("The run has no step");
  return stepView(
    { document, template: INPUTS, progress: progressOfRun(histories).get("pay") },
    histories.flat(),
    { startedAt: at(0), until: at(20), isCancelled: status === "ABORTED" },
  );
}

describe("given a step that has run", () => {
  const history = historyOf(
    entered("pay"),
    scheduled,
    failed,
    scheduled,
    exited("pay", { id: "pi_1", key: SEALED }),
  );

  it("it has every attempt, and the error of the first", () => {
    expect(shown("RUNNING", history).attempts).toEqual([
      { startedAt: time(1), endedAt: time(2), error: { code: "PAYMENT_REQUIRED", message: "Declined" } },
      { startedAt: time(3), endedAt: time(4) },
    ]);
  });

  it("its input is resolved and its output shown, but what is sealed stays sealed", () => {
    const step = shown("RUNNING", history);
    expect(step.input).toEqual({ amount: 4200, email: "[sealed]", customerId: "cus_1" });
    expect(step.output).toEqual({ id: "pi_1", key: "[sealed]" });
  });

  it("its bar is where it was on the run's line of time", () => {
    expect(shown("RUNNING", history).bar).toEqual({ from: 0, width: 20 });
  });

  it("the attempts of an execution before a retry are shown, too", () => {
    const step = shown("SUCCEEDED", historyOf(entered("pay"), scheduled, failed), history);
    expect([step.state, step.attempts.length]).toEqual(["completed", 3]);
  });
});

describe("given a step that has not succeeded", () => {
  it.each([
    ["is running", "RUNNING", [entered("pay"), scheduled], "running"],
    ["failed, and will be tried again", "RUNNING", [entered("pay"), scheduled, failed], "retrying"],
    [
      "waits for an event",
      "RUNNING",
      [entered("pay"), { type: "TaskScheduled" }, { type: "TaskSubmitted" }],
      "waiting",
    ],
    ["failed", "FAILED", [entered("pay"), scheduled, failed], "failed"],
    ["was in progress when its run was cancelled", "ABORTED", [entered("pay"), scheduled], "cancelled"],
    ["was never reached", "FAILED", [], "skipped"],
    ["is still to come", "RUNNING", [], "pending"],
  ] as const)("one that %s", (_what, status, events, state) => {
    expect(shown(status, historyOf(...events)).state).toBe(state);
  });
});
