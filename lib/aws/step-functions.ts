/** The only Step Functions client: starting, describing and following the executions of a workflow's state machine. */

import {
  DescribeExecutionCommand,
  type DescribeExecutionOutput,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  InvalidToken,
  SendTaskFailureCommand,
  SendTaskSuccessCommand,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  StopExecutionCommand,
  TaskDoesNotExist,
  TaskTimedOut,
} from "@aws-sdk/client-sfn";
import { env } from "../env.ts";
import { Problem } from "../errors.ts";
import { present } from "../present.ts";
import { LEAN } from "./lean-client.ts";
import { orUnavailable } from "./or-unavailable.ts";
import { LIMITS, limitedTo } from "./timeouts.ts";

/**
 * Of the 256 KB that Step Functions carries from state to state; the rest is for the outputs of the steps. Sealed text is
 * a third longer than the original.
 */
const MAX_INPUT_BYTES = 192 * 1024;

let client: SFNClient | undefined;
const stepFunctions = () => {
  client ??= new SFNClient({ ...limitedTo(LIMITS.stepFunctions), ...LEAN });
  return client;
};

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
    const { startDate } = await stepFunctions().send(
      new StartExecutionCommand({ stateMachineArn: stateMachineArn(workflowId), name, input }),
    );
    return startDate;
  } catch (cause) {
    if (cause instanceof ExecutionAlreadyExists) return undefined;
    if (cause instanceof StateMachineDoesNotExist) {
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
    return await stepFunctions().send(
      new DescribeExecutionCommand({ executionArn: executionArn(workflowId, name) }),
    );
  } catch (cause) {
    if (cause instanceof ExecutionDoesNotExist) return undefined;
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
    const { stopDate } = await stepFunctions().send(
      new StopExecutionCommand({ executionArn: executionArn(workflowId, name), error, cause }),
    );
    return stopDate;
  });
}

/** Every event of the execution's history, oldest first. */
export async function executionHistory(workflowId: string, name: string): Promise<HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let nextToken: string | undefined;
  do {
    const page = await orUnavailable("Step Functions did not respond", () =>
      stepFunctions().send(
        new GetExecutionHistoryCommand({
          executionArn: executionArn(workflowId, name),
          maxResults: 1000,
          ...present({ nextToken }),
        }),
      ),
    );
    events.push(...(page.events ?? []));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return events;
}

/** Ends the task that waits with this token. `output`: JSON. False if the task does not wait for it, for example because it timed out. */
export function sendTaskSuccess(taskToken: string, output: string): Promise<boolean> {
  return ifWaiting(() => stepFunctions().send(new SendTaskSuccessCommand({ taskToken, output })));
}

/** The same for a failure. Retry and Catch match on `error`. */
export function sendTaskFailure(taskToken: string, error: string, cause: string): Promise<boolean> {
  return ifWaiting(() => stepFunctions().send(new SendTaskFailureCommand({ taskToken, error, cause })));
}

function ifWaiting(send: () => Promise<unknown>): Promise<boolean> {
  return orUnavailable("Step Functions did not end the task", async () => {
    try {
      await send();
      return true;
    } catch (cause) {
      const isOver =
        cause instanceof TaskTimedOut || cause instanceof TaskDoesNotExist || cause instanceof InvalidToken;
      if (isOver) return false;
      throw cause;
    }
  });
}
