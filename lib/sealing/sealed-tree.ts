/** Sealing inside a JSON value: which leaves are sealed, and how all of them are opened. */
import { isRecord } from "../untrusted.ts";
import { isSealed, type Sealer } from "./sealing.ts";

/**
 * A workflow's input, where any text may be personal: texts sealed, and whole objects and lists, whose names and numbers are
 * texts of a caller's too. Readable stay the fields' own names, and their numbers and flags.
 */
export function sealInput(
  input: Readonly<Record<string, unknown>>,
  sealer: Sealer,
  context: string,
): Record<string, unknown> {
  const sealed = (value: unknown) =>
    typeof value === "string" || (typeof value === "object" && value !== null)
      ? sealer.seal(value, context)
      : value;
  return Object.fromEntries(Object.entries(input).map(([name, value]) => [name, sealed(value)]));
}

/**
 * The values at `paths` sealed. A text that merely looks sealed is sealed too, so that opening finds only what we sealed.
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
      return sealer.seal(node, context);
    }
    if (Array.isArray(node)) return node.map((item, i) => seal(item, [...at, String(i)]));
    if (isRecord(node)) {
      return Object.fromEntries(Object.entries(node).map(([key, item]) => [key, seal(item, [...at, key])]));
    }
    return isSealed(node) ? sealer.seal(node, context) : node;
  };
  return seal(value, []);
}

/** Every sealed text in `value` opened. Throws when one does not open. */
export function openTree(value: unknown, sealer: Sealer, context: string): unknown {
  return mapLeaves(value, (leaf) => (isSealed(leaf) ? sealer.open(leaf, context) : leaf));
}

/** Every sealed text in `value` replaced by `[sealed]`, for showing. */
export function maskTree(value: unknown): unknown {
  return mapLeaves(value, (leaf) => (isSealed(leaf) ? "[sealed]" : leaf));
}

function mapLeaves(value: unknown, change: (leaf: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => mapLeaves(item, change));
  if (isRecord(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapLeaves(item, change)]));
  }
  return change(value);
}
