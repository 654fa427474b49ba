/**
 * Workflow -> Amazon States Language (JSONPath). The machine holds control flow only; its data is
 *
 *   { run: {workflowId, version, principal}, input: <sealed>, steps: { <id>: {output} }, error?, handlerError? }
 *
 * The first failure stays in `error` whatever a handler does after it, and a run that has one ends in the state
 * "Run failed" with it.
 */
import { reachableFrom, successor, type Workflow, type WorkflowStep } from "./workflow.ts";

export interface StateMachine {
  readonly Comment: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, object>>;
}

const FAILED = "Run failed";
const COMPLETED = "Run completed";
const OUTCOME = "How did the run go?";

/** Our retryable problem codes, and what Lambda and Step Functions raise when the function itself is at no fault. */
const RETRYABLE = [
  "RATE_LIMITED",
  "BAD_GATEWAY",
  "SERVICE_UNAVAILABLE",
  "TIMEOUT",
  "Lambda.TooManyRequestsException",
  "Lambda.ServiceException",
  "Lambda.AWSLambdaException",
  "Lambda.SdkClientException",
  "Lambda.Unknown",
  "Sandbox.Timedout",
  "States.Timeout",
];

/** Compiles a checked workflow. `functionArn` gives the Lambda of a capability, as the deployment writes it. */
export function compileWorkflow(
  workflow: Workflow,
  functionArn: (capabilityId: string) => unknown,
): StateMachine {
  const first = workflow.steps[0]?.id ?? "";
  const main = successPath(workflow);
  const handlers = new Set(
    workflow.steps.flatMap(({ onFailure }) => [...reachableFrom(workflow, onFailure)]),
  );
  const states = workflow.steps.flatMap((step) => statesOf(workflow, step, main, handlers, functionArn));
  const ends: [string, object][] = [
    [
      OUTCOME,
      {
        Type: "Choice",
        Choices: [{ Variable: "$.error", IsPresent: true, Next: FAILED }],
        Default: COMPLETED,
      },
    ],
    [COMPLETED, { Type: "Succeed" }],
    [FAILED, { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" }],
  ];
  return {
    Comment: `${workflow.workflowId} ${workflow.version}`,
    StartAt: first,
    States: Object.fromEntries([...states, ...reachable(ends, states)]),
  };
}

/** Step Functions refuses a definition with a state that nothing leads to. */
function reachable(ends: [string, object][], states: readonly [string, object][]): [string, object][] {
  const used = (name: string, among: readonly [string, object][]) =>
    among.some(([, state]) => JSON.stringify(state).includes(JSON.stringify(name)));
  const outcome = ends.filter(([name]) => name === OUTCOME && used(name, states));
  return [...outcome, ...ends.filter(([name]) => name !== OUTCOME && used(name, [...states, ...outcome]))];
}

/** The steps that run while nothing has failed. */
function successPath(workflow: Workflow): ReadonlySet<string> {
  const path = new Set<string>();
  let step = workflow.steps[0];
  while (step !== undefined && !path.has(step.id)) {
    path.add(step.id);
    const next = successor(workflow, step);
    step = workflow.steps.find(({ id }) => id === next);
  }
  return path;
}

function statesOf(
  workflow: Workflow,
  step: WorkflowStep,
  main: ReadonlySet<string>,
  handlers: ReadonlySet<string>,
  functionArn: (capabilityId: string) => unknown,
): [string, object][] {
  const onFailure = step.onFailure ?? FAILED;
  const maybeSecond = handlers.has(step.id);
  const remember = `${step.id}: first failure?`;
  const task = {
    Type: "Task",
    Resource: functionArn(step.capability),
    Parameters: {
      task: {
        workflowId: workflow.workflowId,
        version: workflow.version,
        step: step.id,
        capability: step.capability,
      },
      inputs: step.inputs,
      "runId.$": "$$.Execution.Name",
      "scope.$": "$",
    },
    ResultSelector: { "output.$": "$" },
    ResultPath: `$.steps['${step.id}']`,
    TimeoutSeconds: Math.ceil(step.timeoutMs / 1000),
    ...retryOf(step),
    Catch: [
      {
        ErrorEquals: ["States.ALL"],
        ResultPath: maybeSecond ? "$.handlerError" : "$.error",
        Next: maybeSecond ? (main.has(step.id) ? remember : onFailure) : onFailure,
      },
    ],
    Next: successor(workflow, step) ?? (maybeSecond ? (main.has(step.id) ? OUTCOME : FAILED) : COMPLETED),
  };
  if (!maybeSecond || !main.has(step.id)) return [[step.id, task]];
  // The step runs after a success and after a failure: which one, only the run knows.
  const first = `${step.id}: keep its failure`;
  return [
    [step.id, task],
    [
      remember,
      {
        Type: "Choice",
        Choices: [{ Variable: "$.error", IsPresent: true, Next: onFailure }],
        Default: first,
      },
    ],
    [first, { Type: "Pass", InputPath: "$.handlerError", ResultPath: "$.error", Next: onFailure }],
  ];
}

function retryOf({ retry }: WorkflowStep): object {
  if (retry.maxAttempts === 1) return {};
  const seconds = Math.max(1, Math.ceil(retry.delayMs / 1000));
  return {
    Retry: [
      {
        ErrorEquals: RETRYABLE,
        IntervalSeconds: seconds,
        MaxAttempts: retry.maxAttempts - 1,
        BackoffRate: retry.backoff === "exponential" ? 2 : 1,
        ...(retry.backoff === "exponential"
          ? {
              MaxDelaySeconds: Math.max(seconds + 1, Math.ceil(retry.maxDelayMs / 1000)),
              JitterStrategy: "FULL",
            }
          : {}),
      },
    ],
  };
}
