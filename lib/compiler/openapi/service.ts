/** The paths that belong to no capability and no workflow: the audit log, the health check and this document. Pure. */
import {
  AUDIT_EVENT_TYPES,
  AUDIT_RESOURCE_TYPES,
  AUDIT_RESULTS,
  type AuditEntry,
} from "../../audit/audit-entry.ts";
import { AUDIT_PARAMETERS, MAX_DAYS } from "../../audit/query-parameters.ts";
import { EFFECTS } from "../../policy/policy.ts";
import type { JsonSchema } from "../contract/json-schema.ts";
import {
  type DocumentPart,
  headerRef,
  INTEGER,
  listOf,
  objectOf,
  oneOf,
  type Parameter,
  type Response,
  schemaRef,
  TEXT,
  TIME,
} from "./operation.ts";
import { CODES, refusedWith } from "./refusals.ts";

export const SERVICE_TAG = "Service";

type SchemasOf<T> = Readonly<Record<keyof T, JsonSchema>>;

const ENTRY = {
  timestamp: { ...TIME, description: "UTC; when the attempt began" },
  eventId: TEXT,
  eventType: oneOf(AUDIT_EVENT_TYPES),
  actor: objectOf({ id: TEXT, roles: listOf(TEXT) }, { ipAddress: TEXT }),
  resource: objectOf({ type: oneOf(AUDIT_RESOURCE_TYPES), id: TEXT }, { version: TEXT }),
  action: TEXT,
  result: oneOf(AUDIT_RESULTS),
  requestId: TEXT,
  objects: listOf({
    ...TEXT,
    description: "An object of Stripe, an event or a run that the attempt touched",
  }),
  metadata: objectOf({}, { inputs: {}, outputs: {} }),
} satisfies Partial<SchemasOf<AuditEntry>>;

const ENTRY_OPTIONAL = {
  durationMs: INTEGER,
  stripeRequestId: TEXT,
  code: oneOf(CODES),
  declineCode: TEXT,
  policyDecision: objectOf({ decision: oneOf(EFFECTS), ruleId: TEXT, reason: TEXT }),
} satisfies SchemasOf<Omit<AuditEntry, keyof typeof ENTRY>>;

const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  AuditEntry: {
    ...objectOf(ENTRY, ENTRY_OPTIONAL),
    description: "An attempt. A field that the policy masks has the value [REDACTED]",
  },
  AuditPage: objectOf(
    { entries: listOf(schemaRef("AuditEntry")) },
    {
      next: { type: "string", description: "`cursor` for the next page" },
      unverified: {
        type: "integer",
        description: "How many entries were left out because somebody changed them or added them",
      },
    },
  ),
  Health: objectOf({ status: oneOf(["ok"]), stage: TEXT }),
};

/** The schema of each parameter of `GET /api/audit`. */
export const AUDIT_SCHEMAS: Readonly<Record<(typeof AUDIT_PARAMETERS)[number], JsonSchema>> = {
  resource: { ...TEXT, description: "Id of what was called: a capability, a workflow, an event, or `audit`" },
  actor: { ...TEXT, description: "Id of the caller" },
  object: { ...TEXT, description: "Id of an object that the attempt touched, such as pi_..." },
  result: oneOf(AUDIT_RESULTS),
  from: {
    ...TEXT,
    description: `UTC, included: a time or a day. At most ${MAX_DAYS} days before \`to\`, unless \`object\` is given`,
  },
  to: { ...TEXT, description: "UTC, excluded; now by default" },
  limit: { type: "integer", minimum: 1, maximum: 100, default: 50 },
  cursor: { ...TEXT, description: "`next` of the previous page, unchanged" },
};

/** The paths of the service itself, and their schemas. */
export const SERVICE_PATHS: DocumentPart = {
  paths: {
    "/api/audit": {
      get: {
        operationId: "readAudit",
        summary: "Reads the audit log, the newest entry first",
        description: "By default the last 24 hours, or all entries of one `object`.",
        tags: [SERVICE_TAG],
        parameters: AUDIT_PARAMETERS.map((name): Parameter => {
          const { description, ...schema } = AUDIT_SCHEMAS[name];
          return { name, in: "query", ...(typeof description === "string" ? { description } : {}), schema };
        }),
        responses: {
          "200": found("A page of entries", schemaRef("AuditPage")),
          ...refusedWith(
            "UNAUTHENTICATED",
            "FORBIDDEN",
            "VALIDATION_FAILED",
            "RATE_LIMITED",
            "INTERNAL_ERROR",
            "SERVICE_UNAVAILABLE",
            "TIMEOUT",
          ),
        },
      },
    },
    "/api/health": {
      get: {
        operationId: "getHealth",
        summary: "Says that the API is up",
        description: "It calls nothing else.",
        tags: [SERVICE_TAG],
        security: [],
        responses: {
          "200": found("The API is up", schemaRef("Health")),
          ...refusedWith("RATE_LIMITED", "INTERNAL_ERROR"),
        },
      },
    },
    "/api/openapi.json": {
      get: {
        operationId: "getOpenApi",
        summary: "Returns this document",
        description: "It is made from the contracts and workflows that are deployed.",
        tags: [SERVICE_TAG],
        security: [],
        responses: {
          "200": found("An OpenAPI 3.1 document", { type: "object" }),
          ...refusedWith("RATE_LIMITED", "INTERNAL_ERROR"),
        },
      },
    },
  },
  schemas: SCHEMAS,
};

function found(description: string, schema: JsonSchema): Response {
  return {
    description,
    headers: { "X-Request-Id": headerRef("RequestId") },
    content: { "application/json": { schema } },
  };
}
