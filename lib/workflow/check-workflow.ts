/** What can be known to be wrong before a workflow runs: its graph, its references, and its inputs against the contracts. */
import type { Contract } from "../contract/load-contract.ts";
import { suggestion } from "../contract/source-issue.ts";
import { checkStepInputs } from "./check-inputs.ts";
import { type Reference, referencesIn } from "./references.ts";
import { reachableFrom, successor, type Workflow, type WorkflowStep } from "./workflow.ts";

/** What a handler can read of the failure that led to it: see task-error.ts. */
const ERROR_FIELDS = ["code", "message", "step", "declineCode"];

/** Notes every mistake at its place in the file. */
export function checkWorkflow(workflow: Workflow, contracts: ReadonlyMap<string, Contract>): void {
  checkGraph(workflow);
  for (const step of workflow.steps) {
    const contract = contracts.get(step.capability);
    if (contract === undefined) {
      step.node
        .get("capability")
        ?.issue(
          `unknown capability "${step.capability}"${suggestion(step.capability, [...contracts.keys()])}`,
        );
    }
    const inputs = step.node.get("inputs");
    for (const reference of inputs === undefined ? [] : referencesIn(inputs))
      checkReference(workflow, step, reference, contracts);
    if (contract !== undefined) checkStepInputs(workflow, step, contract, contracts);
  }
}

function checkGraph(workflow: Workflow): void {
  const ids = workflow.steps.map(({ id }) => id);
  for (const step of workflow.steps) {
    for (const key of ["onSuccess", "onFailure"] as const) {
      const target = step[key];
      if (target !== undefined && !ids.includes(target)) {
        step.node.get(key)?.issue(`${key} names no step: "${target}"${suggestion(target, ids)}`);
      }
      if (target !== undefined && reachableFrom(workflow, target).has(step.id)) {
        step.node
          .get(key)
          ?.issue(`${key} leads back to "${step.id}": a workflow may not go round in circles`);
      }
    }
  }
  const reached = reachableFrom(workflow, ids[0]);
  for (const step of workflow.steps.filter(({ id }) => !reached.has(id))) {
    step.node.get("id")?.issue(`step "${step.id}" cannot be reached: no onSuccess or onFailure leads to it`);
  }
}

function checkReference(
  workflow: Workflow,
  step: WorkflowStep,
  { node, path }: Reference,
  contracts: ReadonlyMap<string, Contract>,
): void {
  const [root = "", name = "", ...rest] = path;
  if (root === "input") {
    const declared = workflow.inputs === undefined ? undefined : Object.keys(workflow.inputs);
    if (declared !== undefined && !declared.includes(name)) {
      node.issue(`the workflow has no input "${name}"${suggestion(name, declared)}`);
    }
  } else if (root === "steps") checkStepReference(workflow, step, node, name, rest, contracts);
  else if (root === "error") {
    if (!ERROR_FIELDS.includes(name)) node.issue(`error has no "${name}"${suggestion(name, ERROR_FIELDS)}`);
    const handles = workflow.steps.some(({ onFailure }) => reachableFrom(workflow, onFailure).has(step.id));
    if (!handles)
      node.issue(
        `step "${step.id}" runs after no failure, so there is no error to read; an onFailure must lead to it`,
      );
  } else node.issue(`unknown root "${root}"${suggestion(root, ["input", "steps", "error"])}`);
}

function checkStepReference(
  workflow: Workflow,
  step: WorkflowStep,
  node: Reference["node"],
  name: string,
  [output, field, ...deeper]: readonly string[],
  contracts: ReadonlyMap<string, Contract>,
): void {
  const source = workflow.steps.find(({ id }) => id === name);
  if (source === undefined) {
    node.issue(
      `unknown step "${name}"${suggestion(
        name,
        workflow.steps.map(({ id }) => id),
      )}`,
    );
    return;
  }
  if (!reachableFrom(workflow, successor(workflow, source)).has(step.id)) {
    node.issue(`step "${name}" cannot have succeeded before "${step.id}" runs`);
  }
  if (output !== "output") {
    node.issue(`of a step only its output can be read: \${steps.${name}.output.<name>}`);
    return;
  }
  const outputs = contracts.get(source.capability)?.outputs;
  if (field === undefined || outputs === undefined) return;
  const declared = outputs[field];
  if (declared === undefined)
    node.issue(`${source.capability} has no output "${field}"${suggestion(field, Object.keys(outputs))}`);
  else if (deeper.length > 0 && declared.type !== "object" && declared.type !== "array") {
    node.issue(`output "${field}" of ${source.capability} is a ${declared.type}; there is nothing inside it`);
  }
}
