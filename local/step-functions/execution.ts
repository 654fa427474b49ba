/**
 * One execution of a state machine: aws-local-stepfunctions runs it, and its history is written as by Step Functions.
 */

import type { ExecutionStatus } from "@aws-sdk/client-sfn";
import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import { present } from "../../lib/present.ts";
import type { StackClock } from "../clock.ts";
import type { KeptExecution } from "./execution-files.ts";
import { History } from "./history.ts";
import { createTaskRunner, type TaskDefinition, type TaskServices, waitsForToken } from "./task.ts";

export interface Machine {
  readonly name: string;
  readonly arn: string;
  readonly roleArn: string;
  readonly definition: StateMachineDefinition;
  readonly createdAt: Date;
}

type EngineEvent =
  ReturnType<StateMachine["run"]>["eventLogs"] extends AsyncGenerator<infer Event> ? Event : never;

/** Near setTimeout's limit, in seconds: a task without a timeout waits as long as its Lambda function can run. */
const NO_TIMEOUT_SECONDS = 2_000_000;

type TaskRunner = (input: unknown) => Promise<unknown>;

/**
 * The engine for a definition, with the handler of each Task state. `validate`: takes a tenth of a second and is needed
 * only once per definition; throws an Error that says what the engine refuses.
 */
function createEngine(
  definition: StateMachineDefinition,
  validate: boolean,
  runnerOf: (task: TaskDefinition) => TaskRunner,
) {
  const handlers: Record<string, (input: unknown) => Promise<never>> = {};
  const states = Object.entries(definition.States).map(([name, state]) => {
    if (state.Type !== "Task") return [name, state] as const;
    const task: TaskDefinition = state;
    const run = runnerOf(task);
    // The engine asks for a JSON value; an invocation's payload is one by construction.
    handlers[name] = (input) => run(input) as Promise<never>;
    // The engine's timers follow the machine's clock and end after 24 days; the token has a timeout of its own.
    const timeout = waitsForToken(task) ? undefined : task.TimeoutSeconds;
    return [name, { ...state, TimeoutSeconds: timeout ?? NO_TIMEOUT_SECONDS }] as const;
  });
  const engine = new StateMachine(
    { ...definition, States: Object.fromEntries(states) },
    { validationOptions: validate ? { checkArn: false } : { noValidate: true } },
  );
  return { engine, handlers };
}

/** Throws an Error that says why the engine cannot run the definition; AWS checks it on deployment. */
export function assertRunnable(definition: StateMachineDefinition): void {
  createEngine(definition, true, () => () => Promise.resolve(null));
}

export class Execution {
  readonly history: History;
  readonly startedAt: Date;
  readonly machine: Machine;
  readonly name: string;
  readonly arn: string;
  /** The text given to StartExecution, unchanged: a repeated start is compared with it byte for byte. */
  readonly input: string;
  status: ExecutionStatus = "RUNNING";
  endedAt: Date | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  #abort: () => void = () => {};
  #closeToken: () => void = () => {};
  #token = "";
  #onEnd: (execution: Execution) => void = () => {};

  readonly #clock: StackClock;

  /** `kept` is an earlier stack's record of the execution, which goes on if it had not ended: `start` begins it again. */
  constructor(machine: Machine, name: string, input: string, clock: StackClock, kept?: KeptExecution) {
    this.#clock = clock;
    this.startedAt = kept === undefined ? clock.now() : new Date(kept.startedAt);
    const isOver = kept?.endedAt !== undefined;
    this.history = new History(() => clock.now(), isOver ? kept.events : undefined);
    if (isOver) {
      this.status = statusOf(kept.status);
      this.endedAt = new Date(kept.endedAt ?? 0);
      this.output = kept.output;
      this.error = kept.error;
      this.cause = kept.cause;
    }
    this.machine = machine;
    this.name = name;
    this.input = input;
    this.arn = `${machine.arn.replace(":stateMachine:", ":execution:")}:${name}`;
  }

  /** What has to be kept of it. */
  get record(): KeptExecution {
    const { machine, name, input, status, output, error, cause } = this;
    return {
      machineArn: machine.arn,
      name,
      input,
      status,
      startedAt: this.startedAt.getTime(),
      ...present({ endedAt: this.endedAt?.getTime(), output, error, cause }),
      events: this.history.events,
    };
  }

  /** Starts to run; `status` shows how it ends. */
  start(services: Omit<TaskServices, "token">, onEnd: (execution: Execution) => void = () => {}): void {
    this.#onEnd = onEnd;
    const { tokens } = services;
    // One task runs at a time. Each attempt has a token of its own.
    let token = tokens.issue();
    const nextToken = () => {
      const current = token;
      token = tokens.issue();
      this.#token = current;
      return current;
    };
    this.#closeToken = () => tokens.close(this.#token);
    const { engine, handlers } = createEngine(this.machine.definition, false, (task) =>
      createTaskRunner(task, { ...services, token: nextToken }, this.history),
    );
    const { abort, eventLogs, result } = engine.run(JSON.parse(this.input), {
      noThrowOnAbort: true,
      overrides: { taskResourceLocalHandlers: handlers },
      context: {
        Execution: { Id: this.arn, Name: this.name, RoleArn: this.machine.roleArn },
        StateMachine: { Id: this.machine.arn, Name: this.machine.name },
        Task: {
          get Token() {
            return token;
          },
        },
      },
    });
    this.#abort = abort;
    // The event log says how it ended; an unhandled rejection would end the process.
    result.catch(() => {});
    void this.#record(eventLogs);
  }

  /** Ends a running execution as ABORTED. A closed one stays as it is. */
  stop(error: string | undefined, cause: string | undefined): Date {
    if (this.endedAt !== undefined) return this.endedAt;
    this.error = error;
    this.cause = cause;
    const details = present({ error, cause });
    const endedAt = this.#end("ABORTED", this.#clock.now());
    this.history.close({ type: "ExecutionAborted", executionAbortedEventDetails: details }, endedAt);
    this.#abort();
    this.#closeToken();
    return endedAt;
  }

  async #record(events: AsyncGenerator<EngineEvent>): Promise<void> {
    for await (const event of events) {
      if (this.endedAt !== undefined) return;
      this.#add(event, new Date(event.timestamp + this.#clock.offsetMs));
    }
  }

  #add(event: EngineEvent, at: Date): void {
    switch (event.type) {
      case "ExecutionStarted":
        this.history.add(
          {
            type: "ExecutionStarted",
            executionStartedEventDetails: {
              input: this.input,
              inputDetails: { truncated: false },
              roleArn: this.machine.roleArn,
            },
          },
          at,
        );
        return;
      case "StateEntered":
        this.history.add(
          {
            type: `${event.state.type}StateEntered`,
            stateEnteredEventDetails: {
              name: event.state.name,
              input: JSON.stringify(event.state.input),
              inputDetails: { truncated: false },
            },
          },
          at,
        );
        return;
      case "StateExited":
        if (event.state.type === "Fail") return;
        this.history.add(
          {
            type: `${event.state.type}StateExited`,
            stateExitedEventDetails: {
              name: event.state.name,
              output: JSON.stringify(event.state.output),
              outputDetails: { truncated: false },
            },
          },
          at,
        );
        return;
      case "ExecutionSucceeded":
        this.output = JSON.stringify(event.output);
        this.#end("SUCCEEDED", at);
        this.history.close(
          {
            type: "ExecutionSucceeded",
            executionSucceededEventDetails: { output: this.output, outputDetails: { truncated: false } },
          },
          at,
        );
        return;
      case "ExecutionFailed":
        this.error = event.Error;
        this.cause = typeof event.Cause === "string" ? event.Cause : JSON.stringify(event.Cause);
        this.#end("FAILED", at);
        this.history.close({ type: "ExecutionFailed", executionFailedEventDetails: this.#failure() }, at);
        return;
      case "ExecutionTimeout":
        this.error = "States.Timeout";
        this.#end("TIMED_OUT", at);
        this.history.close({ type: "ExecutionTimedOut", executionTimedOutEventDetails: this.#failure() }, at);
        return;
      default:
        // The events around a task's invocation (task.ts) show that it failed, was retried or was caught.
        return;
    }
  }

  #failure(): { error?: string; cause?: string } {
    return {
      ...present({ error: this.error, cause: this.cause }),
    };
  }

  #end(status: ExecutionStatus, at: Date): Date {
    this.status = status;
    this.endedAt = at;
    // The event that closes the history is added right after this.
    queueMicrotask(() => this.#onEnd(this));
    return at;
  }
}

const STATUSES: readonly ExecutionStatus[] = ["SUCCEEDED", "FAILED", "TIMED_OUT", "ABORTED", "RUNNING"];

function statusOf(text: string): ExecutionStatus {
  return STATUSES.find((status) => status === text) ?? "FAILED";
}
