/**
 * Refuses a run of which it is known at the start that a step will fail. The steps' own checks decide, on the part of their
 * inputs that does not depend on other steps. What comes from other steps is not known yet: it is checked once left out and once
 * as a sample, and only what is wrong either way counts. A failure in one step makes the run fail, whatever handles it. Pure.
 */
import { type FieldIssue, Problem } from "../errors.ts";
import { entryOf, isRecord } from "../untrusted.ts";
import { resolve, type Scope } from "./interpolation.ts";

export interface CheckedStep {
  readonly id: string;
  /** The input template, with its references. */
  readonly inputs: unknown;
  /** Outputs that the step could have. */
  readonly sampleOutput: Readonly<Record<string, unknown>>;
  /** The capability's check. Throws a Problem with its issues. */
  readonly check: (inputs: unknown) => void;
}

/** The steps of a run in which no step fails, in their order, by workflow. `npm run generate` writes it. */
export type StepChecks = Readonly<Record<string, readonly CheckedStep[]>>;

/** Throws VALIDATION_FAILED that names the fields of the run's input from which the first known failure follows. */
export function refuseKnownFailure(checks: StepChecks, workflowId: string, input: unknown): void {
  const steps = entryOf(checks, workflowId) ?? [];
  const samples = Object.fromEntries(steps.map(({ id, sampleOutput }) => [id, { output: sampleOutput }]));
  for (const step of steps) {
    const issues = knownIssues(step, input, samples).map((issue) => ofRun(issue, step));
    const [first] = issues;
    if (first === undefined) continue;
    throw new Problem(
      "VALIDATION_FAILED",
      `${first.path} ${first.message}; step ${step.id} would fail`.trim(),
      {
        issues,
      },
    );
  }
}

function knownIssues({ inputs, check }: CheckedStep, input: unknown, samples: object): FieldIssue[] {
  const isKnown = ({ path }: FieldIssue) => !dependsOnSteps(inputs, path.split("."));
  const tried = [
    { input, steps: {} },
    { input, steps: samples },
  ].map((scope: Scope) => issuesOf(check, resolve(inputs, scope)));
  // Nothing but complaints about what is not known: the check may not have come to the rest.
  const conclusive = tried.filter((issues) => issues.length === 0 || issues.some(isKnown));
  const [first = [], ...others] = conclusive.map((issues) => issues.filter(isKnown));
  return first.filter((issue) => others.every((other) => other.some((its) => isSame(its, issue))));
}

function issuesOf(check: CheckedStep["check"], inputs: unknown): readonly FieldIssue[] {
  try {
    check(inputs);
    return [];
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown.issues;
    throw thrown;
  }
}

const isSame = (a: FieldIssue, b: FieldIssue) => a.path === b.path && a.message === b.message;

const OTHER_REFERENCE = /\$\{\s*(?!input\.)[^{}]*\}/;

/** Whether a value at the path, inside it or around it comes from another step. */
function dependsOnSteps(template: unknown, path: readonly string[]): boolean {
  if (typeof template === "string") return OTHER_REFERENCE.test(template);
  const [name = "", ...deeper] = path;
  if (path.length === 0 || name === "")
    return JSON.stringify(template ?? null).search(OTHER_REFERENCE) !== -1;
  return dependsOnSteps(insideOf(template, name), deeper);
}

function insideOf(template: unknown, name: string): unknown {
  if (Array.isArray(template)) return template[Number(name)];
  return isRecord(template) ? entryOf(template, name) : undefined;
}

const WHOLE_INPUT = /^\$\{\s*input\.([^{}\s]+)\s*\}$/;

/** The issue as the run's caller sees it: at the field of the run's input that the step gets. */
function ofRun({ path, message }: FieldIssue, { inputs, id }: CheckedStep): FieldIssue {
  const source = sourceOf(inputs, path === "" ? [] : path.split("."));
  if (source !== undefined) return { path: source, message };
  return { path: "", message: `step ${id}: ${path} ${message}`.trim() };
}

function sourceOf(template: unknown, path: readonly string[]): string | undefined {
  if (typeof template === "string") {
    const source = WHOLE_INPUT.exec(template)?.[1];
    return source === undefined ? undefined : [source, ...path].join(".");
  }
  const [name, ...deeper] = path;
  return name === undefined ? undefined : sourceOf(insideOf(template, name), deeper);
}
