/** The actions of Step Functions' API that the product uses, with its rules and its errors. */
import { present } from "../../lib/present.ts";
import { isRecord, parseJson } from "../../lib/untrusted.ts";
import type { StackClock } from "../clock.ts";
import type { InvokeFunction } from "../lambda/invocation.ts";
import { changeEvent } from "./change-event.ts";
import { Execution, type Machine } from "./execution.ts";
import type { ExecutionFiles } from "./execution-files.ts";
import { StatesError } from "./states-error.ts";
import { MAX_PAYLOAD_BYTES } from "./task.ts";
import type { TaskTokens } from "./task-tokens.ts";

export type Action = (request: Record<string, unknown>) => unknown;

export interface StatesApiOptions {
  /** A list that can change: a workflow that is edited replaces its machine for executions that start later. */
  readonly machines: readonly Machine[];
  readonly invoke: InvokeFunction;
  readonly region: string;
  readonly clock: StackClock;
  readonly tokens: TaskTokens;
  /** Keeps executions across restarts. */
  readonly files?: ExecutionFiles;
  /** Gets each event that Step Functions sends to EventBridge: an execution has begun or ended. */
  readonly onChange?: (event: object) => void;
}

const seconds = (date: Date) => date.getTime() / 1_000;

/** The actions by name. Executions that an earlier stack had begun are begun again. Each throws a StatesError for a request that AWS refuses. */
export function createStatesApi({
  machines,
  invoke,
  region,
  clock,
  tokens,
  files,
  onChange = () => {},
}: StatesApiOptions): Record<string, Action> {
  const executions = new Map<string, Execution>();
  const keep = (execution: Execution) => files?.write(execution.record);
  const report = (execution: Execution) => onChange(changeEvent(execution, region, clock.now()));
  const end = (execution: Execution) => {
    keep(execution);
    report(execution);
  };
  const begin = (execution: Execution) => {
    executions.set(execution.arn, execution);
    keep(execution);
    execution.start({ invoke, region, tokens }, end);
    report(execution);
  };
  for (const kept of files?.read() ?? []) {
    const machine = machines.find(({ arn }) => arn === kept.machineArn);
    if (machine === undefined) continue;
    const execution = new Execution(machine, kept.name, kept.input, clock, kept);
    if (kept.endedAt === undefined) begin(execution);
    else executions.set(execution.arn, execution);
  }

  function machineOf(request: Record<string, unknown>): Machine {
    const arn = requiredArn(request, "stateMachineArn");
    const machine = machines.find((candidate) => candidate.arn === arn);
    if (machine === undefined) {
      throw new StatesError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
    }
    return machine;
  }

  function executionOf(request: Record<string, unknown>): Execution {
    const arn = requiredArn(request, "executionArn");
    const execution = executions.get(arn);
    if (execution === undefined) {
      throw new StatesError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
    }
    return execution;
  }

  return {
    StartExecution: (request) => {
      const machine = machineOf(request);
      const name = executionName(request.name);
      const input = executionInput(request.input);
      const execution = new Execution(machine, name, input, clock);
      const existing = executions.get(execution.arn);
      if (existing !== undefined) {
        // Repeating the same start while it runs returns the same result; a closed run keeps its name for 90 days.
        if (existing.status === "RUNNING" && existing.input === input) return started(existing);
        throw new StatesError("ExecutionAlreadyExists", `Execution Already Exists: '${execution.arn}'`);
      }
      begin(execution);
      return started(execution);
    },

    DescribeExecution: (request) => {
      const execution = executionOf(request);
      return {
        ...summary(execution),
        input: execution.input,
        inputDetails: { included: true },
        output: execution.output,
        ...(execution.output === undefined ? {} : { outputDetails: { included: true } }),
        error: execution.error,
        cause: execution.cause,
      };
    },

    GetExecutionHistory: (request) => {
      const { events } = executionOf(request).history;
      const ordered = request.reverseOrder === true ? events.toReversed() : events;
      const { items, nextToken } = page(ordered, request);
      return { events: items, nextToken };
    },

    StopExecution: (request) => {
      const stopped = executionOf(request).stop(
        optionalText(request, "error"),
        optionalText(request, "cause"),
      );
      return { stopDate: seconds(stopped) };
    },

    SendTaskSuccess: (request) => {
      tokens.send(request.taskToken, { kind: "succeeded", output: taskOutput(request.output) });
      return {};
    },

    SendTaskFailure: (request) => {
      const error = optionalText(request, "error") ?? "";
      tokens.send(request.taskToken, { kind: "failed", error, cause: optionalText(request, "cause") ?? "" });
      return {};
    },

    ListExecutions: (request) => {
      const machine = machineOf(request);
      const matching = [...executions.values()]
        .filter((execution) => execution.machine.arn === machine.arn)
        .filter(({ status }) => request.statusFilter === undefined || status === request.statusFilter)
        .reverse();
      const { items, nextToken } = page(matching, request);
      return { executions: items.map(summary), nextToken };
    },

    ListStateMachines: (request) => {
      const { items, nextToken } = page(machines, request);
      return { stateMachines: items.map(machineSummary), nextToken };
    },

    DescribeStateMachine: (request) => {
      const machine = machineOf(request);
      return {
        ...machineSummary(machine),
        status: "ACTIVE",
        definition: JSON.stringify(machine.definition),
        roleArn: machine.roleArn,
      };
    },
  };
}

function started(execution: Execution) {
  return { executionArn: execution.arn, startDate: seconds(execution.startedAt) };
}

function summary(execution: Execution) {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startedAt),
    ...present({ stopDate: execution.endedAt && seconds(execution.endedAt) }),
  };
}

function machineSummary(machine: Machine) {
  return {
    stateMachineArn: machine.arn,
    name: machine.name,
    type: "STANDARD",
    creationDate: seconds(machine.createdAt),
  };
}

/** Rules: https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html */
function executionName(name: unknown): string {
  if (name === undefined) return crypto.randomUUID();
  const valid =
    typeof name === "string" &&
    name.length >= 1 &&
    name.length <= 80 &&
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the API forbids control characters by these very ranges
    !/[\s<>{}[\]?*"#%\\^|~`$&,;:/\u0000-\u001f\u007f-\u009f]/.test(name);
  if (!valid) throw new StatesError("InvalidName", `Invalid Name: '${String(name)}'`);
  return name;
}

function executionInput(input: unknown): string {
  if (input === undefined) return "{}";
  if (typeof input !== "string") throw new StatesError("ValidationException", "input must be a string");
  if (Buffer.byteLength(input) > MAX_PAYLOAD_BYTES) {
    throw new StatesError(
      "ValidationException",
      `Value at 'input' failed to satisfy constraint: Member must have length less than or equal to ${MAX_PAYLOAD_BYTES}`,
    );
  }
  try {
    JSON.parse(input);
  } catch (error) {
    throw new StatesError(
      "InvalidExecutionInput",
      `Invalid State Machine Execution Input: '${String(error)}'`,
    );
  }
  return input;
}

/** Rules: https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskSuccess.html */
function taskOutput(output: unknown): unknown {
  const text = typeof output === "string" && Buffer.byteLength(output) <= MAX_PAYLOAD_BYTES ? output : "";
  const value = parseJson(text);
  if (value === undefined) throw new StatesError("InvalidOutput", "Invalid Output: 'The output is not JSON'");
  return value;
}

function requiredArn(request: Record<string, unknown>, field: string): string {
  const arn = request[field];
  if (typeof arn !== "string" || arn === "") {
    throw new StatesError(
      "ValidationException",
      `1 validation error detected: Value null at '${field}' failed to satisfy constraint: Member must not be null`,
    );
  }
  if (!/^arn:aws[\w-]*:states:[\w-]+:\d{12}:(stateMachine|execution):\S+$/.test(arn)) {
    throw new StatesError("InvalidArn", `Invalid Arn: 'Invalid ARN: ${arn}'`);
  }
  return arn;
}

function optionalText(request: Record<string, unknown>, field: string): string | undefined {
  const text = request[field];
  return typeof text === "string" ? text : undefined;
}

/** One page of a list. `nextToken` is the position of the next one. */
function page<Item>(
  list: readonly Item[],
  request: Record<string, unknown>,
): { items: readonly Item[]; nextToken?: string } {
  const asked = request.maxResults;
  if (
    asked !== undefined &&
    !(typeof asked === "number" && Number.isInteger(asked) && asked >= 0 && asked <= 1_000)
  ) {
    throw new StatesError(
      "ValidationException",
      `1 validation error detected: Value '${String(asked)}' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 1000`,
    );
  }
  const size = typeof asked === "number" && asked > 0 ? asked : 100;
  const token = request.nextToken;
  const from = token === undefined ? 0 : Number(token);
  if (!Number.isInteger(from) || from < 0 || from > list.length) {
    throw new StatesError("InvalidToken", `Invalid Token: '${String(token)}'`);
  }
  const to = from + size;
  return { items: list.slice(from, to), ...(to < list.length ? { nextToken: String(to) } : {}) };
}

/** The request of an action from its body. */
export function parseRequest(body: string): Record<string, unknown> {
  try {
    const request: unknown = JSON.parse(body === "" ? "{}" : body);
    if (isRecord(request)) return request;
  } catch {
    // Reported below, like every other body that is not a JSON object.
  }
  throw new StatesError("SerializationException", "The request is not a JSON object");
}
