/**
 * Every folder of functions/ as a function of the Serverless Framework. The files in a folder decide the kind of
 * function. The kind decides its route or event source, its handler and its grants; function.yml adds how the function
 * differs.
 *
 *   contract.yml and operation.ts   a capability: POST /api/capabilities/<name> (GET too if it reads), handler generated
 *   on-<queue>-event/handler.ts     a consumer of that queue of lib/events/event-queues.ts
 *   record-workflow-run/handler.ts  gets what Step Functions reports about the executions of the workflows
 *   handler.ts                      any other function, described by function.yml
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import type { Contract } from "../lib/compiler/contract/load-contract.ts";
import { PROVIDERS, type Provider } from "../lib/compiler/contract/providers.ts";
import { queryFields } from "../lib/compiler/contract/query-fields.ts";
import { SourceError, type SourceIssue } from "../lib/compiler/source/source-issue.ts";
import { CONSUMED_QUEUES, type ConsumedQueue, queueUrlVariable } from "../lib/events/event-queues.ts";
import { present } from "../lib/present.ts";
import { arnHere, arnOf, roleId, type Statement } from "./cloudformation.ts";
import { CONSUMER_TIMEOUT_SECONDS, consumerRights, queueId } from "./event-queues.ts";
import { type FunctionFile, type Route, readFunctionFile } from "./function-file.ts";
import { type GrantName, granted, machineName } from "./grants.ts";

export interface FunctionDefinition {
  readonly name: string;
  /** The module that exports `handler`. */
  readonly entry: string;
  readonly uses: readonly GrantName[];
  /** The queue whose messages it receives. */
  readonly consumes?: ConsumedQueue;
  /** What its code may do. Its role also lets it write its own log. */
  readonly statements: readonly Statement[];
  /** As API Gateway writes them: `GET /api/health`. */
  readonly routes: readonly FunctionRoute[];
  /** As it would be in serverless.yml. */
  readonly configuration: FunctionConfiguration;
}

export interface FunctionRoute {
  readonly key: string;
  readonly open: boolean;
  /** When its function.yml says so. */
  readonly requestsPerSecond?: number;
}

export interface FunctionConfiguration {
  readonly handler: string;
  readonly timeout: number;
  readonly memorySize?: number;
  /** A failed run is not repeated: the next run continues its work. */
  readonly maximumRetryAttempts?: 0;
  readonly events: readonly object[];
  readonly environment: Readonly<Record<string, unknown>>;
  /** The logical id of the role in roles.ts. */
  readonly role: string;
}

/** The properties that functions of one kind share. */
interface Kind {
  readonly entry: string;
  /** Seconds, unless function.yml sets another timeout. */
  readonly timeout: number;
  readonly uses: readonly GrantName[];
  readonly routes: readonly Route[];
  /** Without those of the routes. */
  readonly events: readonly object[];
  /** In addition to those of the grants. */
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly statements?: readonly Statement[];
}

/** The grants of every capability that can change something, for the pipeline. */
const PIPELINE: readonly GrantName[] = [
  "app-secret",
  "approvals:use",
  "idempotency-keys",
  "usage-counters",
  "audit-log",
];

/** The same for a capability that only reads. */
const READING: readonly GrantName[] = ["app-secret", "usage-counters", "audit-log:refusals"];

interface ProviderNeeds {
  readonly uses: readonly GrantName[];
  readonly timeout: number;
}

/** The grants of operations and their timeout in seconds, by the provider of their contract. */
const OF_PROVIDER: Readonly<Record<Provider, ProviderNeeds>> = {
  stripe: { uses: ["stripe-api"], timeout: 25 },
  ses: { uses: ["mail", "administrator"], timeout: 15 },
  /** A consumer carries out what is queued; function.yml names the queue's grant. */
  sqs: { uses: [], timeout: 15 },
};

/** The grants of every consumer that records objects. */
const CONSUMER: readonly GrantName[] = [
  "app-secret",
  "audit-log",
  "inbox",
  "stripe-objects",
  "event-waits:end",
  "workflow-runs:end-waits",
  "notifications",
  "stripe-api",
];
/** The grants of the consumer that only stores events whose type has no consumer. */
const UNROUTED_CONSUMER: readonly GrantName[] = ["app-secret", "audit-log", "inbox:ignore"];

/** The grants of the consumer that sends usage on to Stripe. */
const USAGE_CONSUMER: readonly GrantName[] = [
  "app-secret",
  "audit-log",
  "inbox",
  "notifications:publish",
  "stripe-api",
  "usage:send",
];

/** The grants of the consumer of what SES reports about our mails. */
const MAIL_CONSUMER: readonly GrantName[] = [
  "app-secret",
  "audit-log",
  "failed-payments:mails",
  "mail",
  "administrator",
];

/** The grants of the consumers that send notifications to endpoints. */
const FAN_OUT: readonly GrantName[] = ["app-secret", "endpoints:fan-out"];
const DELIVERY_CONSUMER: readonly GrantName[] = ["app-secret", "endpoints:deliver"];

/** The function that follows the executions of the workflows. */
const RUN_RECORDER = "record-workflow-run";
/** https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const EXECUTION_CHANGES = {
  eventBridge: {
    description: "Records the state of a workflow run that has begun or ended.",
    pattern: {
      source: ["aws.states"],
      "detail-type": ["Step Functions Execution Status Change"],
      detail: { stateMachineArn: [{ prefix: arnHere("states", `stateMachine:${machineName("")}`) }] },
    },
  },
};

const DEFAULT_TIMEOUT_SECONDS = 15;
/** The least that Lambda allows for an event source. */
const LEAST_EVENT_CONCURRENCY = 2;

/** Every function. `eventConcurrency`: how many batches of one queue can be handled at once, from 2. Throws a SourceError with the mistakes of all function.yml files together. */
export function functionDefinitions(
  contracts: readonly Contract[],
  eventConcurrency = LEAST_EVENT_CONCURRENCY,
): FunctionDefinition[] {
  const issues: SourceIssue[] = [];
  const definitions = globSync("functions/*/{contract.yml,handler.ts}")
    .map((file) => file.split("/")[1] ?? "")
    .sort()
    .filter((name, index, names) => name !== names[index - 1])
    .map((name) => {
      const declared = readDeclared(name, issues);
      return definition(name, kindOf(name, contracts, eventConcurrency), declared);
    });
  if (issues.length > 0) throw new SourceError(issues);
  return definitions;
}

function readDeclared(name: string, issues: SourceIssue[]): FunctionFile {
  const file = `functions/${name}/function.yml`;
  if (!existsSync(file)) return { uses: [], routes: [] };
  const { declared, source } = readFunctionFile(file, readFileSync(file, "utf8"));
  issues.push(...source.issues);
  return declared;
}

function kindOf(name: string, contracts: readonly Contract[], eventConcurrency: number): Kind {
  const entry = `functions/${name}/handler.ts`;
  const contract = contracts.find(({ capabilityId }) => capabilityId === name);
  if (contract !== undefined) {
    const known = PROVIDERS.find((type) => type === contract.provider.type);
    const provider = known === undefined ? undefined : OF_PROVIDER[known];
    const path = `/api/capabilities/${name}`;
    return {
      entry: `generated/handlers/${name}.ts`,
      timeout: provider?.timeout ?? DEFAULT_TIMEOUT_SECONDS,
      uses: [...(contract.readOnly === true ? READING : PIPELINE), ...(provider?.uses ?? [])],
      routes: [
        { method: "POST", path, open: false },
        ...(queryFields(contract) === undefined ? [] : [{ method: "GET", path, open: false }]),
      ],
      events: [],
    };
  }
  const queue = consumedQueue(name);
  if (queue !== undefined) {
    return {
      entry,
      routes: [],
      timeout: CONSUMER_TIMEOUT_SECONDS,
      uses: grantsOfConsumer(queue),
      events: [
        {
          sqs: {
            arn: arnOf(queueId(queue)),
            batchSize: 10,
            functionResponseType: "ReportBatchItemFailures",
            maximumConcurrency: eventConcurrency,
          },
        },
      ],
      environment: { [queueUrlVariable(queue)]: { Ref: queueId(queue) } },
      statements: consumerRights(queue),
    };
  }
  const events = name === RUN_RECORDER ? [EXECUTION_CHANGES] : [];
  return { entry, timeout: DEFAULT_TIMEOUT_SECONDS, uses: [], routes: [], events };
}

function grantsOfConsumer(queue: ConsumedQueue): readonly GrantName[] {
  if (queue === "mail") return MAIL_CONSUMER;
  if (queue === "usage") return USAGE_CONSUMER;
  if (queue === "notification") return FAN_OUT;
  if (queue === "delivery") return DELIVERY_CONSUMER;
  return queue === "unrouted" ? UNROUTED_CONSUMER : CONSUMER;
}

/** `on-payment-intent-event` -> `payment-intent` */
export function consumedQueue(name: string): ConsumedQueue | undefined {
  return CONSUMED_QUEUES.find((queue) => name === `on-${queue}-event`);
}

function definition(name: string, kind: Kind, declared: FunctionFile): FunctionDefinition {
  const uses = [...new Set([...kind.uses, ...declared.uses])];
  const { environment, statements } = granted(uses);
  const { schedule, requestsPerSecond } = declared;
  const routes = [...kind.routes, ...declared.routes];
  return {
    name,
    entry: kind.entry,
    uses,
    ...present({ consumes: consumedQueue(name) }),
    statements: [...(kind.statements ?? []), ...statements],
    routes: routes.map(({ method, path, open }) => ({
      key: `${method} ${path}`,
      open,
      ...present({ requestsPerSecond }),
    })),
    configuration: {
      handler: `${kind.entry.replace(/\.ts$/, "")}.handler`,
      timeout: declared.timeout ?? kind.timeout,
      ...present({ memorySize: declared.memorySize }),
      ...(schedule === undefined ? {} : { maximumRetryAttempts: 0 }),
      events: [...kind.events, ...routes.map(httpApi), ...(schedule === undefined ? [] : [{ schedule }])],
      environment: { ...kind.environment, ...environment },
      role: roleId(name),
    },
  };
}

function httpApi({ method, path, open }: Route): object {
  return { httpApi: { method, path, ...(open ? {} : { authorizer: { name: "apiKey" } }) } };
}
