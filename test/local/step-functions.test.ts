// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a substitution

import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { isRecord } from "../../lib/untrusted.ts";
import type { Emulator } from "../../local/emulator-thread.ts";
import type { Invocation } from "../../local/lambda/invocation.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { waitFor } from "../../local/stack-client.ts";
import type { Machine } from "../../local/step-functions/execution.ts";
import { startStepFunctions, stateMachines } from "../../local/step-functions.ts";
import { createResolver, mergeTemplates } from "../../local/template.ts";

const region = "eu-central-1";
const definition = {
  StartAt: "charge",
  States: {
    charge: {
      Type: "Task",
      Resource: "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:charge",
      Parameters: { "amount.$": "$.amount", "runId.$": "$$.Execution.Name" },
      ResultPath: "$.charged",
      Retry: [{ ErrorEquals: ["SERVICE_UNAVAILABLE"], IntervalSeconds: 1, MaxAttempts: 1 }],
      Catch: [{ ErrorEquals: ["States.ALL"], ResultPath: "$.error", Next: "notify" }],
      Next: "thank",
    },
    thank: {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke",
      Parameters: { FunctionName: "thank", "Payload.$": "$.charged" },
      End: true,
    },
    notify: {
      Type: "Task",
      Resource: "arn:aws:lambda:eu-central-1:000000000000:function:notify",
      ResultPath: null,
      Next: "failed",
    },
    failed: { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" },
  },
};
const template = mergeTemplates({
  Resources: {
    Pay: {
      Type: "AWS::StepFunctions::StateMachine",
      Properties: { StateMachineName: "pay", DefinitionString: { "Fn::Sub": JSON.stringify(definition) } },
    },
  },
});
const stateMachineArn = `arn:aws:states:${region}:000000000000:stateMachine:pay`;

describe("Step Functions on this machine", () => {
  let server: Emulator;
  let machines: Machine[];
  let sfn: SFNClient;
  const calls: { name: string; payload: unknown }[] = [];
  let release = () => {};

  const failed = (errorType: string): Invocation => ({
    outcome: "failed",
    errorType,
    document: JSON.stringify({ errorType, errorMessage: "no" }),
  });

  /** The amount to charge decides how a function responds. */
  async function invoke(name: string, payload: unknown): Promise<Invocation> {
    calls.push({ name, payload });
    const amount = isRecord(payload) ? payload.amount : undefined;
    if (name !== "charge") return { outcome: "answered", payload: { done: name } };
    if (amount === 402) return failed("PAYMENT_REQUIRED");
    if (
      amount === 503 &&
      calls.filter((call) => isRecord(call.payload) && call.payload.amount === 503).length === 1
    ) {
      return failed("SERVICE_UNAVAILABLE");
    }
    if (amount === 999) {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
    }
    return { outcome: "answered", payload: { charge: "ch_1" } };
  }

  beforeAll(async () => {
    const resolve = createResolver(template, { region, stackName: "shop-dev", sqsEndpoint: "" });
    machines = stateMachines(template, resolve);
    server = await startStepFunctions({ region, machines, invoke });
    sfn = new SFNClient({ region, credentials: LOCAL_CREDENTIALS, endpoint: server.url, maxAttempts: 1 });
  });
  afterAll(async () => {
    release();
    await server.close();
  });

  const start = (name: string, input: string) =>
    sfn.send(new StartExecutionCommand({ stateMachineArn, name, input }));

  async function ended(executionArn: string | undefined) {
    for (;;) {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      if (execution.status !== "RUNNING") return execution;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  async function history(executionArn: string | undefined): Promise<HistoryEvent[]> {
    return (await sfn.send(new GetExecutionHistoryCommand({ executionArn }))).events ?? [];
  }

  it("runs the compiled definition, and writes its history in Step Functions' events", async () => {
    const { executionArn, startDate } = await start("good", '{"amount":100}');
    const execution = await ended(executionArn);

    expect(executionArn).toBe(`arn:aws:states:${region}:000000000000:execution:pay:good`);
    expect(execution).toMatchObject({
      status: "SUCCEEDED",
      name: "good",
      stateMachineArn,
      startDate,
      input: '{"amount":100}',
      output: JSON.stringify({ ExecutedVersion: "$LATEST", Payload: { done: "thank" }, StatusCode: 200 }),
    });
    expect(execution.stopDate?.getTime()).toBeGreaterThanOrEqual(startDate?.getTime() ?? Number.NaN);
    expect(calls.slice(0, 2)).toEqual([
      { name: "charge", payload: { amount: 100, runId: "good" } },
      { name: "thank", payload: { charge: "ch_1" } },
    ]);
    const events = await history(executionArn);
    expect(events.map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "TaskStateEntered",
      "TaskScheduled",
      "TaskStarted",
      "TaskSucceeded",
      "TaskStateExited",
      "ExecutionSucceeded",
    ]);
    expect(events.map(({ id, previousEventId }) => [id, previousEventId])).toEqual(
      events.map((_, n) => [n + 1, n]),
    );
    expect(events[1]?.stateEnteredEventDetails).toMatchObject({ name: "charge", input: '{"amount":100}' });
    expect(events[0]?.timestamp).toBeInstanceOf(Date);
  });

  it("matches Retry and Catch on the function's error, and ends with the Fail state's error and cause", async () => {
    const { executionArn } = await start("declined", '{"amount":402}');
    const execution = await ended(executionArn);

    const cause = JSON.stringify({ errorType: "PAYMENT_REQUIRED", errorMessage: "no" });
    expect(execution).toMatchObject({ status: "FAILED", error: "PAYMENT_REQUIRED", cause });
    expect(execution.output).toBeUndefined();
    const events = await history(executionArn);
    expect(events.map(({ type }) => type)).toEqual([
      "ExecutionStarted",
      "TaskStateEntered",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionFailed",
      "TaskStateExited",
      "TaskStateEntered",
      "LambdaFunctionScheduled",
      "LambdaFunctionStarted",
      "LambdaFunctionSucceeded",
      "TaskStateExited",
      "FailStateEntered",
      "ExecutionFailed",
    ]);
    expect(events[4]?.lambdaFunctionFailedEventDetails).toEqual({ error: "PAYMENT_REQUIRED", cause });
    expect(events.at(-1)?.executionFailedEventDetails).toEqual({ error: "PAYMENT_REQUIRED", cause });
  });

  it("retries a retryable error within the same visit of the state", async () => {
    const { executionArn } = await start("retried", '{"amount":503}');
    expect(await ended(executionArn)).toMatchObject({ status: "SUCCEEDED" });
    const types = (await history(executionArn)).map(({ type }) => type);
    expect(types.filter((type) => type === "LambdaFunctionScheduled")).toHaveLength(2);
    expect(types.filter((type) => type === "LambdaFunctionFailed")).toHaveLength(1);
    expect(types.filter((type) => type === "TaskStateEntered")).toHaveLength(2);
  });

  it("returns the running execution for the same start, and refuses its name for any other start", async () => {
    const first = await start("slow", '{"amount":999}');
    expect(await start("slow", '{"amount":999}')).toMatchObject({
      executionArn: first.executionArn,
      startDate: first.startDate,
    });
    await expect(start("slow", '{"amount":998}')).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });

    const { stopDate } = await sfn.send(
      new StopExecutionCommand({ executionArn: first.executionArn, error: "Stopped", cause: "by the test" }),
    );
    expect(await ended(first.executionArn)).toMatchObject({
      status: "ABORTED",
      stopDate,
      error: "Stopped",
      cause: "by the test",
    });
    release();
    await expect(start("slow", '{"amount":999}')).rejects.toMatchObject({ name: "ExecutionAlreadyExists" });
    const last = (await history(first.executionArn)).at(-1);
    expect(last).toMatchObject({
      type: "ExecutionAborted",
      executionAbortedEventDetails: { error: "Stopped", cause: "by the test" },
    });
  });

  it("refuses at the start what AWS refuses on deployment: a state that nothing leads to", () => {
    const States = { ...definition.States, orphan: { Type: "Succeed" } };
    const Properties = { StateMachineName: "pay", Definition: { ...definition, States } };
    const broken = mergeTemplates({
      Resources: { Pay: { Type: "AWS::StepFunctions::StateMachine", Properties } },
    });

    expect(() => stateMachines(broken, (value) => value)).toThrow(
      /State machine Pay: .*orphan is not reachable/s,
    );
  });

  it("pages through the history in both directions", async () => {
    const { executionArn } = await start("paged", '{"amount":1}');
    await ended(executionArn);
    const all = await history(executionArn);
    const paged: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const page = await sfn.send(
        new GetExecutionHistoryCommand({ executionArn, maxResults: 5, reverseOrder: true, nextToken }),
      );
      expect(page.events?.length).toBeLessThanOrEqual(5);
      paged.push(...(page.events ?? []));
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    expect(paged.reverse()).toEqual(all);
  });

  it("lists state machines and executions, newest first", async () => {
    const { stateMachines: machines } = await sfn.send(new ListStateMachinesCommand({}));
    expect(machines).toMatchObject([{ name: "pay", stateMachineArn, type: "STANDARD" }]);
    const { executions } = await sfn.send(
      new ListExecutionsCommand({ stateMachineArn, statusFilter: "FAILED" }),
    );
    expect(executions?.map(({ name }) => name)).toEqual(["declined"]);
    const newest = await sfn.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 1 }));
    expect(newest.executions?.map(({ name }) => name)).toEqual(["paged"]);
    expect(newest.nextToken).toBeDefined();
  });

  it("runs a machine that was replaced, for executions that start afterwards", async () => {
    const [pay] = machines;
    if (pay === undefined) throw new Error("There is no machine");
    const edited = { StartAt: "told", States: { told: { Type: "Succeed" as const } } };
    machines.splice(0, 1, { ...pay, definition: edited });
    const { executionArn } = await start("edited", '{"amount":1}');
    const { status, output } = await waitFor("the execution to end", async () => {
      const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
      return execution.status === "RUNNING" ? undefined : execution;
    });
    machines.splice(0, 1, pay);
    expect({ status, output }).toEqual({ status: "SUCCEEDED", output: '{"amount":1}' });
  });

  it.each([
    ["a name with a blank", () => start("a b", "{}"), "InvalidName"],
    ["a name that is too long", () => start("x".repeat(81), "{}"), "InvalidName"],
    ["an input that is not JSON", () => start("bad-input", "{"), "InvalidExecutionInput"],
    ["an input over 256 KiB", () => start("big", JSON.stringify("x".repeat(262_144))), "ValidationException"],
    [
      "an unknown state machine",
      () => sfn.send(new StartExecutionCommand({ stateMachineArn: `${stateMachineArn}s` })),
      "StateMachineDoesNotExist",
    ],
    [
      "a text that is not an ARN",
      () => sfn.send(new StartExecutionCommand({ stateMachineArn: "pay" })),
      "InvalidArn",
    ],
    [
      "an unknown execution",
      () =>
        sfn.send(
          new DescribeExecutionCommand({
            executionArn: `${stateMachineArn.replace("stateMachine", "execution")}:x`,
          }),
        ),
      "ExecutionDoesNotExist",
    ],
    [
      "a missing ARN",
      () => sfn.send(new DescribeExecutionCommand({ executionArn: undefined })),
      "ValidationException",
    ],
  ])("refuses %s as AWS does", async (_, call, name) => {
    await expect(call()).rejects.toMatchObject({ name });
  });
});
