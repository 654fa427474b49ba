/** generated/client/: the types of the client in client/, from the schemas of the OpenAPI document, and the ids of what only reads. */
import { compile } from "json-schema-to-typescript";
import type { JsonSchema } from "../../lib/compiler/contract/json-schema.ts";
import type { openApiDocument } from "../../lib/compiler/openapi/document.ts";
import { schemaRef, typeName } from "../../lib/compiler/openapi/operation.ts";
import { AUDIT_SCHEMAS } from "../../lib/compiler/openapi/service.ts";
import type { Project } from "./load-project.ts";
import { BANNER, type Output } from "./output.ts";

export async function generateClientTypes(
  output: Output,
  { contracts, workflows }: Project,
  { components }: ReturnType<typeof openApiDocument>,
): Promise<void> {
  const capabilities = contracts.map(({ capabilityId }) => capabilityId);
  const ids = workflows.map(({ workflowId }) => workflowId);
  const byId = (names: readonly string[], suffix: string): JsonSchema => ({
    type: "object",
    properties: Object.fromEntries(names.map((id) => [id, schemaRef(typeName(id) + suffix)])),
    required: names,
    additionalProperties: false,
  });
  const document = {
    title: "ClientTypes",
    ...byId([], ""),
    properties: {
      inputs: { title: "CapabilityInputs", ...byId(capabilities, "Inputs") },
      outputs: { title: "CapabilityOutputs", ...byId(capabilities, "Outputs") },
      workflowInputs: { title: "WorkflowInputs", ...byId(ids, "Input") },
      workflowRuns: { title: "WorkflowRuns", ...byId(ids, "Run") },
      problem: schemaRef("Problem"),
      startedRun: schemaRef("StartedRun"),
      runSummary: schemaRef("RunSummary"),
      auditEntry: schemaRef("AuditEntry"),
      auditParameters: { title: "AuditParameters", ...AUDIT_PARAMETERS },
    },
    components: { schemas: components.schemas },
  };
  const types = await compile(document, "ClientTypes", {
    bannerComment: "",
    format: false,
    additionalProperties: false,
  });
  output.write("client/types.ts", BANNER + types);
  const reading = contracts
    .filter(({ readOnly }) => readOnly === true)
    .map(({ capabilityId }) => capabilityId);
  output.write(
    "client/reading.ts",
    `${BANNER}export const READING: readonly string[] = ${JSON.stringify(reading)};\n`,
  );
}

/** What the client's caller can ask for: pages are the client's business. */
const AUDIT_PARAMETERS: JsonSchema = {
  type: "object",
  properties: Object.fromEntries(
    Object.entries(AUDIT_SCHEMAS).filter(([name]) => name !== "limit" && name !== "cursor"),
  ),
  additionalProperties: false,
};
