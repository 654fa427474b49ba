/** The OpenAPI 3.1 document of the API, from the contracts and the workflows. Pure. */
import { IDEMPOTENCY_KEY_MAX_LENGTH } from "../../idempotency/idempotency-key.ts";
import { AREA_NAMES, AREAS } from "../contract/areas.ts";
import type { Contract } from "../contract/load-contract.ts";
import type { Workflow } from "../workflow/workflow.ts";
import { APPROVAL_PATHS, APPROVALS_TAG } from "./approvals.ts";
import { capabilityPaths, OTHER_CAPABILITIES } from "./capabilities.ts";
import { type DocumentPart, type Operation, type Parameter, responseRef } from "./operation.ts";
import { PROBLEM_SCHEMA, REFUSALS } from "./refusals.ts";
import { SERVICE_PATHS, SERVICE_TAG } from "./service.ts";
import { WORKFLOWS_TAG, workflowPaths } from "./workflows.ts";

export interface Described {
  /** Of package.json. */
  readonly version: string;
  readonly contracts: readonly Contract[];
  readonly workflows: readonly Workflow[];
  /** The outputs of the calls of the contracts' examples, by capability, as a test has seen them. */
  readonly responses: Readonly<Record<string, unknown>>;
}

/** The document. Every capability and workflow is in it, and every route that is for callers. */
export function openApiDocument({ version, contracts, workflows, responses }: Described) {
  const parts: readonly DocumentPart[] = [
    capabilityPaths(contracts, responses),
    workflowPaths(workflows, contracts),
    APPROVAL_PATHS,
    SERVICE_PATHS,
  ];
  const paths = Object.fromEntries(parts.flatMap((part) => Object.entries(part.paths)));
  const operations = Object.values(paths).flatMap((item) => Object.values(item));
  const schemas = Object.fromEntries(parts.flatMap((part) => Object.entries(part.schemas)));
  return {
    openapi: "3.1.0",
    info: { ...INFO, version },
    servers: [{ url: "/", description: "The API that serves this document" }],
    security: [{ bearer: [] }],
    tags: tagsOf(operations),
    paths,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA, ...schemas },
      responses: refusalsOf(operations),
      parameters: PARAMETERS,
      headers: HEADERS,
      securitySchemes: {
        bearer: {
          type: "http",
          scheme: "bearer",
          description: "An API key of `npm run keys`, or a token of the identity provider of the stage",
        },
      },
    },
  };
}

const INFO = {
  title: "contractspec-stripe",
  summary: "Payments, subscriptions and invoices by Stripe, under your own policies",
  description:
    "Amounts are whole numbers in the currency's smallest unit: 4200 is $42.00, and ¥4200. Times are UTC, in ISO 8601. Lists have `items`, and `next` if there are more: send it as `after`. Send a request that failed with a retryable problem again, with the same Idempotency-Key: nothing is done twice.",
  contact: { name: "The operators of this service" },
  license: { name: "MIT", identifier: "MIT" },
};

/** Those that are used, in the order of docs/capabilities.md. */
function tagsOf(operations: readonly Operation[]) {
  const used = new Set(operations.flatMap(({ tags }) => tags));
  return Object.entries(TAGS)
    .filter(([name]) => used.has(name))
    .map(([name, description]) => ({ name, description }));
}

/** Those that are used. */
function refusalsOf(operations: readonly Operation[]) {
  const used = new Set(
    operations.flatMap(({ responses }) =>
      Object.values(responses).flatMap((response) => ("$ref" in response ? [response.$ref] : [])),
    ),
  );
  return Object.fromEntries(Object.entries(REFUSALS).filter(([name]) => used.has(responseRef(name).$ref)));
}

const TAGS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    AREA_NAMES.map((area) => [AREAS[area], `Capabilities: ${AREAS[area].toLowerCase()}`]),
  ),
  [OTHER_CAPABILITIES]: "Capabilities whose contract names no area",
  [WORKFLOWS_TAG]: "Several steps that survive failures, each a call of a capability or a wait for an event",
  [APPROVALS_TAG]: "Calls that another principal must approve before they run",
  [SERVICE_TAG]: "The audit log, and the service itself",
};

const PARAMETERS: Readonly<Record<string, Parameter>> = {
  IdempotencyKey: {
    name: "Idempotency-Key",
    in: "header",
    required: true,
    description:
      "A value of your own for what is to be done, such as a UUID. With the same key, it is done once, and every call gets the same response",
    schema: {
      type: "string",
      minLength: 1,
      maxLength: IDEMPOTENCY_KEY_MAX_LENGTH,
      pattern: "^[\\x20-\\x7e]+$",
    },
  },
  ApprovalId: { name: "approvalId", in: "path", required: true, schema: { type: "string" } },
  RunId: { name: "runId", in: "path", required: true, schema: { type: "string" } },
};

const HEADERS = {
  RequestId: { description: "Finds the call in the log", schema: { type: "string" } },
  IdempotencyReplayed: {
    description: "true: an earlier call with this Idempotency-Key has done it, and this is its response",
    schema: { type: "string", enum: ["true"] },
  },
  RetryAfter: {
    description: "Seconds after which to send the same request again",
    schema: { type: "integer", minimum: 0 },
  },
  RunLocation: { description: "The path of the run", schema: { type: "string", format: "uri-reference" } },
  WwwAuthenticate: { description: "RFC 6750", schema: { type: "string" } },
};
