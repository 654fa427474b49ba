/** Which capabilities a GET request may call: those that read, and whose inputs fit into a query string. Pure. */
import type { CapabilityContract, QueryTypes } from "../../capability/capability.ts";
import type { Field, Fields } from "./field.ts";
import type { Contract } from "./load-contract.ts";
import { sensitivePaths } from "./sensitive-fields.ts";

/** How a query string carries the inputs; undefined for a capability that GET must not call. */
export function queryFields({
  inputs,
  readOnly,
}: Pick<Contract, "inputs" | "readOnly">): CapabilityContract<unknown, unknown>["query"] {
  if (readOnly !== true) return undefined;
  const bodyOnly = sensitivePaths(inputs).map(([name = ""]) => name);
  const open = Object.entries(inputs).filter(([name]) => !bodyOnly.includes(name));
  const types = open.map(([name, field]) => [name, queryType(field)] as const);
  const known = types.flatMap(([name, type]) => (type === undefined ? [] : [[name, type] as const]));
  if (known.length < types.length || isAnyRequired(inputs, bodyOnly)) return undefined;
  return { types: Object.fromEntries(known), bodyOnly };
}

function isAnyRequired(inputs: Fields, names: readonly string[]): boolean {
  return names.some((name) => inputs[name]?.optional !== true && inputs[name]?.default === undefined);
}

function queryType({ type, items }: Field): QueryTypes[string] | undefined {
  switch (type) {
    case "number":
    case "boolean":
      return type;
    case "string":
    case "timestamp":
      return "text";
    case "array":
      return items?.type === "string" ? "list" : undefined;
    default:
      return undefined;
  }
}
