/** Runs a compiled workflow on aws-local-stepfunctions, with functions in memory that fail as a Lambda does. */
import { readFileSync } from "node:fs";
import { StateMachine, type StateMachineDefinition } from "aws-local-stepfunctions";
import { loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { checkWorkflow } from "../../../../lib/compiler/workflow/check-workflow.ts";
import { compileWorkflow } from "../../../../lib/compiler/workflow/compile.ts";
import { loadWorkflow } from "../../../../lib/compiler/workflow/load-workflow.ts";
import { asProblem } from "../../../../lib/errors.ts";
import { resolve } from "../../../../lib/workflow/interpolation.ts";
import { taskError } from "../../../../lib/workflow/task-error.ts";
import { readLanguageFiles } from "../../../../scripts/generate/load-languages.ts";
import { readTemplates } from "../../../../scripts/generate/load-templates.ts";

/** Returns the output of a step's capability, or throws its failure. `attempt` counts from 1. */
export type Answer = (inputs: unknown, attempt: number) => unknown;

export interface Run {
  readonly outcome: "completed" | "failed";
  /** The steps that were called, in order; a retried one each time. */
  readonly calls: readonly { readonly step: string; readonly inputs: unknown }[];
  /** The states that were entered, in order: AWS charges for each. */
  readonly states: readonly string[];
  /** The state machine's data at its end. */
  readonly output?: unknown;
  readonly error?: ReturnType<typeof taskError>;
}

const CONTRACT_FILES = [
  "test/lib/compiler/workflow/make-report.contract.yml",
  "functions/send-email/contract.yml",
  "functions/stripe-create-customer/contract.yml",
  "functions/stripe-create-payment-intent/contract.yml",
];

const contracts = CONTRACT_FILES.map((file) => loadContract(file, readFileSync(file, "utf8")));
const templates = readTemplates(".", readLanguageFiles(".").languages).known;

export function compiled(text: string): StateMachineDefinition {
  const { workflow, source } = loadWorkflow("workflows/w.yml", text);
  checkWorkflow(workflow, new Map(contracts.map((contract) => [contract.capabilityId, contract])), templates);
  if (source.issues.length > 0) throw new Error(JSON.stringify(source.issues));
  const machine = compileWorkflow(
    workflow,
    (capability) => `arn:aws:lambda:us-east-1:000000000000:function:${capability}`,
  );
  return JSON.parse(JSON.stringify(machine));
}

/** Runs `definition` to its end; a step without an answer of its own returns `{}`. `data`: further data of the run. */
export async function run(
  definition: StateMachineDefinition,
  input: unknown,
  answers: Readonly<Record<string, Answer>>,
  data: Readonly<Record<string, string>> = {},
): Promise<Run> {
  const calls: { step: string; inputs: unknown }[] = [];
  const steps = Object.keys(definition.States).filter((name) => definition.States[name]?.Type === "Task");
  const handler = (step: string) => async (event: TaskInput) => {
    const { error } = event.scope;
    const inputs = resolve(event.inputs, {
      ...event.scope,
      ...(error === undefined ? {} : { error: taskError(error) }),
    });
    calls.push({ step, inputs });
    try {
      const output = answers[step]?.(inputs, calls.filter((call) => call.step === step).length) ?? {};
      return { output, mac: `mac of ${step}` };
    } catch (thrown) {
      throw lambdaFailure(thrown, event.task.step);
    }
  };
  // Validation takes the engine a tenth of a second; compile.test.ts does it once for each kind of definition.
  const execution = new StateMachine(definition, { validationOptions: { noValidate: true } }).run(
    {
      ...{ run: { workflowId: "w", version: "1.0.0" }, input: JSON.parse(JSON.stringify(input)), steps: {} },
      ...data,
    },
    {
      context: { Execution: { Name: "run-1" } },
      overrides: {
        // The engine's type allows any JSON as a task's input; compile.ts decides the input of ours.
        taskResourceLocalHandlers: Object.fromEntries(steps.map((step) => [step, handler(step)])) as never,
        retryIntervalOverrides: Object.fromEntries(steps.map((step) => [step, 0])),
      },
    },
  );
  // The event log shows how it ended; an unhandled rejection would end the process.
  execution.result.catch(() => {});
  const states: string[] = [];
  for await (const event of execution.eventLogs) {
    if (event.type === "StateEntered") states.push(event.state.name);
    if (event.type === "ExecutionSucceeded")
      return { outcome: "completed", calls, states, output: event.output };
    if (event.type === "ExecutionFailed") {
      return {
        outcome: "failed",
        calls,
        states,
        error: taskError({ Error: event.Error, Cause: String(event.Cause) }),
      };
    }
  }
  throw new Error("the execution did not end");
}

interface TaskInput {
  readonly task: { readonly step: string };
  readonly inputs: unknown;
  readonly scope: {
    readonly input: unknown;
    readonly steps: unknown;
    readonly error?: { readonly Error: string; readonly Cause: string };
  };
}

/** The error's name and, as its message, Lambda's response for a function that threw. */
function lambdaFailure(thrown: unknown, step: string): Error {
  if (thrown instanceof Error && thrown.name === "RetryBeginsLater") return thrown;
  const problem = asProblem(thrown);
  const errorMessage = JSON.stringify({ ...problem.toDocument(), step });
  const failure = new Error(JSON.stringify({ errorType: problem.code, errorMessage, trace: [] }));
  failure.name = problem.code;
  return failure;
}
