/**
 * Seals values inside a JSON value, and opens them again. Every value is bound to its context and to its place in the JSON
 * value: moved to another field, it does not open.
 */
import { isRecord } from "../untrusted.ts";
import { isSealed, type Sealer } from "./sealing.ts";

/**
 * A workflow's input, in which any text can be personal, with all text sealed. Objects and lists are sealed as a whole,
 * because their names and numbers also come from a caller. The top-level names, numbers and flags stay readable.
 */
export function sealInput(
  input: Readonly<Record<string, unknown>>,
  sealer: Sealer,
  context: string,
): Record<string, unknown> {
  const sealed = (name: string, value: unknown) =>
    typeof value === "string" || (typeof value === "object" && value !== null)
      ? sealer.seal(value, placeIn(context, [name]))
      : value;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, sealed(name, value)]));
}

/**
 * `value` with the values at `paths` sealed. Text that only looks sealed is sealed too, so that opening finds only our own.
 */
export function sealPaths(
  value: unknown,
  paths: readonly (readonly string[])[],
  sealer: Sealer,
  context: string,
): unknown {
  const seal = (node: unknown, at: readonly string[]): unknown => {
    if (node === undefined) return node;
    if (
      paths.some(
        (path) => path.length === at.length && path.every((part, i) => part === at[i] || part === "*"),
      )
    ) {
      return sealer.seal(node, placeIn(context, at));
    }
    if (Array.isArray(node)) return node.map((item, i) => seal(item, [...at, String(i)]));
    if (isRecord(node)) {
      return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, seal(item, [...at, key])]));
    }
    return isSealed(node) ? sealer.seal(node, placeIn(context, at)) : node;
  };
  return seal(value, []);
}

/** `value` with every sealed text opened. Throws if one does not open, or was sealed for another place. */
export function openTree(value: unknown, sealer: Sealer, context: string): unknown {
  return mapLeaves(value, (leaf, at) => (isSealed(leaf) ? sealer.open(leaf, placeIn(context, at)) : leaf));
}

/** `value` with every sealed text replaced by `[sealed]`, for display. */
export function maskTree(value: unknown): unknown {
  return mapLeaves(value, (leaf) => (isSealed(leaf) ? "[sealed]" : leaf));
}

function mapLeaves(
  value: unknown,
  change: (leaf: unknown, at: readonly string[]) => unknown,
  at: readonly string[] = [],
): unknown {
  if (Array.isArray(value)) return value.map((item, i) => mapLeaves(item, change, [...at, String(i)]));
  if (isRecord(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change, [...at, key])]),
    );
  }
  return change(value, at);
}

/** The context of a value at this path. */
const placeIn = (context: string, path: readonly string[]) => `${context} ${JSON.stringify(path)}`;
