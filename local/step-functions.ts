/** Step Functions on this machine: its API (AWS JSON 1.0) for the state machines of the compiled template. */

import { createServer } from "node:http";
import { join } from "node:path";
import type { StateMachineDefinition } from "aws-local-stepfunctions";
import { present } from "../lib/present.ts";
import { isRecord } from "../lib/untrusted.ts";
import { StackClock } from "./clock.ts";
import type { Emulator } from "./emulator-thread.ts";
import { keepConnections } from "./keep-connections.ts";
import type { InvokeFunction } from "./lambda/invocation.ts";
import { guardLoopback } from "./loopback-guard.ts";
import { LocalStackError } from "./ports.ts";
import { type Action, createStatesApi } from "./step-functions/api.ts";
import { assertRunnable, type Machine } from "./step-functions/execution.ts";
import { executionFiles } from "./step-functions/execution-files.ts";
import { parseRequest } from "./step-functions/requests.ts";
import { StatesError } from "./step-functions/states-error.ts";
import { TaskTokens } from "./step-functions/task-tokens.ts";
import { type Resolve, resourcesOfType, type Template } from "./template.ts";

export interface StepFunctionsOptions {
  /** 0, the default, lets the system choose. */
  readonly port?: number;
  readonly region: string;
  readonly machines: readonly Machine[];
  readonly invoke: InvokeFunction;
  /** By default the machine's. */
  readonly clock?: StackClock;
  /** Where executions are kept across restarts. An execution that had not ended is begun again. */
  readonly stateFolder?: string;
  /** Gets each event that Step Functions sends to EventBridge. */
  readonly onChange?: (event: object) => void;
}

export interface LocalStepFunctions extends Emulator {
  /** The tokens of tasks that wait. */
  readonly tokens: TaskTokens;
}

/** Starts a server for the API on loopback. */
export async function startStepFunctions(options: StepFunctionsOptions): Promise<LocalStepFunctions> {
  const { stateFolder } = options;
  const files = stateFolder === undefined ? undefined : executionFiles(join(stateFolder, "executions"));
  const clock = options.clock ?? new StackClock();
  const tokens = new TaskTokens(clock);
  const actions = createStatesApi({
    ...options,
    clock,
    tokens,
    ...present({ files }),
  });
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const target = String(request.headers["x-amz-target"] ?? "");
    const { status, body } = answer(actions, target, Buffer.concat(chunks).toString());
    response.writeHead(status, {
      "content-type": "application/x-amz-json-1.0",
      "x-amzn-requestid": crypto.randomUUID(),
    });
    response.end(JSON.stringify(body));
  });
  guardLoopback(keepConnections(server)).unref();
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ port: options.port ?? 0, host: "127.0.0.1" }, resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    port,
    tokens,
    url: `http://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        // Tasks that end because the stack ends must not end their executions.
        files?.close();
        tokens.stop();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answer(
  actions: Record<string, Action>,
  target: string,
  text: string,
): { status: number; body: unknown } {
  try {
    const action = actions[target.replace(/^AWSStepFunctions\./, "")];
    if (action === undefined) {
      throw new StatesError("UnknownOperationException", `The local Step Functions has no action ${target}`);
    }
    return { status: 200, body: action(parseRequest(text)) };
  } catch (error) {
    if (error instanceof StatesError) {
      return { status: 400, body: { __type: error.name, message: error.message } };
    }
    return { status: 500, body: { __type: "InternalFailure", message: String(error) } };
  }
}

/** The state machines of the template. Throws a LocalStackError that names one that cannot run. */
export function stateMachines(template: Template, resolve: Resolve): Machine[] {
  return resourcesOfType(template, "AWS::StepFunctions::StateMachine").map(([logicalId, resource]) => {
    const definition = definitionOf(resource.Properties, resolve);
    if (!isDefinition(definition)) {
      throw new LocalStackError(`State machine ${logicalId} has no definition with StartAt and States`);
    }
    try {
      assertRunnable(definition);
    } catch (error) {
      throw new LocalStackError(
        `State machine ${logicalId}: ${error instanceof Error ? error.message : error}`,
      );
    }
    return {
      name: String(resolve({ "Fn::GetAtt": [logicalId, "Name"] })),
      arn: String(resolve({ Ref: logicalId })),
      roleArn: `arn:aws:iam::000000000000:role/${logicalId}`,
      definition,
      createdAt: new Date(),
    };
  });
}

function definitionOf(properties: Readonly<Record<string, unknown>>, resolve: Resolve): unknown {
  if (properties.Definition !== undefined) return resolve(properties.Definition);
  return JSON.parse(String(resolve(properties.DefinitionString)));
}

function isDefinition(value: unknown): value is StateMachineDefinition {
  return isRecord(value) && typeof value.StartAt === "string" && isRecord(value.States);
}
