/** The actions of Step Functions' API that the product uses, with its rules and its errors. */
import { present } from "../../lib/present.ts";
import type { StackClock } from "../clock.ts";
import { Execution, type Machine } from "./execution.ts";
import { Executions, type ExecutionsOptions } from "./executions.ts";
import { executionInput, executionName, optionalText, page, requiredArn, taskOutput } from "./requests.ts";
import { StatesError } from "./states-error.ts";
import type { TaskTokens } from "./task-tokens.ts";

type Request = Readonly<Record<string, unknown>>;
export type Action = (request: Request) => unknown;

const seconds = (date: Date) => date.getTime() / 1_000;

/** The actions by name. Each throws a StatesError for a request that AWS refuses. */
export function createStatesApi(options: ExecutionsOptions): Record<string, Action> {
  const executions = new Executions(options);
  const machineIn = (request: Request) => machineOf(options.machines, request);
  return {
    ...executionActions(executions, machineIn, options.clock),
    ...taskActions(options.tokens),
    ...machineActions(options.machines, machineIn),
  };
}

function executionActions(
  executions: Executions,
  machineIn: (request: Request) => Machine,
  clock: StackClock,
): Record<string, Action> {
  return {
    StartExecution: (request) => {
      const machine = machineIn(request);
      const name = executionName(request.name);
      const input = executionInput(request.input);
      const execution = new Execution(machine, name, input, clock);
      const existing = executions.find(execution.arn);
      if (existing !== undefined) {
        // Repeating the same start while it runs returns the same result; a closed run keeps its name for 90 days.
        if (existing.status === "RUNNING" && existing.input === input) return started(existing);
        throw new StatesError("ExecutionAlreadyExists", `Execution Already Exists: '${execution.arn}'`);
      }
      executions.begin(execution);
      return started(execution);
    },

    DescribeExecution: (request) => {
      const execution = executionOf(executions, request);
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
      const { events } = executionOf(executions, request).history;
      const ordered = request.reverseOrder === true ? events.toReversed() : events;
      const { items, nextToken } = page(ordered, request);
      return { events: items, nextToken };
    },

    StopExecution: (request) => {
      const stopped = executionOf(executions, request).stop(
        optionalText(request, "error"),
        optionalText(request, "cause"),
      );
      return { stopDate: seconds(stopped) };
    },

    ListExecutions: (request) => {
      const machine = machineIn(request);
      const matching = executions
        .of(machine)
        .filter(({ status }) => request.statusFilter === undefined || status === request.statusFilter);
      const { items, nextToken } = page(matching, request);
      return { executions: items.map(summary), nextToken };
    },
  };
}

function taskActions(tokens: TaskTokens): Record<string, Action> {
  return {
    SendTaskSuccess: (request) => {
      tokens.send(request.taskToken, { kind: "succeeded", output: taskOutput(request.output) });
      return {};
    },

    SendTaskFailure: (request) => {
      const error = optionalText(request, "error") ?? "";
      tokens.send(request.taskToken, { kind: "failed", error, cause: optionalText(request, "cause") ?? "" });
      return {};
    },
  };
}

function machineActions(
  machines: readonly Machine[],
  machineIn: (request: Request) => Machine,
): Record<string, Action> {
  return {
    ListStateMachines: (request) => {
      const { items, nextToken } = page(machines, request);
      return { stateMachines: items.map(machineSummary), nextToken };
    },

    DescribeStateMachine: (request) => {
      const machine = machineIn(request);
      return {
        ...machineSummary(machine),
        status: "ACTIVE",
        definition: JSON.stringify(machine.definition),
        roleArn: machine.roleArn,
      };
    },
  };
}

function machineOf(machines: readonly Machine[], request: Request): Machine {
  const arn = requiredArn(request, "stateMachineArn");
  const machine = machines.find((candidate) => candidate.arn === arn);
  if (machine !== undefined) return machine;
  throw new StatesError("StateMachineDoesNotExist", `State Machine Does Not Exist: '${arn}'`);
}

function executionOf(executions: Executions, request: Request): Execution {
  const arn = requiredArn(request, "executionArn");
  const execution = executions.find(arn);
  if (execution !== undefined) return execution;
  throw new StatesError("ExecutionDoesNotExist", `Execution Does Not Exist: '${arn}'`);
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
