/** Boots the services that the functions talk to, in order, and closes them again. */
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { present } from "../lib/present.ts";
import type { ClockFollower } from "../stripe-emulator/index.ts";
import { startApiReference } from "./api-reference.ts";
import { StackClock } from "./clock.ts";
import { clockFollower, type Delivery } from "./clock-follower.ts";
import { type Emulators, startEmulators } from "./emulators.ts";
import { checkEndpoints } from "./endpoint-check.ts";
import { startEventSource } from "./event-source.ts";
import { executionChanges } from "./execution-changes.ts";
import { startInvokeApi } from "./lambda/invoke-api.ts";
import { createRuntime } from "./lambda/runtime.ts";
import { LOCAL_ACCOUNT_ID } from "./local-credentials.ts";
import { logFileOf, openLogFile } from "./logs/log-file.ts";
import { provision, seedApiKey } from "./provision.ts";
import { reloadedMachines } from "./reload-machines.ts";
import { nextDueOf } from "./schedule-times.ts";
import { runSchedules } from "./schedules.ts";
import {
  compiledTemplate,
  executionListeners,
  functionNamesByLogicalId,
  localFunctions,
  queueMappings,
  type Serverless,
  setFunctionEnvironments,
  takeSchedules,
} from "./service.ts";
import { LOCAL_API_KEY, type StackSettings } from "./settings.ts";
import { watchSources } from "./source-watch.ts";
import { openStateFolder } from "./state-folder.ts";
import { startStepFunctions, stateMachines } from "./step-functions.ts";
import { createResolver, resourcesOfType, type TemplateResource } from "./template.ts";

export interface Stack {
  /** Starts to deliver messages; the functions have to be running. */
  startDelivery(): void;
  close(): Promise<void>;
}

/** Starts the emulators that `settings` ask for and creates the service's resources. If that fails, nothing is left running. */
export async function bootStack(
  serverless: Serverless,
  settings: StackSettings,
  log: (line: string) => void,
): Promise<Stack> {
  const { ports, region } = settings;
  const open: { close(): Promise<void> }[] = [];
  const clock = new StackClock();
  const delivery: Delivery = {};
  const close = async () => {
    for (const part of open.splice(0).reverse()) await part.close();
  };
  try {
    const template = await compiledTemplate(serverless);
    if (settings.stateFolder !== undefined) {
      const tables = resourcesOfType(template, "AWS::DynamoDB::Table");
      open.push(openStateFolder(settings.stateFolder, tables.map(tableShape)));
    }
    if (settings.embedsAws) open.push(await startEmbeddedAws(settings, clock));
    else await checkEndpoints(settings.endpoints, region);
    if (settings.embedsStripe)
      open.push(await startEmbeddedStripe(settings, log, clockFollower(clock, delivery)));

    const stage = serverless.service.provider.stage ?? "dev";
    const resolve = createResolver(template, {
      region,
      stackName: `${serverless.service.service}-${stage}`,
      sqsEndpoint: settings.endpoints.sqs,
      functionNames: functionNamesByLogicalId(serverless),
    });
    await provision({
      template,
      resolve,
      endpoints: settings.endpoints,
      region,
      mailIdentities: settings.mailIdentities,
    });
    if (template.Resources.ApiKeysTable !== undefined) {
      await seedApiKey({
        tableName: String(resolve({ Ref: "ApiKeysTable" })),
        apiKey: LOCAL_API_KEY,
        endpoint: settings.endpoints.dynamodb,
        region,
      });
    }

    setFunctionEnvironments(serverless, resolve, settings.functionEnvironment);
    const logFile = openLogFile(
      logFileOf(serverless.serviceDir, ports.PORT),
      settings.stateFolder !== undefined,
    );
    open.push(logFile);
    const runtime = createRuntime({
      functions: localFunctions(serverless),
      clock,
      log,
      keep: logFile.write,
    });
    open.push(runtime, await startInvokeApi({ port: ports.LAMBDA_PORT, runtime }));
    // Loads serverless-offline's part, which only a running stack needs.
    const { runFunctionsIn } = await import("./serverless-offline.ts");
    runFunctionsIn(runtime, serverless);
    const { invoke } = runtime;
    const machines = stateMachines(template, resolve);
    const changes = executionChanges(executionListeners(serverless), invoke);
    const stepFunctions = await startStepFunctions({
      port: ports.STEP_FUNCTIONS_PORT,
      region,
      machines,
      invoke,
      clock,
      onChange: changes.deliver,
      ...present({ stateFolder: settings.stateFolder }),
    });
    const reference = await startApiReference({
      port: ports.API_REFERENCE_PORT,
      apiUrl: `http://127.0.0.1:${ports.PORT}`,
    });
    open.push(changes, stepFunctions, reference);
    const schedules = takeSchedules(serverless);
    for (const { expression } of schedules) nextDueOf(expression);
    const mappings = queueMappings(serverless, resolve).map((mapping) => ({
      ...mapping,
      queueUrl: `${settings.endpoints.sqs}/${LOCAL_ACCOUNT_ID}/${mapping.queueArn.split(":").at(-1)}`,
    }));
    return {
      startDelivery: () => {
        const eventSource = startEventSource({
          mappings,
          endpoint: settings.endpoints.sqs,
          region,
          invoke,
          // More than there are cores only wait for each other, each in a thread of its own.
          concurrency: Math.min(5, Math.max(2, availableParallelism())),
          onError: (message, error) => log(error === undefined ? message : `${message}: ${String(error)}`),
        });
        const running = runSchedules({ schedules, clock, region, invoke });
        Object.assign(delivery, { eventSource, schedules: running, tokens: stepFunctions.tokens });
        const sources = watchSources({
          directory: serverless.serviceDir,
          log,
          onGenerated: async (folders) => {
            if (!folders.has("workflows")) return;
            machines.splice(0, machines.length, ...(await reloadedMachines(serverless, resolve)));
          },
        });
        open.push({ close: eventSource.stop }, { close: running.stop }, sources);
      },
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What cannot change once a table exists. */
function tableShape([logicalId, { Properties }]: [string, TemplateResource]): object {
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes } = Properties;
  return { logicalId, KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes };
}

function startEmbeddedAws(settings: StackSettings, clock: StackClock): Promise<Emulators> {
  return startEmulators({
    clock: clock.shared,
    lambdaUrl: settings.lambdaUrl,
    announcesMail: true,
    mailEnvironment: mailEnvironment(settings),
    ...present({ stateFolder: settings.stateFolder }),
    dynamodbPort: settings.ports.DYNAMODB_PORT,
    sqsPort: settings.ports.SQS_PORT,
    mailboxPort: settings.ports.MAILBOX_PORT,
    region: settings.region,
  });
}

/** What mails show of the settings; the rest is none of the mailbox's business. */
function mailEnvironment({ functionEnvironment }: StackSettings): Readonly<Record<string, string>> {
  const { APP_SECRET, PUBLIC_URL, EMAIL_FROM } = functionEnvironment;
  return present({ APP_SECRET, PUBLIC_URL, EMAIL_FROM });
}

/** Loads the emulator only when it is needed: with a real key, none of its code is in the process. */
async function startEmbeddedStripe(
  settings: StackSettings,
  log: (line: string) => void,
  follower: ClockFollower,
) {
  const { startStripeEmulator } = await import("../stripe-emulator/index.ts");
  return startStripeEmulator({
    port: settings.ports.STRIPE_EMULATOR_PORT,
    webhookUrl: `http://127.0.0.1:${settings.ports.PORT}/api/webhooks/stripe`,
    webhookSecrets: [...settings.webhookSecrets],
    clockFollower: follower,
    ...(settings.stateFolder === undefined ? {} : { stateFile: join(settings.stateFolder, "stripe.json") }),
    log,
  });
}
