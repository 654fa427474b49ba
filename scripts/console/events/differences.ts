/**
 * Compares the recorded part of an object as the event told it, as our table has it and as Stripe has it now, field by field.
 * Whether fields are equal is decided here, because the page does not get values that are personal. Pure.
 */
import { isRecord } from "../../../lib/untrusted.ts";

/** A value that the page gets as text, or why it does not. */
export type Shown = string | { readonly hidden: true };

export interface Difference {
  /** Such as `status` or `items[0].quantity`. */
  readonly field: string;
  /** Left out where the field does not exist. */
  readonly event?: Shown;
  readonly record?: Shown;
  readonly stripe?: Shown;
  readonly isEqual: boolean;
}

export interface Sides {
  readonly event?: unknown;
  readonly record?: unknown;
  /** The object at Stripe now. */
  readonly stripe?: unknown;
}

const SIDES = ["event", "record", "stripe"] as const;

/** Fields of people and of the application: `npm run events -- drift` names them only, too. */
const PERSONAL = /^(?:email|metadata)(?:[.[]|$)/;

/** Every field of any side, in alphabetical order. A side that is not there is not compared. */
export function differencesBetween(sides: Sides): Difference[] {
  const known = SIDES.flatMap((side) =>
    sides[side] === undefined ? [] : [[side, leavesOf(sides[side])] as const],
  );
  const fields = [...new Set(known.flatMap(([, leaves]) => [...leaves.keys()]))].sort();
  return fields.map((field) => {
    const values = known.map(([side, leaves]) => [side, leaves.get(field)] as const);
    const [, first] = values[0] ?? [];
    return {
      field,
      isEqual: values.every(([, value]) => value === first),
      ...Object.fromEntries(
        values.flatMap(([side, value]) => (value === undefined ? [] : [[side, shown(field, value)]])),
      ),
    };
  });
}

const shown = (field: string, value: string): Shown => (PERSONAL.test(field) ? { hidden: true } : value);

/** The values without parts, as JSON, by their place. An empty list or object has no parts, so it is a value. */
export function leavesOf(value: unknown): ReadonlyMap<string, string> {
  const leaves = new Map<string, string>();
  const visit = (node: unknown, place: string) => {
    if (Array.isArray(node) && node.length > 0)
      for (const [index, part] of node.entries()) visit(part, `${place}[${index}]`);
    else if (isRecord(node) && Object.keys(node).length > 0)
      for (const [name, part] of Object.entries(node)) visit(part, placeIn(place, name));
    else leaves.set(place, JSON.stringify(node) ?? "null");
  };
  visit(value, "");
  return leaves;
}

/** Two places are never written alike: metadata can have any names. */
function placeIn(place: string, name: string): string {
  const written = name === "" ? '""' : name.replaceAll(/[.[\]"\\]/g, "\\$&");
  return place === "" ? written : `${place}.${written}`;
}
