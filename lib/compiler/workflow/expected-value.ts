/** What is known of a reference's value before the workflow runs: its type, and why it can be absent. */
import { type Field, type Fields, type FieldType, fieldNamed } from "../contract/field.ts";
import type { KnownContracts } from "../contract/load-contract.ts";
import { contractOf } from "./contract-of-step.ts";
import {
  alwaysSucceededBefore,
  reachableFrom,
  successor,
  type Workflow,
  type WorkflowStep,
} from "./workflow.ts";

export interface Expected {
  /** undefined: not known beforehand. */
  readonly type?: FieldType;
  /** Why the value can be absent; undefined if it is always present, or if nothing is known. */
  readonly absence?: string;
}

/** What `path` (`steps.a.output.x`) resolves to in `step`. */
export function expectedValue(
  workflow: Workflow,
  step: WorkflowStep,
  path: readonly string[],
  contracts: KnownContracts,
): Expected {
  const [root, name = "", ...rest] = path;
  if (root === "input") {
    return workflow.inputs === undefined ? {} : ofField(workflow.inputs, [name, ...rest]);
  }
  if (root === "error") {
    return name === "step" || name === "declineCode"
      ? { type: "string", absence: "not every failure has one" }
      : { type: "string" };
  }
  const source = workflow.steps.find(({ id }) => id === name);
  const contract = source === undefined ? undefined : contractOf(source, contracts);
  if (source === undefined || contract === undefined) return {};
  const expected: Expected =
    rest.length === 1 ? { type: "object" } : ofField(contract.outputs, rest.slice(1));
  // A step that can never have succeeded is a mistake of its own.
  const canHaveRun = reachableFrom(workflow, successor(workflow, source)).has(step.id);
  if (!canHaveRun || alwaysSucceededBefore(workflow, step).has(source.id)) return expected;
  return { ...expected, absence: `"${step.id}" can run without "${source.id}" having succeeded` };
}

function ofField(fields: Fields, [name = "", ...deeper]: readonly string[]): Expected {
  const field = fieldNamed(fields, name);
  if (field === undefined) return {};
  if (deeper.length === 0) {
    return field.optional === true && field.default === undefined
      ? { type: field.type, absence: `"${name}" is optional` }
      : { type: field.type };
  }
  const below = inside(field, deeper);
  return below === undefined ? {} : ofField(...below);
}

/** Where a path continues inside a field: among the properties of an object, or in the items of an array. */
function inside(field: Field, path: readonly string[]): [Fields, readonly string[]] | undefined {
  if (field.properties !== undefined) return [field.properties, path];
  const [index = "", ...deeper] = path;
  if (field.items === undefined) return undefined;
  return [{ [index]: { ...field.items, optional: true } }, [index, ...deeper]];
}
