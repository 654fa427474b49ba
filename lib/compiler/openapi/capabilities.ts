/** The paths of the capabilities. Pure. */
import type { ProblemCode } from "../../errors.ts";
import { present } from "../../present.ts";
import { AREAS } from "../contract/areas.ts";
import { isRequired } from "../contract/field.ts";
import { fieldSchema, type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { openSchema, portableSchema } from "../contract/portable-schema.ts";
import { queryFields } from "../contract/query-fields.ts";
import {
  type DocumentPart,
  headerRef,
  methodName,
  type Operation,
  type Parameter,
  type PathItem,
  parameterRef,
  type Response,
  schemaRef,
  typeName,
} from "./operation.ts";
import { refusedWith } from "./refusals.ts";

/** Of capabilities whose contract names no area. */
export const OTHER_CAPABILITIES = "Other capabilities";

/** `responses`: the outputs of the calls of the contracts' examples, by capability. */
export function capabilityPaths(
  contracts: readonly Contract[],
  responses: Readonly<Record<string, unknown>>,
): DocumentPart {
  return {
    paths: Object.fromEntries(
      contracts.map((contract) => [
        `/api/capabilities/${contract.capabilityId}`,
        pathOf(contract, responses[contract.capabilityId]),
      ]),
    ),
    schemas: Object.fromEntries(contracts.flatMap(schemasOf)),
  };
}

function schemasOf({ capabilityId, inputs, outputs }: Contract): readonly (readonly [string, JsonSchema])[] {
  const name = typeName(capabilityId);
  return [
    [`${name}Inputs`, portableSchema(objectSchema(inputs))],
    [`${name}Outputs`, openSchema(portableSchema(objectSchema(outputs)))],
  ];
}

function pathOf(contract: Contract, response: unknown): PathItem {
  const { capabilityId, readOnly, inputs, example } = contract;
  const name = typeName(capabilityId);
  const shared = {
    summary: contract.description ?? capabilityId,
    description: consequences(contract),
    tags: [contract.area === undefined ? OTHER_CAPABILITIES : AREAS[contract.area]],
    responses: { "200": success(contract, response), ...refusedWith(...codesOf(contract)) },
  };
  const post: Operation = {
    operationId: methodName(capabilityId),
    ...shared,
    ...(readOnly === true ? {} : { parameters: [parameterRef("IdempotencyKey")] }),
    requestBody: {
      required: true,
      content: { "application/json": { schema: schemaRef(`${name}Inputs`), ...present({ example }) } },
    },
  };
  const query = queryFields({ inputs, ...present({ readOnly }) });
  if (query === undefined) return { post };
  const names = Object.keys(query.types);
  const parameters = names.map((input) => queryParameter(input, contract));
  return { get: { operationId: `get${name}`, ...shared, parameters }, post };
}

function consequences({ readOnly, notifications = [] }: Contract): string {
  if (readOnly === true) return "Only reads.";
  if (notifications.length === 0) return "No notification follows.";
  return `Notifications that can follow, immediately or later: ${notifications.map((type) => `\`${type}\``).join(", ")}.`;
}

function queryParameter(name: string, { inputs, example = {} }: Contract): Parameter {
  const field = inputs[name];
  if (field === undefined) throw new Error(`There is no input ${name}`);
  const { description, ...schema } = fieldSchema(field);
  return {
    name,
    in: "query",
    ...(isRequired(field) ? { required: true } : {}),
    ...(typeof description === "string" ? { description } : {}),
    ...(field.type === "array" ? { style: "form", explode: false } : {}),
    schema: { ...schema, ...present({ examples: listed(example[name]) }) },
  };
}

const listed = (value: unknown) => (value === undefined ? undefined : [value]);

function success({ capabilityId, readOnly }: Contract, example: unknown): Response {
  return {
    description: "The outputs",
    headers: {
      "X-Request-Id": headerRef("RequestId"),
      ...(readOnly === true ? {} : { "Idempotency-Replayed": headerRef("IdempotencyReplayed") }),
    },
    content: {
      "application/json": {
        schema: schemaRef(`${typeName(capabilityId)}Outputs`),
        ...present({ example }),
      },
    },
  };
}

/** Those of the pipeline, and those of Stripe's refusals. */
function codesOf({ provider, readOnly }: Contract): readonly ProblemCode[] {
  const changes: readonly ProblemCode[] =
    readOnly === true ? [] : ["APPROVAL_REQUIRED", "CONFLICT", "PRECONDITION_FAILED"];
  const ofStripe: readonly ProblemCode[] =
    readOnly === true ? ["NOT_FOUND"] : ["PAYMENT_REQUIRED", "NOT_FOUND"];
  return [
    "BAD_REQUEST",
    "UNAUTHENTICATED",
    "FORBIDDEN",
    ...(provider.type === "stripe" ? ofStripe : []),
    ...changes,
    "PAYLOAD_TOO_LARGE",
    "VALIDATION_FAILED",
    "RATE_LIMITED",
    "INTERNAL_ERROR",
    "BAD_GATEWAY",
    "SERVICE_UNAVAILABLE",
    "TIMEOUT",
  ];
}
