/**
 * Moves resources of a template into a nested stack, because a stack can have at most 500. What they refer to stays outside and
 * is passed on as parameters, so that nothing else has to know in which of the two stacks a resource is. Pure.
 */
import { fieldOf, fieldsOf, isRecord, listOf } from "../lib/untrusted.ts";

/**
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
 */
export const CLOUDFORMATION_LIMITS = {
  resources: 500,
  parameters: 200,
  outputs: 200,
  bytes: 1_000_000,
} as const;

type Resources = Readonly<Record<string, unknown>>;

export interface Split {
  /** The resources that stay. */
  readonly kept: Resources;
  /** The template of the nested stack. */
  readonly nested: Readonly<Record<string, unknown>>;
  /** The values of the nested template's parameters, as the stack outside writes them. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/**
 * Splits `resources` by `isMoved`. Throws an Error if one that stays refers to one that is moved, or if a name would be used
 * twice: the split would change what the template means.
 */
export function splitResources(
  resources: Resources,
  isMoved: (type: string) => boolean,
  description: string,
): Split {
  const entries = Object.entries(resources);
  const isOfMoved = ([, resource]: (typeof entries)[number]) => isMoved(String(fieldOf(resource, "Type")));
  const moved = Object.fromEntries(entries.filter(isOfMoved));
  const kept = Object.fromEntries(entries.filter((entry) => !isOfMoved(entry)));
  for (const [id, resource] of Object.entries(kept)) {
    const [first] = referencesIn(resource).filter(({ id: of }) => Object.hasOwn(moved, of));
    if (first !== undefined) throw new Error(`${id} refers to ${first.id}, which is in the nested stack`);
  }
  const parameters: Record<string, unknown> = {};
  const passedOn = ({ id, attribute }: Reference): string | undefined => {
    if (!Object.hasOwn(kept, id)) return undefined;
    const name = `${id}${(attribute ?? "").replaceAll(/\W/g, "")}`;
    if (Object.hasOwn(moved, name)) throw new Error(`${name} is a resource, and cannot be a parameter, too`);
    parameters[name] = attribute === undefined ? { Ref: id } : { "Fn::GetAtt": [id, attribute] };
    return name;
  };
  const Resources = Object.fromEntries(
    Object.entries(moved).map(([id, resource]) => [id, withParameters(resource, passedOn)]),
  );
  const Parameters = Object.fromEntries(
    Object.keys(parameters)
      .sort()
      .map((name) => [name, { Type: "String" }]),
  );
  return {
    kept,
    nested: {
      AWSTemplateFormatVersion: "2010-09-09",
      Description: description,
      ...(Object.keys(Parameters).length === 0 ? {} : { Parameters }),
      Resources,
    },
    parameters: Object.fromEntries(Object.entries(parameters).sort(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** A resource's value, or one of its attributes. */
export interface Reference {
  readonly id: string;
  readonly attribute?: string;
}

const VARIABLE = /\$\{(\w+)(?:\.([\w.]+))?\}/g;

/** The value with every reference that `nameOf` has a parameter for replaced by that parameter. */
function withParameters(value: unknown, nameOf: (reference: Reference) => string | undefined): unknown {
  if (Array.isArray(value)) return value.map((one) => withParameters(one, nameOf));
  if (!isRecord(value)) return value;
  const reference = referenceOf(value);
  const name = reference === undefined ? undefined : nameOf(reference);
  if (name !== undefined) return { Ref: name };
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      key === "Fn::Sub" && typeof inner === "string"
        ? inner.replaceAll(VARIABLE, (whole, id: string, attribute: string | undefined) => {
            const parameter = nameOf(toReference(id, attribute));
            return parameter === undefined ? whole : `\${${parameter}}`;
          })
        : withParameters(inner, nameOf),
    ]),
  );
}

/** Every resource that the value refers to, pseudo parameters and DependsOn included. */
export function referencesIn(value: unknown): Reference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isRecord(value)) return [];
  const reference = referenceOf(value);
  if (reference !== undefined) return [reference];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (key === "DependsOn") return [inner].flat().map((id) => ({ id: String(id) }));
    if (key === "Fn::Sub" && typeof inner === "string")
      return [...inner.matchAll(VARIABLE)].map(([, id = "", attribute]) => toReference(id, attribute));
    return referencesIn(inner);
  });
}

function referenceOf(value: Readonly<Record<string, unknown>>): Reference | undefined {
  const { Ref, "Fn::GetAtt": getAtt } = fieldsOf(value);
  if (typeof Ref === "string") return { id: Ref };
  const [id, ...attribute] = typeof getAtt === "string" ? getAtt.split(".") : listOf(getAtt).map(String);
  return id === undefined ? undefined : toReference(id, attribute.join("."));
}

const toReference = (id: string, attribute: string | undefined): Reference =>
  attribute === undefined || attribute === "" ? { id } : { id, attribute };
