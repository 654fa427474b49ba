/**
 * The schema of a workflow's input. Declared inputs are taken as they are; else it is inferred from use: a reference that
 * is the whole value of a capability's input must be what that input must be, and is required where that one is.
 */
import { type Field, isRequired } from "../contract/field.ts";
import { fieldSchema, type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { referencesIn } from "./references.ts";
import type { Workflow } from "./workflow.ts";

interface Use {
  readonly name: string;
  /** The contract's field that the value goes into; undefined where it goes anywhere else. */
  readonly field: Field | undefined;
}

export function inputSchema(workflow: Workflow, contracts: ReadonlyMap<string, Contract>): JsonSchema {
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

/** All constraints of all uses hold. Defaults and descriptions are the capability's own and stay there. */
function schemaFor(fields: readonly Field[]): JsonSchema {
  const schemas = fields.map((field) => {
    const { default: _default, description: _description, ...constraints } = fieldSchema(field);
    return constraints;
  });
  const distinct = [...new Map(schemas.map((schema) => [JSON.stringify(schema), schema])).values()];
  return distinct.length <= 1 ? (distinct[0] ?? {}) : { allOf: distinct };
}

function usesOf(workflow: Workflow, contracts: ReadonlyMap<string, Contract>): Use[] {
  return workflow.steps.flatMap((step) => {
    const inputs = step.node.get("inputs")?.entries ?? [];
    return inputs.flatMap(({ key, value }) =>
      referencesIn(value)
        .filter(({ path }) => path[0] === "input")
        .map(({ path, whole, node }): Use => {
          const direct = whole && path.length === 2 && node.value === value.value && value.text !== undefined;
          return {
            name: path[1] ?? "",
            field: direct ? contracts.get(step.capability)?.inputs[key] : undefined,
          };
        }),
    );
  });
}
