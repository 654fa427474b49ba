/**
 * Inputs that a capability or a workflow accepts, made from its schema: a new capability is tested without a new list.
 */
import { type JsonSchema, objectSchema } from "../../lib/compiler/contract/json-schema.ts";
import { contracts, workflowInputs } from "./shipped-project.ts";

export const workflowIds: readonly string[] = Object.keys(workflowInputs);

/** Usual values by the name of the field; the first match is used. */
const BY_NAME: readonly (readonly [RegExp, string | number])[] = [
  [/email|^to$/i, "ada@example.com"],
  [/currency/i, "usd"],
  [/customerId$/i, "cus_ada"],
  [/priceId$/i, "price_1"],
  [/paymentIntentId$/i, "pi_1"],
  [/paymentMethodId$/i, "pm_1"],
  [/subscriptionId$/i, "sub_1"],
  [/invoiceId$/i, "in_1"],
  [/url$/i, "https://shop.example.com/thanks"],
  [/amount/i, 4200],
  [/^template$/, "payment-link"],
];

/** Whether it is a capability that changes nothing, so that a call needs no Idempotency-Key. */
export const isReading = (resource: string): boolean =>
  contracts.some(({ capabilityId, readOnly }) => capabilityId === resource && readOnly === true);

/** The input fields of a capability or a workflow, by name. */
export function fieldsOf(resource: string): Readonly<Record<string, JsonSchema>> {
  return properties(schemaOf(resource));
}

/** Every field with a sample value. */
export function sampleInput(resource: string): Record<string, unknown> {
  return sampleObject(fieldsOf(resource));
}

/** Only the required fields. */
export function leastInput(resource: string): Record<string, unknown> {
  const { required } = schemaOf(resource);
  const isRequired = (name: string) => Array.isArray(required) && required.includes(name);
  return Object.fromEntries(Object.entries(sampleInput(resource)).filter(([name]) => isRequired(name)));
}

function schemaOf(resource: string): JsonSchema {
  const contract = contracts.find(({ capabilityId }) => capabilityId === resource);
  if (contract !== undefined) return objectSchema(contract.inputs);
  const inputs = workflowInputs[resource];
  if (inputs === undefined) throw new Error(`${resource} is not a capability or a workflow`);
  return inputs;
}

function sampleObject(fields: Readonly<Record<string, JsonSchema>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, schema]) => [name, sampleOf(name, schema)]));
}

function sampleOf(name: string, schema: JsonSchema): unknown {
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.enum)) return schema.enum[0];
  const usual = BY_NAME.find(([pattern]) => pattern.test(name))?.[1];
  switch (schema.type) {
    case "number":
    case "integer":
      return typeof usual === "number" ? usual : Number(schema.minimum ?? 1);
    case "boolean":
      return true;
    case "object":
      return schema.properties === undefined ? { order: "1" } : sampleObject(properties(schema));
    case "array":
      return [sampleOf(name, { ...Object(schema.items) })];
    default:
      if (schema.format === "date-time") return "2026-11-25T09:30:00Z";
      return typeof usual === "string" ? usual : "sample";
  }
}

function properties(schema: JsonSchema): Readonly<Record<string, JsonSchema>> {
  return { ...Object(schema.properties) };
}
