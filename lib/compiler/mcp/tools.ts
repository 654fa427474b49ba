/**
 * The tools for agents: one of each capability, and two of each workflow (start a run, read a run). Their names are the
 * capability's id and OpenAPI's operation ids, in the same form. Pure.
 */
import { CALL_REFERENCE, type Json, type ObjectSchema, type Tool } from "../../mcp/tool.ts";
import { isWithheld } from "../../mcp/withheld.ts";
import { present } from "../../present.ts";
import { fieldsOf, textsOf } from "../../untrusted.ts";
import type { Field, Fields } from "../contract/field.ts";
import { type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { openSchema, portableSchema } from "../contract/portable-schema.ts";
import type { SourceIssue } from "../source/source-issue.ts";
import { inputSchema } from "../workflow/infer-input.ts";
import type { Workflow } from "../workflow/workflow.ts";

/** Every tool, by name. */
export function toolsOf(contracts: readonly Contract[], workflows: readonly Workflow[]): readonly Tool[] {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  return [
    ...contracts.map(capabilityTool),
    ...workflows.flatMap((workflow) => workflowTools(workflow, inputSchema(workflow, known))),
  ].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What keeps tools from being offered: two with one name, or an input with the name of our own argument. */
export function toolIssues(tools: readonly Tool[]): SourceIssue[] {
  return tools.flatMap((tool, index) => {
    const place = { file: fileOf(tool), line: 1, column: 1 };
    const isTaken = tools.findIndex(({ name }) => name === tool.name) < index;
    const isReserved = Object.hasOwn(tool.inputSchema.properties ?? {}, CALL_REFERENCE);
    return [
      ...(isTaken
        ? [{ ...place, message: `there are two tools with the name ${tool.name}; rename one` }]
        : []),
      ...(isReserved
        ? [{ ...place, message: `the input ${CALL_REFERENCE} is an argument of every tool; rename it` }]
        : []),
    ];
  });
}

const fileOf = ({ resource, path }: Tool) =>
  path.startsWith("/api/workflows/") ? `workflows/${resource}.yml` : `functions/${resource}/contract.yml`;

function capabilityTool({ capabilityId, description, readOnly, inputs, outputs }: Contract): Tool {
  return {
    name: capabilityId,
    description: `${description ?? capabilityId}.`,
    inputSchema: ofObject(portableSchema(objectSchema(inputs))),
    outputSchema: ofObject(openSchema(portableSchema(objectSchema(givenFields(outputs))))),
    resource: capabilityId,
    action: readOnly === true ? "read" : "invoke",
    path: `/api/capabilities/${capabilityId}`,
  };
}

function workflowTools({ workflowId, steps }: Workflow, input: JsonSchema): readonly Tool[] {
  const runs = `/api/workflows/${workflowId}/runs`;
  const read = `get-${workflowId}-run`;
  return [
    {
      name: `start-${workflowId}`,
      description: `Starts a run of the workflow ${workflowId}, which goes on after the response: ${steps.map(({ id }) => id).join(", ")}. Ask ${read} for its status. The same arguments start one run, however often you call.`,
      inputSchema: ofObject(portableSchema(input)),
      resource: workflowId,
      action: "start",
      path: runs,
    },
    {
      name: read,
      description: `Reads a run of the workflow ${workflowId}: its status, its steps, and its output or error.`,
      inputSchema: {
        type: "object",
        properties: { runId: { type: "string", description: "Of the response to the start" } },
        required: ["runId"],
        additionalProperties: false,
      },
      resource: workflowId,
      action: "read",
      path: `${runs}/{runId}`,
    },
  ];
}

/** The fields that agents get, at any depth. */
function givenFields(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => (isWithheld(name) ? [] : [[name, givenField(field)]])),
  );
}

function givenField(field: Field): Field {
  return {
    ...field,
    ...present({
      items: field.items && givenField(field.items),
      properties: field.properties && givenFields(field.properties),
    }),
  };
}

/** The schema of an object as the types of the protocol have it. */
function ofObject({ properties, required, additionalProperties }: JsonSchema): ObjectSchema {
  const fields = Object.entries(fieldsOf(properties)).map(([name, field]) => [name, jsonOf(field)] as const);
  return {
    type: "object",
    properties: Object.fromEntries(fields),
    required: textsOf(required),
    ...(additionalProperties === false ? { additionalProperties } : {}),
  };
}

/** A schema's part, which consists of JSON only. */
function jsonOf(value: unknown): Json {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "boolean")
    return value;
  if (Array.isArray(value)) return value.map(jsonOf);
  return Object.fromEntries(Object.entries(fieldsOf(value)).map(([name, item]) => [name, jsonOf(item)]));
}
