/** Step Functions: starting, describing and following the executions of a workflow's state machine. */

import type { DescribeExecutionOutput, HistoryEvent } from "@aws-sdk/client-sfn";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { fieldOf, fieldsOf, listOf, numberOf, textOf } from "../untrusted.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { RefusedByAws } from "./refused-by-aws.ts";
import { callAws } from "./signed-request.ts";

/**
 * Of the 256 KB that Step Functions carries from state to state; the rest is for the outputs of the steps. Sealed text is
 * a third longer than the original.
 */
const MAX_INPUT_BYTES = 192 * 1024;

/** ARN of the state machine that serverless.yml deploys for the workflow. */
function stateMachineArn(workflowId: string): string {
  return `${env("STATE_MACHINE_ARN_PREFIX")}${workflowId}`;
}

function executionArn(workflowId: string, name: string): string {
  return `${stateMachineArn(workflowId).replace(":stateMachine:", ":execution:")}:${name}`;
}

/** The workflow and the name of an execution of one of this stage's workflows; undefined for any other ARN. */
export function executionOfArn(
  arn: string,
): { readonly workflowId: string; readonly name: string } | undefined {
  const prefix = stateMachineArn("").replace(":stateMachine:", ":execution:");
  const [workflowId = "", name = "", ...more] = arn.slice(prefix.length).split(":");
  const isOurs = arn.startsWith(prefix) && workflowId !== "" && name !== "" && more.length === 0;
  return isOurs ? { workflowId, name } : undefined;
}

/** The input of an execution as text. Throws PAYLOAD_TOO_LARGE if it is larger than a run can carry. */
export function executionInput(input: object): string {
  const text = JSON.stringify(input);
  if (Buffer.byteLength(text) <= MAX_INPUT_BYTES) return text;
  const message = "is larger than a run can carry: once encrypted, it may be at most 192 KB";
  throw new Problem("PAYLOAD_TOO_LARGE", `The input ${message}`, { issues: [{ path: "", message }] });
}

/**
 * Starts the execution of this name and returns when it began. Undefined if one of that name already exists: Step Functions
 * keeps names for 90 days after the end. `input` is as executionInput has made it.
 */
export async function startExecution(
  workflowId: string,
  name: string,
  input: string,
): Promise<Date | undefined> {
  try {
    const response = await callAws("states:StartExecution", {
      stateMachineArn: stateMachineArn(workflowId),
      name,
      input,
    });
    return timeOf(fieldOf(response, "startDate"));
  } catch (cause) {
    if (isRefusal(cause, "ExecutionAlreadyExists")) return undefined;
    if (isRefusal(cause, "StateMachineDoesNotExist")) {
      throw new Problem("INTERNAL_ERROR", `The state machine of ${workflowId} is not deployed`, { cause });
    }
    throw new Problem("SERVICE_UNAVAILABLE", "Step Functions did not start the run", { cause });
  }
}

/** The execution; undefined if none has that name. */
export async function describeExecution(
  workflowId: string,
  name: string,
): Promise<DescribeExecutionOutput | undefined> {
  try {
    return executionIn(
      await callAws("states:DescribeExecution", { executionArn: executionArn(workflowId, name) }),
    );
  } catch (cause) {
    if (isRefusal(cause, "ExecutionDoesNotExist")) return undefined;
    throw new Problem("SERVICE_UNAVAILABLE", "Step Functions did not respond", { cause });
  }
}

/**
 * Stops the execution; its tasks that are in progress go on. Does nothing if it has ended already, which only a description of it
 * shows. `error` and `cause` are what it then ends with.
 */
export async function stopExecution(
  workflowId: string,
  name: string,
  { error, cause }: { readonly error: string; readonly cause: string },
): Promise<Date | undefined> {
  return orUnavailable("Step Functions did not stop the run", async () => {
    const response = await callAws("states:StopExecution", {
      executionArn: executionArn(workflowId, name),
      error,
      cause,
    });
    return timeOf(fieldOf(response, "stopDate"));
  });
}

/** Every event of the execution's history, oldest first. */
export async function executionHistory(workflowId: string, name: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await orUnavailable("Step Functions did not respond", () =>
      callAws("states:GetExecutionHistory", {
        executionArn: executionArn(workflowId, name),
        maxResults: 1000,
        ...present({ nextToken }),
      }),
    );
    events.push(...listOf(fieldOf(page, "events")).map(eventIn));
    nextToken = textOf(fieldOf(page, "nextToken"));
  } while (nextToken !== undefined);
  return events;
}

/** Ends the task that waits with this token. `output`: JSON. False if the task does not wait for it, for example because it timed out. */
export function sendTaskSuccess(taskToken: string, output: string): Promise<boolean> {
  return ifWaiting(() => callAws("states:SendTaskSuccess", { taskToken, output }));
}

/** The same for a failure. Retry and Catch match on `error`. */
export function sendTaskFailure(taskToken: string, error: string, cause: string): Promise<boolean> {
  return ifWaiting(() => callAws("states:SendTaskFailure", { taskToken, error, cause }));
}

function ifWaiting(send: () => Promise<unknown>): Promise<boolean> {
  return orUnavailable("Step Functions did not end the task", async () => {
    try {
      await send();
      return true;
    } catch (cause) {
      if (isRefusal(cause, "TaskTimedOut", "TaskDoesNotExist", "InvalidToken")) return false;
      throw cause;
    }
  });
}

const isRefusal = (cause: unknown, ...codes: readonly string[]): boolean =>
  cause instanceof RefusedByAws && codes.includes(cause.name);

/** Step Functions writes times as Unix seconds, with fractions. */
function timeOf(seconds: unknown): Date | undefined {
  const number = numberOf(seconds);
  return number === undefined ? undefined : new Date(number * 1000);
}

function executionIn(response: unknown): DescribeExecutionOutput {
  const { startDate, stopDate, ...fields } = fieldsOf(response);
  const execution: unknown = {
    ...fields,
    ...present({ startDate: timeOf(startDate), stopDate: timeOf(stopDate) }),
  };
  if (isExecution(execution)) return execution;
  throw new Error("The response of Step Functions is not an execution");
}

const isExecution = (value: unknown): value is DescribeExecutionOutput =>
  typeof fieldOf(value, "status") === "string" && fieldOf(value, "startDate") instanceof Date;

function eventIn(item: unknown): HistoryEvent {
  const event: unknown = { ...fieldsOf(item), timestamp: timeOf(fieldOf(item, "timestamp")) };
  if (isEvent(event)) return event;
  throw new Error("The response of Step Functions contains something that is not an event");
}

const isEvent = (value: unknown): value is HistoryEvent =>
  typeof fieldOf(value, "id") === "number" &&
  typeof fieldOf(value, "type") === "string" &&
  fieldOf(value, "timestamp") instanceof Date;
