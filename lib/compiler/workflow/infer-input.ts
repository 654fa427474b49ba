/**
 * The schema of a workflow's input. Declared inputs are used unchanged. Otherwise the schema is inferred from use: a
 * reference that is the whole value of a capability's input gets that input's schema, and is required where that input is.
 */
import { type Field, fieldNamed, fits, isRequired, withArticle } from "../contract/field.ts";
import { fieldSchema, type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { KnownContracts } from "../contract/load-contract.ts";
import { contractOf, inputsNode } from "./contract-of-step.ts";
import { type Reference, referencesIn } from "./references.ts";
import type { Workflow } from "./workflow.ts";

interface Use {
  readonly name: string;
  readonly reference: Reference;
  /** The contract's field that the value goes into; undefined if it goes anywhere else. */
  readonly field: Field | undefined;
}

export function inputSchema(workflow: Workflow, contracts: KnownContracts): JsonSchema {
  if (workflow.inputs !== undefined) return objectSchema(workflow.inputs);
  const uses = usesOf(workflow, contracts);
  const names = [...new Set(uses.map(({ name }) => name))];
  const fieldsOf = (name: string) =>
    uses.flatMap((use) => (use.name === name && use.field !== undefined ? [use.field] : []));
  return {
    type: "object",
    properties: Object.fromEntries(names.map((name) => [name, schemaFor(fieldsOf(name))])),
    required: names.filter((name) => fieldsOf(name).some(isRequired)),
    additionalProperties: false,
  };
}

/** What the inputs are for, by name, as the capabilities that get them say it first: for people. */
export function inputDescriptions(
  workflow: Workflow,
  contracts: KnownContracts,
): Readonly<Record<string, string>> {
  const found = usesOf(workflow, contracts).flatMap(({ name, field }) =>
    field?.description === undefined ? [] : [[name, field.description] as const],
  );
  return Object.fromEntries(found.toReversed());
}

/** Notes an undeclared input that no value could satisfy: used as a number here and as text there. */
export function checkInferredInput(workflow: Workflow, contracts: KnownContracts): void {
  if (workflow.inputs !== undefined) return;
  const first = new Map<string, Field>();
  for (const { name, field, reference } of usesOf(workflow, contracts)) {
    if (field === undefined) continue;
    const before = first.get(name) ?? field;
    first.set(name, before);
    if (!fits(field.type, before.type)) {
      reference.node.issue(
        `${reference.text} must be ${withArticle(field.type)} here, but is ${withArticle(before.type)} where it is used first`,
      );
    }
  }
}

/** All constraints of all uses apply. Defaults and descriptions belong to the capability and stay there. */
function schemaFor(fields: readonly Field[]): JsonSchema {
  const schemas = fields.map((field) => {
    const { default: _default, description: _description, ...constraints } = fieldSchema(field);
    return constraints;
  });
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length <= 1 ? (distinct[0] ?? {}) : { allOf: distinct };
}

function usesOf(workflow: Workflow, contracts: KnownContracts): Use[] {
  return workflow.steps.flatMap((step) => {
    const inputs = inputsNode(step)?.entries ?? [];
    return inputs.flatMap(({ key, value }) =>
      referencesIn(value)
        .filter(({ path }) => path[0] === "input")
        .map((reference): Use => {
          const { path, whole } = reference;
          const direct = whole && path.length === 2 && value.text !== undefined;
          const inputs = contractOf(step, contracts)?.inputs ?? {};
          return {
            name: path[1] ?? "",
            reference,
            field: direct ? fieldNamed(inputs, key) : undefined,
          };
        }),
    );
  });
}
