/** The parts of an OpenAPI 3.1 document that its other modules put together. Types only, and the names of operations. Pure. */
import type { JsonSchema } from "../contract/json-schema.ts";

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: JsonSchema;
  /** Of a list in the query: one parameter, with commas between its items. */
  readonly style?: "form";
  readonly explode?: false;
}

export interface Ref {
  readonly $ref: string;
}

export interface MediaType {
  readonly schema: JsonSchema;
  readonly example?: unknown;
  /** Several, by name. */
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

export interface Response {
  readonly description: string;
  readonly headers?: Readonly<Record<string, Ref>>;
  readonly content?: Readonly<Record<string, MediaType>>;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly tags: readonly string[];
  /** An empty list: nobody needs to be authenticated. By default, as the document says. */
  readonly security?: readonly [];
  readonly parameters?: readonly (Parameter | Ref)[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, MediaType>>;
  };
  readonly responses: Readonly<Record<string, Response | Ref>>;
}

export type Method = "get" | "post";
export type PathItem = { readonly [M in Method]?: Operation };

/** A part of the document: paths, and the schemas that they refer to. */
export interface DocumentPart {
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly schemas: Readonly<Record<string, JsonSchema>>;
}

export const schemaRef = (name: string): JsonSchema & Ref => ({ $ref: `#/components/schemas/${name}` });
export const headerRef = (name: string): Ref => ({ $ref: `#/components/headers/${name}` });
export const parameterRef = (name: string): Ref => ({ $ref: `#/components/parameters/${name}` });
export const responseRef = (name: string): Ref => ({ $ref: `#/components/responses/${name}` });

/** `stripe-create-customer` -> `StripeCreateCustomer` */
export function typeName(id: string): string {
  return id
    .split("-")
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `stripe-create-customer` -> `stripeCreateCustomer` */
export function methodName(id: string): string {
  const name = typeName(id);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** The schema of an object whose fields are all present, except the `optional` ones. */
export function objectOf(
  fields: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return { type: "object", properties: { ...fields, ...optional }, required: Object.keys(fields) };
}

export const TEXT: JsonSchema = { type: "string" };
export const INTEGER: JsonSchema = { type: "integer" };
export const TIME: JsonSchema = { type: "string", format: "date-time", description: "UTC" };
export const listOf = (items: JsonSchema): JsonSchema => ({ type: "array", items });
export const oneOf = (values: readonly string[]): JsonSchema => ({ type: "string", enum: values });
