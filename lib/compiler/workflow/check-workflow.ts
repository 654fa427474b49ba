/** Finds mistakes before a workflow runs: in its graph, its references, and its inputs against the contracts. */

import { suggestion } from "../../contract/suggestion.ts";
import { type Field, fieldNamed, withArticle } from "../contract/field.ts";
import type { KnownContracts } from "../contract/load-contract.ts";
import { isIdentifier } from "../source/identifier.ts";
import type { KnownTemplates } from "../template/load-template.ts";
import { checkStepInputs } from "./check-inputs.ts";
import { checkMail, MAIL_CAPABILITY } from "./check-mail.ts";
import { checkLength, checkWait, fieldAt } from "./check-wait.ts";
import { contractOf, inputsNode, nameOfStep } from "./contract-of-step.ts";
import { expectedValue } from "./expected-value.ts";
import { checkInferredInput } from "./infer-input.ts";
import { checkTemplate, type Reference, referencesIn } from "./references.ts";
import { reachableFrom, successor, type Workflow, type WorkflowStep } from "./workflow.ts";

/** What a handler can read of the failure that led to it: see task-error.ts. */
const ERROR_FIELDS = ["code", "message", "step", "declineCode"];

/** Notes every mistake at its place in the file. */
export function checkWorkflow(
  workflow: Workflow,
  contracts: KnownContracts,
  templates: KnownTemplates,
): void {
  const order = checkGraph(workflow);
  for (const step of workflow.steps) {
    if (step.wait === undefined && step.capability !== "" && !contracts.has(step.capability)) {
      const place = step.node.get("capability");
      place?.issue(
        `unknown capability "${step.capability}"${suggestion(step.capability, [...contracts.keys()])}`,
      );
    }
    const inputs = inputsNode(step);
    if (inputs !== undefined) checkTemplate(inputs);
    // It is unknown which steps come before.
    for (const reference of inputs === undefined || order === "unclear" ? [] : referencesIn(inputs))
      checkReference(workflow, step, reference, contracts);
    const expect = ({ path }: Reference) =>
      order === "unclear" ? {} : expectedValue(workflow, step, path, contracts);
    const contract = contracts.get(step.capability);
    if (step.wait !== undefined)
      checkWait(step, step.wait, expect, ({ path }) => fieldRead(workflow, path, contracts));
    else if (contract !== undefined) checkStepInputs(step, contract, expect);
    if (step.capability === MAIL_CAPABILITY) checkMail(step, templates, expect);
  }
  checkInferredInput(workflow, contracts);
  checkLength(workflow);
}

/** The declared field that `path` reads; undefined if none is known. */
function fieldRead(
  workflow: Workflow,
  [root, name = "", ...rest]: readonly string[],
  contracts: KnownContracts,
): Field | undefined {
  if (root === "input") return fieldAt(workflow.inputs ?? {}, [name, ...rest]);
  const source = workflow.steps.find(({ id }) => id === name);
  const outputs = source === undefined ? undefined : contractOf(source, contracts)?.outputs;
  return root === "steps" ? fieldAt(outputs ?? {}, rest.slice(1)) : undefined;
}

/** Whether the order of the steps is clear. It is not if steps lack names, lead nowhere or form a cycle. */
function checkGraph(workflow: Workflow): "clear" | "unclear" {
  const ids = workflow.steps.map(({ id }) => id);
  let isClear = ids.every(isIdentifier) && new Set(ids).size === ids.length;
  for (const step of workflow.steps) {
    for (const key of ["onSuccess", "onFailure"] as const) {
      const place = step.node.get(key);
      const target = step[key];
      if (target === undefined) {
        // A target that is not text was reported when it was read.
        isClear &&= place === undefined;
      } else if (!ids.includes(target)) {
        place?.issue(`${key} does not name a step: "${target}"${suggestion(target, ids)}`);
        isClear = false;
      } else if (reachableFrom(workflow, target).has(step.id)) {
        place?.issue(`${key} leads back to "${step.id}": a workflow must not contain a cycle`);
        isClear = false;
      }
    }
  }
  if (!isClear) return "unclear";
  const reached = reachableFrom(workflow, ids[0]);
  for (const step of workflow.steps.filter(({ id }) => !reached.has(id))) {
    step.node.get("id")?.issue(`step "${step.id}" cannot be reached: no onSuccess or onFailure leads to it`);
  }
  return "clear";
}

function checkReference(
  workflow: Workflow,
  step: WorkflowStep,
  reference: Reference,
  contracts: KnownContracts,
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
          `step "${step.id}" never runs after a failure, so it has no error to read; an onFailure must lead to it`,
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
  contracts: KnownContracts,
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
    issue(`only the output of a step can be read: \${steps.${name}.output.<name>}`);
    return;
  }
  const outputs = contractOf(source, contracts)?.outputs;
  if (field === undefined || outputs === undefined) return;
  const declared = fieldNamed(outputs, field);
  if (declared === undefined)
    issue(`${nameOfStep(source)} has no output "${field}"${suggestion(field, Object.keys(outputs))}`);
  else checkDeeper(declared, `output "${field}" of ${nameOfStep(source)}`, deeper, issue);
}

/** A path can continue only inside an object or an array, and by declared names if there are any. */
function checkDeeper(
  field: Field | undefined,
  what: string,
  [name, ...deeper]: readonly string[],
  issue: (message: string) => void,
): void {
  if (field === undefined || name === undefined) return;
  if (field.type === "array") checkDeeper(field.items, `${what}, item ${name}`, deeper, issue);
  else if (field.type !== "object")
    issue(`${what} is ${withArticle(field.type)}, which has nothing inside it`);
  else if (field.properties !== undefined) {
    const below = fieldNamed(field.properties, name);
    if (below === undefined)
      issue(`${what} has no "${name}"${suggestion(name, Object.keys(field.properties))}`);
    else checkDeeper(below, `${what}, "${name}"`, deeper, issue);
  }
}
