/**
 * What a task believes about its run. Its event comes from Step Functions, or from anybody who may invoke the function. So
 * every part is signed for this one run: the Lambda that starts the run signs the input, the principal and the plan (every
 * step's capability and input template, as deployed then), and each task signs its output and its failure. A task takes its
 * template from the plan, never from the event, so a run finishes as it began, also after a deployment that changed or
 * removed the workflow. Pure.
 */
import { canonicalJson } from "../canonical-json.ts";
import { Problem } from "../errors.ts";
import { isMacOf, macOf } from "../sealing/mac.ts";
import { entryOf, type Fields, fieldsOf, isRecord, parseJson, textOf, textsOf } from "../untrusted.ts";
import type { Plan } from "./compiled-workflow.ts";
import { type StepFunctionsError, type TaskError, taskError } from "./task-error.ts";

/** The part of a run's data that the Lambda that starts it writes, and Step Functions carries from state to state. */
export interface RunHead {
  readonly workflowId: string;
  readonly version: string;
  /** For the person who reads the history; no code decides by it. */
  readonly principalId: string;
  /** Sealed. */
  readonly principal: string;
  readonly requestId: string;
  readonly inputDigest?: string;
  /** When the run's tasks are refused: UTC, ISO 8601. */
  readonly endsBy: string;
  readonly plan: Plan;
  /** Of an execution that continues a failed run. */
  readonly retry?: RunRetry;
}

/** What a further execution of a run may do. */
export interface RunRetry {
  /** The number of the execution, from 2. */
  readonly execution: number;
  /** The failed step, with which it begins. */
  readonly from: string;
  /** When that step is refused: its idempotency key ends then. UTC, ISO 8601. Left out for a step that changes nothing. */
  readonly by?: string;
  /** Steps that have succeeded: the execution has their outputs, and must not run them again. */
  readonly done: readonly string[];
  /** Steps that handled the earlier failures, and would handle another one: each with a key of its own. */
  readonly again: readonly string[];
}

/** A task as its run describes it. */
export interface BelievedTask {
  readonly workflowId: string;
  readonly principal: string;
  readonly template: unknown;
  /** With sealed values. */
  readonly input: unknown;
  /** The outputs of earlier steps, by step, with sealed values. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly error?: TaskError;
  /** The same for every attempt of the step, in all executions of the run: its effect happens once. */
  readonly idempotencyKey: string;
}

/** The data of a run that this service has written for it. */
export interface BelievedRun {
  readonly head: Fields;
  readonly input: unknown;
}

/** What the event of a task claims. */
export interface ClaimedTask {
  readonly runId: string;
  readonly step: string;
  readonly capability: string;
  readonly scope: unknown;
}

const RUN = "run/v1";
const OUTPUT = "run-output/v1";
const FAILURE = "run-failure/v1";

/** The execution retries a run from a later step, and Step Functions has to be told: lib/compiler/workflow/compile.ts. */
export class RetryBeginsLater extends Problem {}

/** The data of a new run. `input`: sealed. */
export function signedRun(
  runId: string,
  head: RunHead,
  input: Readonly<Record<string, unknown>>,
  appSecrets: readonly string[],
): object {
  const mac = macOf(RUN, [runId, canonicalJson({ run: head, input })], appSecrets);
  return { run: { ...head, mac }, input, steps: {} };
}

/** The data of an execution that continues a believed run. `steps`: the results of those that have succeeded. */
export function signedRetry(
  runId: string,
  { head: before, input }: BelievedRun,
  { steps, ...changed }: Pick<RunHead, "endsBy"> & { readonly retry: RunRetry; readonly steps: Fields },
  appSecrets: readonly string[],
): object {
  const head = { ...before, ...changed };
  const mac = macOf(RUN, [runId, canonicalJson({ run: head, input })], appSecrets);
  return { run: { ...head, mac }, input, steps, from: changed.retry.from };
}

/** The data of a run, as Step Functions carries it; undefined if this service has not written it for the run. */
export function believedRun(
  runId: string,
  data: unknown,
  appSecrets: readonly string[],
): BelievedRun | undefined {
  const { run, input } = fieldsOf(data);
  const { mac, ...head } = fieldsOf(run);
  if (!isMacOf(mac, RUN, [runId, canonicalJson({ run: head, input })], appSecrets)) return undefined;
  return { head, input };
}

/** The result of a step, as the state machine keeps it. */
export function signedOutput(
  runId: string,
  step: string,
  output: unknown,
  appSecrets: readonly string[],
): { readonly output: unknown; readonly mac: string } {
  return { output, mac: macOf(OUTPUT, [runId, step, canonicalJson(output ?? null)], appSecrets) };
}

/** The MAC of a step's failure, for its message. */
export function failureMac(runId: string, failure: object, appSecrets: readonly string[]): string {
  return macOf(FAILURE, [runId, canonicalJson(failure)], appSecrets);
}

/**
 * The task, if it is a step of the run's plan, and everything that it reads was written for this run. Throws
 * INTERNAL_ERROR, naming what is wrong, for everything else.
 */
export function believedTask(claimed: ClaimedTask, appSecrets: readonly string[], now: Date): BelievedTask {
  const { runId, step, capability } = claimed;
  const { steps, error } = fieldsOf(claimed.scope);
  const run = believedRun(runId, claimed.scope, appSecrets);
  if (run === undefined) throw refused("its run was not started by this service, or was changed since");
  const { head, input } = run;
  if (!(now.getTime() < Date.parse(String(head.endsBy))))
    throw refused(`its run had to end by ${String(head.endsBy)}; start a new run`);
  const planned = fieldsOf(entryOf(fieldsOf(head.plan), step));
  if (planned.capability !== capability)
    throw refused(`the plan of its run has no step ${step} that calls ${capability}`);
  refuseDone(step, fieldsOf(head.retry), fieldsOf(claimed.scope).from, now);
  const outputs = believedOutputs(runId, fieldsOf(steps), appSecrets);
  const missing = textsOf(planned.after).find((earlier) => !Object.hasOwn(outputs, earlier));
  if (missing !== undefined) throw refused(`the step ${missing} has to succeed before it`);
  return {
    workflowId: textOf(head.workflowId) ?? "",
    principal: textOf(head.principal) ?? "",
    template: planned.inputs,
    input,
    outputs,
    idempotencyKey: keyOf(runId, step, fieldsOf(head.retry)),
    ...(isRecord(error) ? { error: believedError(runId, error, appSecrets) } : {}),
  };
}

/**
 * A step that has succeeded in an earlier execution, or whose key is forgotten, would have its effect a second time. `begins`: the
 * step with which the execution shall begin, as its data say.
 */
function refuseDone(step: string, { done, from, by }: Fields, begins: unknown, now: Date): void {
  if (textsOf(done).includes(step)) {
    const why = `the step ${step} has already succeeded in this run`;
    throw begins === from && begins !== step
      ? new RetryBeginsLater("INTERNAL_ERROR", `The task is refused: ${why}`)
      : refused(why);
  }
  if (step === from && by !== undefined && !(now.getTime() < Date.parse(String(by))))
    throw refused(`it could be retried until ${String(by)}; start a new run`);
}

function keyOf(runId: string, step: string, { again, execution }: Fields): string {
  const key = `${runId}:${step}`;
  return textsOf(again).includes(step) ? `${key}:${String(execution)}` : key;
}

/** The outputs of steps, by step, if each was written for this run. Throws INTERNAL_ERROR that names the one that was not. */
export function believedOutputs(
  runId: string,
  steps: Readonly<Record<string, unknown>>,
  appSecrets: readonly string[],
): Record<string, unknown> {
  const outputs = Object.entries(steps).map(([step, result]) => {
    const { output, mac } = fieldsOf(result);
    if (!isMacOf(mac, OUTPUT, [runId, step, canonicalJson(output ?? null)], appSecrets))
      throw refused(`the output of ${step} is not from this run, or was changed since`);
    return [step, output] as const;
  });
  return Object.fromEntries(outputs);
}

/**
 * The failure that a task of this run reported. Step Functions also reports failures of its own and of Lambda, which nobody
 * signs: they are fixed sentences, and so is everything that is not signed.
 */
function believedError(
  runId: string,
  { Error: name, Cause: cause }: Readonly<Record<string, unknown>>,
  appSecrets: readonly string[],
): TaskError {
  const error: StepFunctionsError = { Error: String(name), Cause: String(cause) };
  const { errorMessage } = fieldsOf(parseJson(error.Cause));
  const { mac, ...failure } = fieldsOf(parseJson(errorMessage));
  const isOurs = isMacOf(mac, FAILURE, [runId, canonicalJson(failure)], appSecrets);
  return taskError(isOurs ? error : { ...error, Cause: "" });
}

function refused(why: string): Problem {
  return new Problem("INTERNAL_ERROR", `The task is refused: ${why}`);
}
