/** What can be known to be wrong before a workflow runs: its graph, its references, and its inputs against the contracts. */

import { suggestion } from "../../contract/suggestion.ts";
import { type Field, fieldNamed, withArticle } from "../contract/field.ts";
import type { Contract } from "../contract/load-contract.ts";
import { checkStepInputs } from "./check-inputs.ts";
import { checkInferredInput } from "./infer-input.ts";
import { checkTemplate, type Reference, referencesIn } from "./references.ts";
import { reachableFrom, successor, type Workflow, type WorkflowStep } from "./workflow.ts";

/** What a handler can read of the failure that led to it: see task-error.ts. */
const ERROR_FIELDS = ["code", "message", "step", "declineCode"];

/** Notes every mistake at its place in the file. */
export function checkWorkflow(workflow: Workflow, contracts: ReadonlyMap<string, Contract>): void {
  const goesInCircles = checkGraph(workflow);
  for (const step of workflow.steps) {
    const contract = contracts.get(step.capability);
    if (contract === undefined) {
      const place = step.node.get("capability");
      place?.issue(
        `unknown capability "${step.capability}"${suggestion(step.capability, [...contracts.keys()])}`,
      );
    }
    const inputs = step.node.get("inputs");
    if (inputs !== undefined) checkTemplate(inputs);
    // What comes before what has no answer in a circle.
    if (goesInCircles) continue;
    for (const reference of inputs === undefined ? [] : referencesIn(inputs))
      checkReference(workflow, step, reference, contracts);
    if (contract !== undefined) checkStepInputs(workflow, step, contract, contracts);
  }
  checkInferredInput(workflow, contracts);
}

/** Answers whether some step leads back to itself. */
function checkGraph(workflow: Workflow): boolean {
  const ids = workflow.steps.map(({ id }) => id);
  let goesInCircles = false;
  for (const step of workflow.steps) {
    for (const key of ["onSuccess", "onFailure"] as const) {
      const target = step[key];
      if (target === undefined) continue;
      const place = step.node.get(key);
      if (!ids.includes(target)) place?.issue(`${key} names no step: "${target}"${suggestion(target, ids)}`);
      if (reachableFrom(workflow, target).has(step.id)) {
        place?.issue(`${key} leads back to "${step.id}": a workflow may not go round in circles`);
        goesInCircles = true;
      }
    }
  }
  const reached = reachableFrom(workflow, ids[0]);
  for (const step of workflow.steps.filter(({ id }) => !reached.has(id))) {
    step.node.get("id")?.issue(`step "${step.id}" cannot be reached: no onSuccess or onFailure leads to it`);
  }
  return goesInCircles;
}

function checkReference(
  workflow: Workflow,
  step: WorkflowStep,
  reference: Reference,
  contracts: ReadonlyMap<string, Contract>,
): void {
  const [root = "", name = "", ...rest] = reference.path;
  const issue = (message: string) => reference.node.issue(message, reference.text);
  switch (root) {
    case "input": {
      if (workflow.inputs === undefined) return;
      const names = Object.keys(workflow.inputs);
      if (!names.includes(name)) issue(`the workflow has no input "${name}"${suggestion(name, names)}`);
      else checkDeeper(fieldNamed(workflow.inputs, name), `input "${name}"`, rest, issue);
      return;
    }
    case "steps":
      checkStepReference(workflow, step, reference, contracts);
      return;
    case "error": {
      if (!ERROR_FIELDS.includes(name) || rest.length > 0)
        issue(`error has no "${[name, ...rest].join(".")}"${suggestion(name, ERROR_FIELDS)}`);
      const handles = workflow.steps.some(({ onFailure }) => reachableFrom(workflow, onFailure).has(step.id));
      if (!handles)
        issue(
          `step "${step.id}" runs after no failure, so there is no error to read; an onFailure must lead to it`,
        );
      return;
    }
    default:
      issue(`unknown root "${root}"${suggestion(root, ["input", "steps", "error"])}`);
  }
}

function checkStepReference(
  workflow: Workflow,
  step: WorkflowStep,
  { node, text, path }: Reference,
  contracts: ReadonlyMap<string, Contract>,
): void {
  const [, name = "", output, field, ...deeper] = path;
  const issue = (message: string) => node.issue(message, text);
  const source = workflow.steps.find(({ id }) => id === name);
  if (source === undefined) {
    const ids = workflow.steps.map(({ id }) => id);
    issue(`unknown step "${name}"${suggestion(name, ids)}`);
    return;
  }
  if (!reachableFrom(workflow, successor(workflow, source)).has(step.id)) {
    issue(`step "${name}" cannot have succeeded before "${step.id}" runs`);
  }
  if (output !== "output") {
    issue(`of a step only its output can be read: \${steps.${name}.output.<name>}`);
    return;
  }
  const outputs = contracts.get(source.capability)?.outputs;
  if (field === undefined || outputs === undefined) return;
  const declared = fieldNamed(outputs, field);
  if (declared === undefined)
    issue(`${source.capability} has no output "${field}"${suggestion(field, Object.keys(outputs))}`);
  else checkDeeper(declared, `output "${field}" of ${source.capability}`, deeper, issue);
}

/** A path may go on inside an object or an array only, and by declared names where there are some. */
function checkDeeper(
  field: Field | undefined,
  what: string,
  [name, ...deeper]: readonly string[],
  issue: (message: string) => void,
): void {
  if (field === undefined || name === undefined) return;
  if (field.type === "array") checkDeeper(field.items, `${what}, item ${name}`, deeper, issue);
  else if (field.type !== "object")
    issue(`${what} is ${withArticle(field.type)}; there is nothing inside it`);
  else if (field.properties !== undefined) {
    const below = fieldNamed(field.properties, name);
    if (below === undefined)
      issue(`${what} has no "${name}"${suggestion(name, Object.keys(field.properties))}`);
    else checkDeeper(below, `${what}, "${name}"`, deeper, issue);
  }
}
