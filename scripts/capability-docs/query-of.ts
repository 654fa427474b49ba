/** The inputs of an example as the query of a GET request. Pure. */
import type { Contract } from "../../lib/compiler/contract/load-contract.ts";
import { queryFields } from "../../lib/compiler/contract/query-fields.ts";

/** The text of each input, by name; undefined if only the body of a POST can carry them. */
export function queryOf(contract: Contract, inputs: object): Readonly<Record<string, string>> | undefined {
  const query = queryFields(contract);
  if (query === undefined || query.bodyOnly.some((name) => Object.hasOwn(inputs, name))) return undefined;
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [name, String(value)]));
}
