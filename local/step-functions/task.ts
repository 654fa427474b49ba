/** Runs a Task state: invokes the function that its Resource names, and writes the same history as Step Functions. */

import { setImmediate } from "node:timers/promises";
import { present } from "../../lib/present.ts";
import { fieldsOf } from "../../lib/untrusted.ts";
import type { InvokeFunction } from "../lambda/invocation.ts";
import type { History } from "./history.ts";
import type { TaskTokens, TokenEnd } from "./task-tokens.ts";

export interface TaskDefinition {
  readonly Resource: string;
  readonly TimeoutSeconds?: number;
}

/** Largest input or result of a task, in bytes: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const MAX_PAYLOAD_BYTES = 262_144;

/** A failed task: Retry and Catch match on `name`; `message` is the cause. */
export class TaskError extends Error {
  constructor(name: string, cause: string) {
    super(cause);
    this.name = name;
  }
}

export interface TaskServices {
  readonly invoke: InvokeFunction;
  readonly region: string;
  readonly tokens: TaskTokens;
  /** The token of this attempt; the next call returns another one. */
  readonly token: () => string;
}

/** Whether the task goes on only when its token is sent back. */
export function waitsForToken({ Resource }: TaskDefinition): boolean {
  return /^arn:aws[\w-]*:states:::lambda:invoke\.waitForTaskToken$/.test(Resource);
}

/**
 * The three ways to call a Lambda function: its ARN as the Resource, or the service integration `lambda:invoke`, which may
 * wait for a token.
 */
export function createTaskRunner(
  task: TaskDefinition,
  services: TaskServices,
  history: History,
): (input: unknown) => Promise<unknown> {
  const { invoke, region } = services;
  if (waitsForToken(task)) return (input) => runUntilToken(task, services, history, input);
  if (/^arn:aws[\w-]*:states:::lambda:invoke$/.test(task.Resource)) {
    return (input) => runIntegration(invoke, history, region, input);
  }
  if (/^arn:aws[\w-]*:lambda:/.test(task.Resource)) {
    return (input) => runFunction(task, invoke, history, input);
  }
  throw new Error(`The local stack runs Lambda tasks only, not ${task.Resource}`);
}

async function runFunction(
  task: TaskDefinition,
  invoke: InvokeFunction,
  history: History,
  input: unknown,
): Promise<unknown> {
  await earlierEventsWritten();
  const timeout = task.TimeoutSeconds === undefined ? {} : { timeoutInSeconds: task.TimeoutSeconds };
  history.add({
    type: "LambdaFunctionScheduled",
    lambdaFunctionScheduledEventDetails: {
      resource: task.Resource,
      input: JSON.stringify(input),
      inputDetails: { truncated: false },
      ...timeout,
    },
  });
  history.add({ type: "LambdaFunctionStarted" });
  try {
    const result = await call(invoke, functionNameOf(task.Resource), input);
    history.add({
      type: "LambdaFunctionSucceeded",
      lambdaFunctionSucceededEventDetails: {
        output: JSON.stringify(result),
        outputDetails: { truncated: false },
      },
    });
    return result;
  } catch (error) {
    const failure = asTaskError(error);
    history.add({
      type: "LambdaFunctionFailed",
      lambdaFunctionFailedEventDetails: { error: failure.name, cause: failure.message },
    });
    throw failure;
  }
}

async function runIntegration(
  invoke: InvokeFunction,
  history: History,
  region: string,
  input: unknown,
): Promise<unknown> {
  await earlierEventsWritten();
  const integration = { resourceType: "lambda", resource: "invoke" };
  history.add({
    type: "TaskScheduled",
    taskScheduledEventDetails: { ...integration, region, parameters: JSON.stringify(input) },
  });
  history.add({ type: "TaskStarted", taskStartedEventDetails: integration });
  try {
    const { FunctionName, Payload } = fieldsOf(input);
    const payload = await call(invoke, functionNameOf(String(FunctionName)), Payload ?? {});
    const result = { ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 };
    history.add({
      type: "TaskSucceeded",
      taskSucceededEventDetails: {
        ...integration,
        output: JSON.stringify(result),
        outputDetails: { truncated: false },
      },
    });
    return result;
  } catch (error) {
    const failure = asTaskError(error);
    history.add({
      type: "TaskFailed",
      taskFailedEventDetails: { ...integration, error: failure.name, cause: failure.message },
    });
    throw failure;
  }
}

/** Without a timeout of its own, such a task can wait as long as an execution lasts: a year, in seconds. */
const LONGEST_WAIT = 31_536_000;

async function runUntilToken(
  task: TaskDefinition,
  { invoke, region, tokens, token }: TaskServices,
  history: History,
  input: unknown,
): Promise<unknown> {
  const ownToken = token();
  await earlierEventsWritten();
  const integration = { resourceType: "lambda", resource: "invoke.waitForTaskToken" };
  const { FunctionName, Payload } = fieldsOf(input);
  const { TimeoutSeconds: timeoutInSeconds } = task;
  history.add({
    type: "TaskScheduled",
    taskScheduledEventDetails: {
      ...integration,
      region,
      parameters: JSON.stringify(input),
      ...present({ timeoutInSeconds }),
    },
  });
  history.add({ type: "TaskStarted", taskStartedEventDetails: integration });
  // The function itself may send the token back.
  const ended = tokens.wait(ownToken, timeoutInSeconds ?? LONGEST_WAIT);
  const failed = (failure: TaskError) => {
    tokens.close(ownToken);
    history.add({
      type: "TaskFailed",
      taskFailedEventDetails: { ...integration, error: failure.name, cause: failure.message },
    });
    return failure;
  };
  let isOver = false;
  const submitted = call(invoke, functionNameOf(String(FunctionName)), Payload ?? {}).then(
    (payload) => {
      if (isOver) return;
      const output = JSON.stringify({ ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 });
      const details = { ...integration, output, outputDetails: { truncated: false } };
      history.add({ type: "TaskSubmitted", taskSubmittedEventDetails: details });
    },
    (error: unknown): TokenEnd => {
      const { name, message } = asTaskError(error);
      return { kind: "failed", error: name, cause: message };
    },
  );
  const end = (await Promise.race([ended, submitted])) ?? (await ended);
  isOver = true;
  switch (end.kind) {
    case "succeeded":
      history.add({
        type: "TaskSucceeded",
        taskSucceededEventDetails: {
          ...integration,
          output: JSON.stringify(end.output),
          outputDetails: { truncated: false },
        },
      });
      return end.output;
    case "failed":
      throw failed(new TaskError(end.error, end.cause));
    case "timed-out":
      history.add({
        type: "TaskTimedOut",
        taskTimedOutEventDetails: { ...integration, error: "States.Timeout" },
      });
      throw new TaskError("States.Timeout", "");
  }
}

async function call(invoke: InvokeFunction, functionName: string, payload: unknown): Promise<unknown> {
  const invocation = await invoke(functionName, payload);
  if (invocation.outcome === "failed") throw new TaskError(invocation.errorType, invocation.document);
  if (Buffer.byteLength(JSON.stringify(invocation.payload) ?? "") > MAX_PAYLOAD_BYTES) {
    throw new TaskError(
      "States.DataLimitExceeded",
      "The state/task returned a result with a size exceeding the maximum number of bytes service limit.",
    );
  }
  return invocation.payload;
}

/** Converts an error that the SDK throws: Step Functions prefixes its name with the service. */
function asTaskError(error: unknown): TaskError {
  if (error instanceof TaskError) return error;
  const name = error instanceof Error ? error.name : "Unknown";
  const serviceError = /^[A-Z]\w*Exception$/.test(name) ? name : "Unknown";
  return new TaskError(`Lambda.${serviceError}`, error instanceof Error ? error.message : String(error));
}

/** The name in a function's ARN, with or without a version or an alias; a bare name is returned unchanged. */
function functionNameOf(resource: string): string {
  return /:function:([^:]+)/.exec(resource)?.[1] ?? resource;
}

/**
 * The engine emits its own events (a state was entered) one microtask after it calls the task. Waiting for one turn of
 * the event loop puts them into the history first.
 */
async function earlierEventsWritten(): Promise<void> {
  await setImmediate();
}
