/** Checks a step's inputs against its capability's contract: names, presence and types, as far as they are known beforehand. */

import { nearest, suggestion } from "../../contract/suggestion.ts";
import { type Field, type Fields, fieldNamed, fits, isRequired, withArticle } from "../contract/field.ts";
import { literalMistake } from "../contract/literal.ts";
import type { Contract } from "../contract/load-contract.ts";
import type { YamlNode } from "../source/yaml-source.ts";
import type { Expected } from "./expected-value.ts";
import { type Reference, referencesIn } from "./references.ts";
import type { WorkflowStep } from "./workflow.ts";

/** Whose fields are checked: those of `capability send-email`, or those inside `input "data"`, with the prefix `data.`. */
interface Level {
  readonly owner: string;
  /** What the owner calls its fields. */
  readonly kind: "input" | "field";
  readonly prefix: string;
}

/** What a reference resolves to when the step runs. */
export type Expect = (reference: Reference) => Expected;

/** Notes which of the step's inputs its capability would refuse. */
export function checkStepInputs(step: WorkflowStep, contract: Contract, expect: Expect): void {
  const inputs = step.node.get("inputs");
  const level: Level = { owner: `capability ${step.capability}`, kind: "input", prefix: "" };
  checkFields(inputs, contract.inputs, level, inputs ?? step.node, expect);
}

/** Notes which entries of `node` are unknown, of a wrong type or missing. Missing entries are noted at `place`. */
export function checkFields(
  node: YamlNode | undefined,
  fields: Fields,
  { owner, kind, prefix }: Level,
  place: YamlNode,
  expect: Expect,
): void {
  const entries = node?.entries ?? [];
  const names = Object.keys(fields);
  const unknown = entries.filter(({ key }) => fieldNamed(fields, key) === undefined);
  for (const { key, keyNode } of unknown)
    keyNode.issue(`${owner} has no ${kind} "${key}"${suggestion(key, names)}`);
  for (const { key, value } of entries) {
    const field = fieldNamed(fields, key);
    if (field !== undefined) checkValue(value, `${prefix}${key}`, field, expect);
  }
  for (const [name, field] of Object.entries(fields)) {
    const isThere = entries.some(({ key }) => key === name);
    // A misspelled name is one mistake, not two.
    const isMeant = unknown.some(({ key }) => nearest(key, names) === name);
    if (isRequired(field) && !isThere && !isMeant) place.issue(`${owner} requires the ${kind} "${name}"`);
  }
}

function checkValue(node: YamlNode, name: string, field: Field, expect: Expect): void {
  const references = referencesIn(node);
  if (node.text !== undefined && references.length > 0) checkText(node, name, field, references, expect);
  else if (node.entries !== undefined && field.properties !== undefined)
    checkFields(
      node,
      field.properties,
      { owner: `input "${name}"`, kind: "input", prefix: `${name}.` },
      node,
      expect,
    );
  else if (node.items !== undefined && field.items !== undefined) {
    for (const [index, item] of node.items.entries())
      checkValue(item, `${name}.${index}`, field.items, expect);
  } else {
    // No contract covers the inside of an open object. What can be checked is that it is an object.
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
  expect: Expect,
): void {
  const whole = references.find((reference) => reference.whole);
  if (whole === undefined) {
    if (!fits("string", field.type))
      node.issue(
        `input "${name}" must be ${withArticle(field.type)}, but text around ${references[0]?.text} is a string`,
      );
    return;
  }
  const { type, absence } = expect(whole);
  if (type !== undefined && !fits(type, field.type)) {
    node.issue(
      `input "${name}" must be ${withArticle(field.type)}, but ${whole.text} is ${withArticle(type)}`,
    );
  }
  if (absence !== undefined && isRequired(field))
    node.issue(`input "${name}" is required, but ${whole.text} can be absent: ${absence}`);
}
