/** Builds conditions from named parts, so that each part can be read and tested on its own. */
import { present } from "../present.ts";
import type { Condition, Item } from "./dynamodb.ts";

/** Holds when every part holds; parts that are undefined are left out. */
export const allOf = (...parts: readonly (Condition | undefined)[]): Condition => combine("AND", parts);

/** Holds when at least one part holds; parts that are undefined are left out. */
export const anyOf = (...parts: readonly (Condition | undefined)[]): Condition => combine("OR", parts);

/** A name such as `#state` and a value such as `:now` must mean the same in every part. */
function combine(operator: "AND" | "OR", parts: readonly (Condition | undefined)[]): Condition {
  const given = parts.filter((part) => part !== undefined);
  const [single, second] = given;
  if (single !== undefined && second === undefined) return single;
  const names: Record<string, string> = Object.assign({}, ...given.map((part) => part.names));
  const values: Item = Object.assign({}, ...given.map((part) => part.values));
  const [only, ...others] = given.map((part) => part.expression);
  // DynamoDB refuses redundant parentheses, so a single part gets none.
  const expression =
    others.length === 0 ? only : [only, ...others].map((part) => `(${part})`).join(` ${operator} `);
  return {
    ...present({ expression }),
    // Nor does it accept an empty map.
    ...(Object.keys(names).length === 0 ? {} : { names }),
    ...(Object.keys(values).length === 0 ? {} : { values }),
  };
}
