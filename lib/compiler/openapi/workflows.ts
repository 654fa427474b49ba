/** The paths of the workflows and their runs. Pure. */
import type { ProblemCode } from "../../errors.ts";
import type { RunPage } from "../../workflow/list-runs.ts";
import { ROW_STATES } from "../../workflow/run-row.ts";
import { RUN_STATES, type RunDocument, STEP_STATES, type StepDocument } from "../../workflow/run-status.ts";
import type { RunSummary } from "../../workflow/run-summary.ts";
import type { StartedRun } from "../../workflow/start-run.ts";
import type { TaskError } from "../../workflow/task-error.ts";
import { type JsonSchema, objectSchema } from "../contract/json-schema.ts";
import type { Contract } from "../contract/load-contract.ts";
import { contractOf } from "../workflow/contract-of-step.ts";
import { inputSchema } from "../workflow/infer-input.ts";
import type { Workflow } from "../workflow/workflow.ts";
import {
  type DocumentPart,
  headerRef,
  INTEGER,
  listOf,
  type MediaType,
  methodName,
  type Operation,
  objectOf,
  oneOf,
  type Parameter,
  type PathItem,
  parameterRef,
  type Response,
  schemaRef,
  TEXT,
  TIME,
  typeName,
} from "./operation.ts";
import { CODES, refusedWith } from "./refusals.ts";

export const WORKFLOWS_TAG = "Workflows";

type SchemasOf<T> = Readonly<Required<Record<keyof T, JsonSchema>>>;

const { step, declineCode, ...ERROR } = {
  code: oneOf(CODES),
  message: TEXT,
  step: { type: "string", description: "The step that failed" },
  declineCode: TEXT,
} satisfies SchemasOf<TaskError>;

const STARTED = {
  runId: TEXT,
  workflowId: TEXT,
  version: TEXT,
  status: oneOf(RUN_STATES),
} satisfies SchemasOf<StartedRun>;

const { endedAt, error, ...SUMMARY } = {
  ...STARTED,
  startedAt: TIME,
  endedAt: TIME,
  error: schemaRef("RunError"),
} satisfies SchemasOf<RunSummary>;

const {
  startedAt,
  endedAt: stepEndedAt,
  attempts,
  error: stepError,
  ...STEP
} = {
  id: TEXT,
  capability: TEXT,
  status: oneOf(STEP_STATES),
  startedAt: TIME,
  endedAt: TIME,
  attempts: { ...INTEGER, description: "Executions, the first one included" },
  error: schemaRef("RunError"),
} satisfies SchemasOf<StepDocument>;

const SCHEMAS: Readonly<Record<string, JsonSchema>> = {
  RunError: objectOf(ERROR, { step, declineCode }),
  RunStep: objectOf(STEP, { startedAt, endedAt: stepEndedAt, attempts, error: stepError }),
  StartedRun: objectOf(STARTED),
  RunSummary: objectOf(SUMMARY, { endedAt, error }),
  RunPage: objectOf(
    { items: listOf(schemaRef("RunSummary")) } satisfies Partial<SchemasOf<RunPage>>,
    {
      next: { type: "string", description: "`after` for the next page; left out on the last one" },
    } satisfies Partial<SchemasOf<RunPage>>,
  ),
};

/** A path for each workflow, so that each start has the workflow's own input. */
export function workflowPaths(workflows: readonly Workflow[], contracts: readonly Contract[]): DocumentPart {
  const known = new Map(contracts.map((contract) => [contract.capabilityId, contract]));
  return {
    paths: Object.fromEntries(workflows.flatMap((workflow) => pathsOf(workflow))),
    schemas: {
      ...SCHEMAS,
      ...Object.fromEntries(
        workflows.flatMap((workflow) => [
          [`${typeName(workflow.workflowId)}Input`, inputSchema(workflow, known)],
          [`${typeName(workflow.workflowId)}Run`, runSchema(workflow, known)],
        ]),
      ),
    },
  };
}

/** A run with what each of its steps returns. */
function runSchema(workflow: Workflow, contracts: ReadonlyMap<string, Contract>): JsonSchema {
  const outputs = workflow.steps.map((step): [string, JsonSchema] => {
    const { additionalProperties: _closed, ...schema } = objectSchema(
      contractOf(step, contracts)?.outputs ?? {},
    );
    return [step.id, { ...schema, required: [] }];
  });
  return objectOf(
    { ...SUMMARY, steps: listOf(schemaRef("RunStep")) } satisfies Partial<SchemasOf<RunDocument>>,
    {
      endedAt,
      error,
      output: {
        ...objectOf({}, Object.fromEntries(outputs)),
        description: "What the completed steps returned, by step. Sensitive outputs are masked",
      },
    } satisfies Partial<SchemasOf<RunDocument>>,
  );
}

const COMMON: readonly ProblemCode[] = [
  "BAD_REQUEST",
  "UNAUTHENTICATED",
  "FORBIDDEN",
  "NOT_FOUND",
  "VALIDATION_FAILED",
  "RATE_LIMITED",
  "INTERNAL_ERROR",
  "SERVICE_UNAVAILABLE",
  "TIMEOUT",
];

const ACCEPTED_HEADERS = { "X-Request-Id": headerRef("RequestId"), Location: headerRef("RunLocation") };

function pathsOf({ workflowId }: Workflow): readonly (readonly [string, PathItem])[] {
  const name = typeName(workflowId);
  const runs = `/api/workflows/${workflowId}/runs`;
  const run = `${runs}/{runId}`;
  const tags = [WORKFLOWS_TAG];
  const start: Operation = {
    operationId: `start${name}`,
    summary: `Starts a run of ${workflowId}`,
    description:
      "The Idempotency-Key belongs to the run for good: a repeated start returns the run with its present status.",
    tags,
    parameters: [parameterRef("IdempotencyKey")],
    requestBody: { required: true, content: json(schemaRef(`${name}Input`)) },
    responses: {
      "202": {
        description: "The run, which goes on after this response",
        headers: { ...ACCEPTED_HEADERS, "Idempotency-Replayed": headerRef("IdempotencyReplayed") },
        content: json(schemaRef("StartedRun")),
      },
      ...refusedWith(...COMMON, "APPROVAL_REQUIRED", "PAYLOAD_TOO_LARGE"),
    },
  };
  const list: Operation = {
    operationId: `list${name}Runs`,
    summary: `Lists the runs of ${workflowId}, the newest first`,
    description: "The caller's own runs; all runs, if the policy permits it.",
    tags,
    parameters: LIST_PARAMETERS,
    responses: { "200": found("A page of runs", schemaRef("RunPage")), ...refusedWith(...COMMON) },
  };
  const read: Operation = {
    operationId: `get${name}Run`,
    summary: `Reads a run of ${workflowId}`,
    description: "Its status, its steps, and its output or error.",
    tags,
    parameters: [parameterRef("RunId"), STEPS],
    responses: {
      "200": found("The run; with `steps=false`, without steps and output", {
        anyOf: [schemaRef(`${name}Run`), schemaRef("RunSummary")],
      }),
      ...refusedWith(...COMMON),
    },
  };
  const change = (
    verb: string,
    summary: string,
    description: string,
    ok: Readonly<Record<string, Response>>,
  ): Operation => ({
    operationId: methodName(`${verb}-${workflowId}-run`),
    summary,
    description,
    tags,
    parameters: [parameterRef("RunId")],
    responses: { ...ok, ...refusedWith(...COMMON, "CONFLICT", "PRECONDITION_FAILED") },
  });
  const accepted = {
    description: "The run",
    headers: ACCEPTED_HEADERS,
    content: json(schemaRef("StartedRun")),
  };
  const cancel = change(
    "cancel",
    `Cancels a run of ${workflowId}`,
    "No further step begins. A step in progress may still finish.",
    CANCELLED,
  );
  const retry = change(
    "retry",
    `Continues a failed run of ${workflowId}`,
    "It begins with the failed step, under the same idempotency keys: a step whose work was done does not do it twice.",
    { "202": accepted },
  );
  return [
    [runs, { get: list, post: start }],
    [run, { get: read }],
    [`${run}/cancel`, { post: cancel }],
    [`${run}/retry`, { post: retry }],
  ];
}

const json = (schema: JsonSchema): Readonly<Record<string, MediaType>> => ({
  "application/json": { schema },
});

const found = (description: string, schema: JsonSchema): Response => ({
  description,
  headers: { "X-Request-Id": headerRef("RequestId") },
  content: json(schema),
});

const CANCELLED = { "200": found("The run, which is cancelled", schemaRef("StartedRun")) };

const STEPS: Parameter = {
  name: "steps",
  in: "query",
  description: "false: without steps and output, for polling",
  schema: { type: "boolean", default: true },
};

const LIST_PARAMETERS: readonly Parameter[] = [
  { name: "status", in: "query", schema: oneOf(ROW_STATES) },
  { name: "limit", in: "query", schema: { type: "integer", minimum: 1, maximum: 100, default: 20 } },
  { name: "after", in: "query", description: "`next` of the previous page", schema: TEXT },
];
