/** Reads and changes the service that the Serverless Framework has loaded. */
import { resolve as absolute, join, parse } from "node:path";
import { present } from "../lib/present.ts";
import { fieldOf, fieldsOf, isRecord, textsOf } from "../lib/untrusted.ts";
import type { LocalFunction } from "./lambda/function-workers.ts";
import { LocalStackError } from "./ports.ts";
import type { Schedule } from "./schedules.ts";
import { mergeTemplates, type Resolve, type Template } from "./template.ts";

export interface ServerlessFunction {
  readonly handler?: string;
  readonly name?: string;
  readonly timeout?: number;
  readonly memorySize?: number;
  environment?: Record<string, unknown>;
  events?: readonly unknown[];
}

/** The part of the framework's instance that the local stack uses. */
export interface Serverless {
  readonly serviceDir: string;
  /** serverless.yml with its variables resolved. */
  readonly configurationInput: Record<string, unknown>;
  /** The words of the command line: `["offline", "start"]`. */
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options?: Readonly<Record<string, string | undefined>>;
  };
  readonly service: {
    readonly service: string;
    readonly provider: {
      readonly region?: string;
      readonly stage?: string;
      readonly timeout?: number;
      readonly memorySize?: number;
      environment?: Record<string, unknown>;
      compiledCloudFormationTemplate?: unknown;
    };
    readonly functions: Record<string, ServerlessFunction>;
    readonly resources?: unknown;
    custom?: Record<string, unknown>;
  };
  readonly pluginManager: { readonly plugins: readonly object[] };
}

/** By default `<service>-<stage>-<key>`; a function can set its own name. */
export function functionName(serverless: Serverless, key: string): string {
  const { service } = serverless;
  return service.functions[key]?.name ?? `${service.service}-${service.provider.stage ?? "dev"}-${key}`;
}

/** Function names by the logical ids that the framework gives them: `send-email` -> `SendDashemailLambdaFunction`. */
export function functionNamesByLogicalId(serverless: Serverless): Record<string, string> {
  return Object.fromEntries(
    Object.keys(serverless.service.functions).map((key) => {
      const normalized = key.replaceAll("-", "Dash").replaceAll("_", "Underscore");
      const logicalId = `${normalized.charAt(0).toUpperCase()}${normalized.slice(1)}LambdaFunction`;
      return [logicalId, functionName(serverless, key)];
    }),
  );
}

/**
 * The resources of the service: those of serverless.yml, and the state machines that serverless-step-functions makes.
 * That plugin compiles only while packaging, so its compile step is called here.
 */
export async function compiledTemplate(serverless: Serverless): Promise<Template> {
  const { provider } = serverless.service;
  const kept = provider.compiledCloudFormationTemplate;
  const compiled = { Resources: {}, Outputs: {} };
  const stepFunctions = serverless.pluginManager.plugins.find(isStepFunctionsPlugin);
  if (stepFunctions !== undefined) {
    provider.compiledCloudFormationTemplate = compiled;
    try {
      stepFunctions.yamlParse();
      await stepFunctions.compileStateMachines();
    } finally {
      provider.compiledCloudFormationTemplate = kept;
    }
  }
  return mergeTemplates(kept, serverless.service.resources, compiled);
}

interface StepFunctionsPlugin {
  yamlParse(): void;
  compileStateMachines(): PromiseLike<unknown>;
}

function isStepFunctionsPlugin(plugin: object): plugin is StepFunctionsPlugin {
  return (
    "yamlParse" in plugin &&
    typeof plugin.yamlParse === "function" &&
    "compileStateMachines" in plugin &&
    typeof plugin.compileStateMachines === "function"
  );
}

/**
 * Gives every function its environment: that of serverless.yml with intrinsic functions resolved, overridden by
 * `local`. A value that cannot be resolved on this machine is ignored when `local` has the variable, and is an error
 * otherwise.
 */
export function setFunctionEnvironments(
  serverless: Serverless,
  resolve: Resolve,
  local: Readonly<Record<string, string>>,
): void {
  const { service } = serverless;
  for (const [key, definition] of Object.entries(service.functions)) {
    const environment: Record<string, string> = { ...local };
    const declared = { ...service.provider.environment, ...definition.environment };
    for (const [name, value] of Object.entries(declared)) {
      if (name in local) continue;
      try {
        environment[name] = String(resolve(value));
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        throw new LocalStackError(
          `Function ${key}: environment variable ${name} has no local value, because ${reason}.`,
        );
      }
    }
    definition.environment = environment;
  }
  // Merged above. Its unresolved values must not reach the functions.
  service.provider.environment = {};
}

/** Lambda's own defaults. */
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MEGABYTES = 128;

/** Every function with its bundle, which serverless-esbuild has built. */
export function localFunctions(serverless: Serverless): LocalFunction[] {
  const { functions, provider, custom } = serverless.service;
  const bundles = absolute(
    serverless.serviceDir,
    String(fieldOf(custom, "serverless-offline", "location") ?? ""),
  );
  return Object.entries(functions).map(([key, definition]) => {
    const { dir, name, ext } = parse(definition.handler ?? "");
    return {
      name: functionName(serverless, key),
      bundle: join(bundles, dir, `${name}.cjs`),
      exportName: ext.slice(1),
      timeoutSeconds: definition.timeout ?? provider.timeout ?? DEFAULT_TIMEOUT_SECONDS,
      memoryMegabytes: definition.memorySize ?? provider.memorySize ?? DEFAULT_MEMORY_MEGABYTES,
      region: provider.region ?? "us-east-1",
      environment: Object.fromEntries(
        Object.entries(definition.environment ?? {}).map(([variable, value]) => [variable, String(value)]),
      ),
    };
  });
}

export interface DeclaredQueueMapping {
  readonly queueArn: string;
  readonly functionName: string;
  readonly batchSize: number;
  readonly reportsFailures: boolean;
}

/** Every `events: - sqs:` of the functions. */
export function queueMappings(serverless: Serverless, resolve: Resolve): DeclaredQueueMapping[] {
  return Object.entries(serverless.service.functions).flatMap(([key, definition]) =>
    (definition.events ?? []).flatMap((event) => {
      if (!isRecord(event) || event.sqs === undefined) return [];
      const sqs = isRecord(event.sqs) && "arn" in event.sqs ? event.sqs : { arn: event.sqs };
      if (sqs.enabled === false) return [];
      return {
        queueArn: String(resolve(sqs.arn)),
        functionName: functionName(serverless, key),
        batchSize: typeof sqs.batchSize === "number" ? sqs.batchSize : 10,
        reportsFailures: sqs.functionResponseType === "ReportBatchItemFailures",
      };
    }),
  );
}

/**
 * Takes every `events: - schedule:` out of the service: the local stack runs them by its own clock, and serverless-offline
 * would run them by the machine's.
 */
export function takeSchedules(serverless: Serverless): Schedule[] {
  return Object.entries(serverless.service.functions).flatMap(([key, definition]) => {
    const events = definition.events ?? [];
    definition.events = events.filter((event) => fieldOf(event, "schedule") === undefined);
    return events.flatMap((event) => {
      const declared = fieldOf(event, "schedule");
      const { rate, input, enabled } = isRecord(declared) ? declared : { rate: declared };
      if (rate === undefined || enabled === false) return [];
      const expressions = Array.isArray(rate) ? rate : [rate];
      return expressions.map((expression) => ({
        functionName: functionName(serverless, key),
        expression: String(expression),
        ...present({ input }),
      }));
    });
  });
}

/** The functions with an `events: - eventBridge:` for what Step Functions reports. */
export function executionListeners(serverless: Serverless): string[] {
  return Object.entries(serverless.service.functions)
    .filter(([, { events = [] }]) =>
      events.some((event) =>
        textsOf(fieldOf(event, "eventBridge", "pattern", "source")).includes("aws.states"),
      ),
    )
    .map(([key]) => functionName(serverless, key));
}

/** Changes one plugin's section of `custom`. */
export function setCustom(serverless: Serverless, section: string, settings: Record<string, unknown>): void {
  const custom = serverless.service.custom ?? {};
  const current = custom[section];
  serverless.service.custom = {
    ...custom,
    [section]: { ...fieldsOf(current), ...settings },
  };
}
