/** A step's inputs against its capability's contract: names, presence and types, as far as they are known beforehand. */
import { type Field, type Fields, type FieldType, isRequired, mismatch } from "../contract/field.ts";
import type { Contract } from "../contract/load-contract.ts";
import { suggestion } from "../contract/source-issue.ts";
import type { YamlNode } from "../contract/yaml-source.ts";
import { referencesIn } from "./references.ts";
import type { Workflow, WorkflowStep } from "./workflow.ts";

type TypeOfReference = (path: readonly string[]) => FieldType | undefined;

export function checkStepInputs(
  workflow: Workflow,
  step: WorkflowStep,
  contract: Contract,
  contracts: ReadonlyMap<string, Contract>,
): void {
  const typeOf: TypeOfReference = ([root, name = "", , field = "", ...deeper]) => {
    if (root === "error") return "string";
    if (root === "input") return field === "" ? workflow.inputs?.[name]?.type : undefined;
    const source = workflow.steps.find(({ id }) => id === name);
    return deeper.length > 0 ? undefined : contracts.get(source?.capability ?? "")?.outputs[field]?.type;
  };
  const owner = `capability ${step.capability}`;
  checkFields(step.node.get("inputs"), contract.inputs, owner, step.node.get("inputs") ?? step.node, typeOf);
}

function checkFields(
  node: YamlNode | undefined,
  fields: Fields,
  owner: string,
  place: YamlNode,
  typeOf: TypeOfReference,
): void {
  const entries = node?.entries ?? [];
  const names = Object.keys(fields);
  for (const { key, keyNode, value } of entries) {
    const field = fields[key];
    if (field === undefined) keyNode.issue(`${owner} has no input "${key}"${suggestion(key, names)}`);
    else checkValue(value, key, field, typeOf);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (isRequired(field) && !entries.some(({ key }) => key === name))
      place.issue(`${owner} requires the input "${name}"`);
  }
}

function checkValue(node: YamlNode, name: string, field: Field, typeOf: TypeOfReference): void {
  const references = node.text === undefined ? [] : referencesIn(node);
  const whole = references.find((reference) => reference.whole);
  if (whole !== undefined) {
    const type = typeOf(whole.path);
    if (type !== undefined && !fits(type, field.type)) {
      node.issue(`input "${name}" must be a ${field.type}, but \${${whole.path.join(".")}} is a ${type}`);
    }
  } else if (references.length > 0) {
    if (!fits("string", field.type))
      node.issue(`input "${name}" must be a ${field.type}, but a text with \${...} inside is a string`);
  } else if (field.properties !== undefined && node.entries !== undefined) {
    checkFields(node, field.properties, `"${name}"`, node, typeOf);
  } else {
    const wrong = mismatch(field, node.value);
    if (wrong !== undefined) node.issue(`input "${name}" ${wrong}`);
  }
}

/** Everything but numbers, objects and arrays travels as text. */
function fits(given: FieldType, wanted: FieldType): boolean {
  const kind = (type: FieldType) =>
    type === "number" || type === "object" || type === "array" ? type : "text";
  return kind(given) === kind(wanted);
}
