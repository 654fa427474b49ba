/**
 * Workflow -> Amazon States Language (JSONPath). The machine holds control flow only; its data is
 *
 *   { run: {workflowId, version, principal: <sealed>, plan, mac}, input: <sealed>, steps: { <id>: {output, mac} }, from?, error?, handlerError? }
 *
 * The first failure stays in `error`, whatever a handler does after it. A run that has one ends with it: a handled failure in the
 * state "Run failed", another one in its step. An execution that retries a run begins with the step that `from` names.
 *
 * AWS charges for each state that an execution enters, so there is none without a purpose: the last step ends the run.
 */
import { reachableFrom, successor, successPath, type Workflow, type WorkflowStep } from "./workflow.ts";

export interface StateMachine {
  readonly Comment: string;
  readonly StartAt: string;
  readonly States: Readonly<Record<string, object>>;
}

const FAILED = "Run failed";
const COMPLETED = "Run completed";
const OUTCOME = "How did the run go?";
const BEGINNING = "Where does the run begin?";

/** Lambda did not run the function: the account's concurrent executions are used up. */
const NOT_RUN = ["Lambda.TooManyRequestsException"];
/** Lambda has a problem of its own, and may have run the function. */
const LAMBDA_FAILED = ["Lambda.ServiceException", "Lambda.AWSLambdaException", "Lambda.SdkClientException"];

/** Invokes a function with a token, and goes on when somebody has sent the token back with a result. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: this is how CloudFormation writes a variable
const WAIT_FOR_TOKEN = "arn:${AWS::Partition}:states:::lambda:invoke.waitForTaskToken";

/** Our retryable problem codes, and the errors of a function that was cut off. */
const RETRYABLE = [
  "RATE_LIMITED",
  "BAD_GATEWAY",
  "SERVICE_UNAVAILABLE",
  "TIMEOUT",
  "Lambda.Unknown",
  "Sandbox.Timedout",
  "States.Timeout",
];

/** Compiles a checked workflow. `functionArn` gives the Lambda of a capability, as the deployment spells it. */
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
  const outcome = {
    Type: "Choice",
    Choices: [{ Variable: "$.error", IsPresent: true, Next: FAILED }],
    Default: COMPLETED,
  };
  // Step Functions refuses a definition with an unreachable state.
  const shared = workflow.steps.some(({ id }) => main.has(id) && handlers.has(id));
  return {
    Comment: `${workflow.workflowId} ${workflow.version}`,
    StartAt: BEGINNING,
    States: Object.fromEntries([
      [BEGINNING, beginningOf(workflow, first)],
      ...states,
      ...(shared ? [[OUTCOME, outcome] as const, [COMPLETED, { Type: "Succeed" }] as const] : []),
      ...(handlers.size === 0
        ? []
        : [[FAILED, { Type: "Fail", ErrorPath: "$.error.Error", CausePath: "$.error.Cause" }] as const]),
    ]),
  };
}

/** A retry that names no step of this machine begins with the first, which then refuses to run a second time. */
function beginningOf({ steps }: Workflow, first: string): object {
  const isRetry = { Variable: "$.from", IsPresent: true };
  return {
    Type: "Choice",
    Choices: [
      { Not: isRetry, Next: first },
      ...steps.map(({ id }) => ({ Variable: "$.from", StringEquals: id, Next: id })),
    ],
    Default: first,
  };
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
  const isShared = maybeSecond && main.has(step.id);
  const next = successor(workflow, step) ?? (isShared ? OUTCOME : maybeSecond ? FAILED : undefined);
  const remember = `${step.id}: first failure?`;
  const payload = {
    task: {
      workflowId: workflow.workflowId,
      version: workflow.version,
      step: step.id,
      capability: step.capability,
    },
    // For the person who reads the definition: a task takes its template from the plan of its run.
    inputs: step.inputs,
    "runId.$": "$$.Execution.Name",
    "scope.$": "$",
  };
  const invocation =
    step.wait === undefined
      ? { Resource: functionArn(step.capability), Parameters: payload }
      : {
          Resource: WAIT_FOR_TOKEN,
          Parameters: {
            FunctionName: functionArn(step.capability),
            Payload: { ...payload, "token.$": "$$.Task.Token" },
          },
        };
  const task = {
    Type: "Task",
    ...invocation,
    ResultSelector: { "output.$": "$.output", "mac.$": "$.mac" },
    ResultPath: `$.steps['${step.id}']`,
    TimeoutSeconds: Math.ceil(step.timeoutMs / 1000),
    ...retryOf(step),
    ...(maybeSecond || step.onFailure !== undefined
      ? {
          Catch: [
            {
              ErrorEquals: ["States.ALL"],
              ResultPath: maybeSecond ? "$.handlerError" : "$.error",
              Next: isShared ? remember : onFailure,
            },
          ],
        }
      : {}),
    ...(next === undefined ? { End: true } : { Next: next }),
  };
  if (!isShared) return [[step.id, task]];
  // The step can run after a success and after a failure; which one is known only at run time.
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

/**
 * For 4 to 8 minutes, whatever the step's own retry says: its author cannot know how busy Lambda is. With every run waiting a
 * random time, a crowd of runs spreads out.
 */
const UNTIL_LAMBDA_RUNS = {
  IntervalSeconds: 2,
  BackoffRate: 2,
  MaxDelaySeconds: 60,
  MaxAttempts: 12,
  JitterStrategy: "FULL",
};

/** Step Functions counts retries, not executions, and waits whole seconds. Without a backoff rate, each wait is the same. */
function retryOf({ retry, wait }: WorkflowStep): object {
  // Only its beginning is repeated: a wait that has ended, also by its timeout, stays so.
  if (wait !== undefined) {
    const names = RETRYABLE.filter((name) => name !== "States.Timeout");
    return { Retry: [{ ErrorEquals: [...NOT_RUN, ...LAMBDA_FAILED, ...names], ...UNTIL_LAMBDA_RUNS }] };
  }
  if (retry.maxAttempts === 1) return { Retry: [{ ErrorEquals: NOT_RUN, ...UNTIL_LAMBDA_RUNS }] };
  const seconds = Math.ceil(retry.delayMs / 1000);
  const growing = {
    BackoffRate: 2,
    // Must be above the interval: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
    MaxDelaySeconds: Math.max(seconds + 1, Math.ceil(retry.maxDelayMs / 1000)),
    JitterStrategy: "FULL",
  };
  return {
    Retry: [
      { ErrorEquals: [...NOT_RUN, ...LAMBDA_FAILED], ...UNTIL_LAMBDA_RUNS },
      {
        ErrorEquals: RETRYABLE,
        IntervalSeconds: seconds,
        MaxAttempts: retry.maxAttempts - 1,
        ...(retry.backoff === "exponential" ? growing : { BackoffRate: 1 }),
      },
    ],
  };
}
