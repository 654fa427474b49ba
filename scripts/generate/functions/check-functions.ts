/**
 * Checks every function's grants against its code, in both directions: everything that its bundle reads or calls must
 * be granted, and everything that is granted must be read or called. Checks the event queues against their consumers,
 * too.
 */
import { existsSync, globSync, readFileSync } from "node:fs";
import type { Contract } from "../../../lib/compiler/contract/load-contract.ts";
import { SourceError, type SourceIssue } from "../../../lib/compiler/source/source-issue.ts";
import { suggestion } from "../../../lib/contract/suggestion.ts";
import { CONSUMED_QUEUES, EVENT_QUEUES, queueUrlVariable } from "../../../lib/events/event-queues.ts";
import { consumedQueue, type FunctionDefinition, functionDefinitions } from "../../../resources/functions.ts";
import { GRANTS, type Grant, type GrantName, grantNamed } from "../../../resources/grants.ts";
import { TABLES, tableId, tableVariable } from "../../../resources/tables.ts";
import { bundleNeeds, type Needs } from "./bundle-needs.ts";
import { placeOf, startOf } from "./source-place.ts";

/** Variables of every function: `provider.environment` of serverless.yml, and what Lambda itself sets. */
const OF_EVERY_FUNCTION = ["STAGE", "METRICS", "AWS_REGION"];
/** Only the local stack sets these. */
const LOCAL = ["AWS_PATIENCE", "LOOPBACK_ENDPOINTS", "STRIPE_API_BASE"];
/** How a function finds its secrets: lib/secrets. */
const SECRET_VARIABLES = ["SECRETS", "SECRETS_PATH"];
const QUEUE_URLS = CONSUMED_QUEUES.map(queueUrlVariable);

/** Checks all functions, and returns their number. Throws a SourceError with every mistake. */
export async function checkFunctions(contracts: readonly Contract[]): Promise<number> {
  const definitions = functionDefinitions(contracts);
  const needs = await bundleNeeds(definitions.map(({ entry }) => entry));
  const issues = [
    ...definitions.flatMap((definition, index) => {
      const needed = needs[index];
      return needed === undefined ? [] : [...missing(definition, needed), ...unused(definition, needed)];
    }),
    ...queueIssues(),
  ];
  if (issues.length > 0) throw new SourceError(issues);
  return definitions.length;
}

function* missing(definition: FunctionDefinition, needs: Needs): Generator<SourceIssue> {
  const { name, uses, configuration, statements } = definition;
  const { environment } = configuration;
  const say = (pattern: RegExp, what: string, gives: (grant: Grant) => boolean): SourceIssue => ({
    ...placeOf(needs.files, pattern),
    message: `functions/${name} ${what}, but none of its grants (${uses.join(", ") || "it has none"}) ${advice(name, gives)}`,
  });

  for (const variable of needs.variables) {
    const isGiven = Object.hasOwn(environment, variable);
    if (isGiven || [...OF_EVERY_FUNCTION, ...LOCAL, ...SECRET_VARIABLES].includes(variable)) continue;
    yield say(
      new RegExp(`(?:env|Env)\\("${variable}"\\)|\\.${variable}\\b`),
      `reads the environment variable ${variable} here`,
      (grant) => Object.hasOwn(grant.environment ?? {}, variable),
    );
  }
  if (needs.sendsToEventQueues && !QUEUE_URLS.some((variable) => Object.hasOwn(environment, variable))) {
    // A grant of a single queue is of no use to code that chooses among them.
    const givesSeveral = ({ environment: given = {} }: Grant) =>
      QUEUE_URLS.filter((variable) => Object.hasOwn(given, variable)).length > 1;
    yield say(/env\(queueUrlVariable\(/, "sends to the event queues here", givesSeveral);
  }
  for (const secret of needs.secrets) {
    if (secretsOf(environment).includes(secret)) continue;
    yield say(new RegExp(`secret\\("${secret}"\\)`), `asks for the secret ${secret} here`, (grant) =>
      (grant.secrets ?? []).some((known) => known === secret),
    );
  }
  const allowed = statements.flatMap(({ Action }) => Action);
  for (const action of needs.actions) {
    // This action comes with the first secret, and the loop above checks secrets.
    const comesWithSecret = action === "ssm:GetParameters" && needs.secrets.size > 0;
    if (allowed.includes(action) || comesWithSecret) continue;
    const operation = action.split(":")[1] ?? "";
    yield say(
      new RegExp(`new ${operation}Command\\(|paginate${operation}\\(|call(?:Aws|S3)\\(\\s*"${action}"`),
      `can call ${action} here`,
      (grant) => (grant.statements ?? []).some(({ Action }) => Action.includes(action)),
    );
  }
  for (const { action, variable } of needs.tableCalls) {
    const table = TABLES.find((known) => tableVariable(known) === variable);
    if (table === undefined || !allowed.includes(action)) continue;
    const isAllowed = (grant: Pick<Grant, "statements">) =>
      (grant.statements ?? []).some(
        ({ Action, Resource }) =>
          Action.includes(action) && JSON.stringify(Resource).includes(tableId(table)),
      );
    if (isAllowed({ statements })) continue;
    yield say(new RegExp(`env\\("${variable}"\\)`), `can call ${action} on ${variable} here`, isAllowed);
  }
}

function advice(name: string, gives: (grant: Grant) => boolean): string {
  const helpful = Object.entries<Grant>(GRANTS).filter(([, grant]) => gives(grant));
  if (helpful.length === 0) return "gives it, and no grant of resources/grants.ts does: add it there";
  const names = helpful.map(([grant]) => grant).join(" or ");
  return `gives it; add ${names} to uses in functions/${name}/function.yml`;
}

function* unused(definition: FunctionDefinition, needs: Needs): Generator<SourceIssue> {
  for (const name of definition.uses) {
    const { environment = {}, secrets = [], statements = [] } = grantNamed(name);
    const left = [
      ...Object.keys(environment).filter((variable) => !isRead(variable, needs)),
      ...secrets.filter((secret) => !needs.secrets.has(secret)),
      ...new Set(statements.flatMap(({ Action }) => Action.filter((action) => !needs.actions.has(action)))),
    ];
    if (left.length === 0) continue;
    yield {
      ...grantPlace(definition, name),
      message: `the grant ${name} gives functions/${definition.name} ${left.join(", ")}, which its code does not use; use a grant that gives less, or remove it`,
    };
  }
}

function isRead(variable: string, { variables, sendsToEventQueues }: Needs): boolean {
  return variables.has(variable) || (sendsToEventQueues && QUEUE_URLS.includes(variable));
}

function secretsOf(environment: Readonly<Record<string, unknown>>): string[] {
  return String(environment.SECRETS ?? "").split(" ");
}

/** The place where function.yml names the grant, or the function's own code when its kind gives it the grant. */
function grantPlace({ name, entry }: FunctionDefinition, grant: GrantName): Omit<SourceIssue, "message"> {
  const file = `functions/${name}/function.yml`;
  const isNamed = existsSync(file) && readFileSync(file, "utf8").includes(grant);
  if (isNamed) return placeOf([file], new RegExp(`(?<![\\w:-])${grant}(?![\\w:-])`));
  return startOf(entry.startsWith("generated/") ? `functions/${name}/operation.ts` : entry);
}

/** A queue without a consumer would fill up, and a consumer without a queue would never run. */
function queueIssues(): SourceIssue[] {
  const table = "lib/events/event-queues.ts";
  const withoutConsumer = CONSUMED_QUEUES.filter(
    (queue) => !existsSync(`functions/on-${queue}-event/handler.ts`),
  );
  const withoutQueue = globSync("functions/on-*-event/handler.ts")
    .map((file) => file.split("/")[1] ?? "")
    .filter((name) => consumedQueue(name) === undefined);
  return [
    ...withoutConsumer.map((queue) => ({
      ...placeOf([table], new RegExp(`(?<=\\n  )"?${queue}"?(?=[:,])`)),
      message: `no function consumes the queue "${queue}": add functions/on-${queue}-event/handler.ts`,
    })),
    ...withoutQueue.map((name) => {
      const queue = name.replace(/^on-|-event$/g, "");
      return {
        ...startOf(`functions/${name}/handler.ts`),
        message:
          `no event is routed to "${queue}", so neither the webhook nor the reconciler knows its queue: ` +
          `add its event types to ${table}${suggestion(queue, EVENT_QUEUES)}`,
      };
    }),
  ];
}
