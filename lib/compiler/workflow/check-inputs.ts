/** A step's inputs against its capability's contract: names, presence and types, as far as they are known beforehand. */

import { suggestion } from "../../contract/suggestion.ts";
import { type Field, type Fields, fieldNamed, fits, isRequired, withArticle } from "../contract/field.ts";
import { literalMistake } from "../contract/literal.ts";
import type { Contract } from "../contract/load-contract.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import { type Expected, expectedValue } from "./expected-value.ts";
import { type Reference, referencesIn } from "./references.ts";
import type { Workflow, WorkflowStep } from "./workflow.ts";

/** Whose fields are looked at: `capability send-email`, or `input "data"` with the prefix `data.` for what is below. */
interface Level {
  readonly owner: string;
  readonly prefix: string;
}

interface StepScope {
  /** What a reference gives when the step runs. */
  readonly expect: (reference: Reference) => Expected;
}

/** Notes what of the step's inputs its capability would refuse. */
export function checkStepInputs(
  workflow: Workflow,
  step: WorkflowStep,
  contract: Contract,
  contracts: ReadonlyMap<string, Contract>,
): void {
  const inputs = step.node.get("inputs");
  const scope: StepScope = { expect: ({ path }) => expectedValue(workflow, step, path, contracts) };
  const root = { owner: `capability ${step.capability}`, prefix: "" };
  checkFields(inputs, contract.inputs, root, inputs ?? step.node, scope);
}

function checkFields(
  node: YamlNode | undefined,
  fields: Fields,
  { owner, prefix }: Level,
  place: YamlNode,
  scope: StepScope,
): void {
  const entries = node?.entries ?? [];
  for (const { key, keyNode, value } of entries) {
    const field = fieldNamed(fields, key);
    if (field === undefined)
      keyNode.issue(`${owner} has no input "${key}"${suggestion(key, Object.keys(fields))}`);
    else checkValue(value, `${prefix}${key}`, field, scope);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (isRequired(field) && !entries.some(({ key }) => key === name))
      place.issue(`${owner} requires the input "${name}"`);
  }
}

function checkValue(node: YamlNode, name: string, field: Field, scope: StepScope): void {
  const references = referencesIn(node);
  if (node.text !== undefined && references.length > 0) checkText(node, name, field, references, scope);
  else if (node.entries !== undefined && field.properties !== undefined)
    checkFields(node, field.properties, { owner: `input "${name}"`, prefix: `${name}.` }, node, scope);
  else if (node.items !== undefined && field.items !== undefined) {
    for (const [index, item] of node.items.entries())
      checkValue(item, `${name}.${index}`, field.items, scope);
  } else {
    // What stands inside an open object is nobody's contract; that it is an object can be known.
    const literal = references.length === 0 ? node.value : node.items === undefined ? {} : [];
    const wrong = literalMistake(field, literal);
    if (wrong !== undefined) node.issue(`input "${name}" ${wrong}`);
  }
}

function checkText(
  node: YamlNode,
  name: string,
  field: Field,
  references: readonly Reference[],
  scope: StepScope,
): void {
  const whole = references.find((reference) => reference.whole);
  if (whole === undefined) {
    if (!fits("string", field.type))
      node.issue(
        `input "${name}" must be ${withArticle(field.type)}, but a text around ${references[0]?.text} is a string`,
      );
    return;
  }
  const { type, absence } = scope.expect(whole);
  if (type !== undefined && !fits(type, field.type)) {
    node.issue(
      `input "${name}" must be ${withArticle(field.type)}, but ${whole.text} is ${withArticle(type)}`,
    );
  }
  if (absence !== undefined && isRequired(field))
    node.issue(`input "${name}" is required, but ${whole.text} may be absent: ${absence}`);
}
