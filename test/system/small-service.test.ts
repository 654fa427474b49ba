/** The whole stack around the small service in test/system/small-service/, in its own process. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { keyIdOf } from "../../lib/identity/api-key.ts";
import { type Emulators, startEmulators } from "../../local/emulators.ts";
import { LOCAL_CREDENTIALS } from "../../local/local-credentials.ts";
import { freePorts, LocalStackError } from "../../local/ports.ts";
import { type RunningStack, startStack } from "../../local/stack-process.ts";
import { rawRequest } from "../steps/raw-request.ts";
import { type ServiceRouter, startServiceRouter } from "../steps/service-router.ts";

const client = { region: "eu-central-1", credentials: LOCAL_CREDENTIALS };
// With a key for Stripe's test mode, the Stripe emulator does not start; nothing here calls Stripe.
const environment = { STRIPE_SECRET_KEY: "sk_test_unused", AWS_REGION: client.region, AWS_ENDPOINT_URL: "" };

/** A copy of the service that a test can change, in a folder as deep as its import of the plugin expects. */
function givenService(): string {
  const folder = join(import.meta.dirname, "../../.local/test");
  mkdirSync(folder, { recursive: true });
  const directory = mkdtempSync(join(folder, "service-"));
  cpSync(join(import.meta.dirname, "small-service"), directory, {
    recursive: true,
    filter: (path) => !path.includes(".esbuild"),
  });
  return directory;
}

async function until<T>(read: () => Promise<T>, condition: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await read();
    if (condition(value)) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function addNote(stack: RunningStack, id: string) {
  const response = await fetch(`${stack.urls.api}/api/notes`, {
    method: "POST",
    body: JSON.stringify({ id }),
  });
  const answer = await response.text();
  expect({ status: response.status, answer }).toMatchObject({ status: 200 });
  return JSON.parse(answer);
}

const noteExists = async (endpoint: string, id: string) => {
  const dynamodb = new DynamoDBClient({ ...client, endpoint });
  const { Item } = await dynamodb.send(new GetItemCommand({ TableName: "notes", Key: { id: { S: id } } }));
  return Item !== undefined;
};

describe("the local stack", () => {
  let directory: string;
  let stack: RunningStack;
  /** The same path at each start: by it, Node finds what it has compiled before. */
  const bundles = () => join(directory, ".esbuild", `port-${stack.settings.ports.PORT}`, ".build");
  const printed: string[] = [];

  beforeAll(async () => {
    directory = givenService();
    stack = await startStack({
      directory,
      env: { ...environment, ...(await freePorts()), CORS_ORIGINS: "https://shop.example" },
      onLine: (line) => printed.push(line),
    });
  });

  afterAll(async () => {
    await stack?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  it("keeps its bundles while another process makes a package in the same folder", () => {
    const { status, stderr } = spawnSync("serverless", ["package"], {
      cwd: directory,
      encoding: "utf8",
      env: { ...process.env, ...environment, NODE_OPTIONS: "" },
    });
    expect({ status, stderr }).toMatchObject({ status: 0 });
    expect(existsSync(bundles())).toBe(true);
  });

  it("gives the functions every service: DynamoDB, SQS with a consumer, SNS, SES, and a state machine", async () => {
    const { executionArn, publicUrl } = await addNote(stack, "n1");

    await until(() => noteExists(stack.urls.dynamodb, "n1"), Boolean);
    const { emails } = JSON.parse(await (await fetch(`${stack.urls.mailbox}/store`)).text());
    expect(emails).toContainEqual(expect.objectContaining({ subject: "n1", from: "payments@example.com" }));
    const sfn = new SFNClient({ ...client, endpoint: stack.urls.stepFunctions });
    const execution = await until(
      () => sfn.send(new DescribeExecutionCommand({ executionArn })),
      ({ status }) => status !== "RUNNING",
    );
    expect(execution).toMatchObject({ status: "SUCCEEDED", output: '{"greeting":"Hello n1"}' });
    expect(publicUrl).toBe(stack.urls.api);
  });

  it("keeps the name of a function's error, and the state machine catches the error by that name", async () => {
    const sfn = new SFNClient({ ...client, endpoint: stack.urls.stepFunctions });
    const { executionArn } = await sfn.send(
      new StartExecutionCommand({
        stateMachineArn: `arn:aws:states:${client.region}:000000000000:stateMachine:local-stack-fixture-greet`,
        input: "{}",
      }),
    );
    const execution = await until(
      () => sfn.send(new DescribeExecutionCommand({ executionArn })),
      ({ status }) => status !== "RUNNING",
    );

    expect(execution).toMatchObject({ status: "FAILED", error: "refused" });
    const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn }));
    const failure = events?.find(
      ({ type }) => type === "LambdaFunctionFailed",
    )?.lambdaFunctionFailedEventDetails;
    expect(failure?.error).toBe("VALIDATION_FAILED");
    expect(JSON.parse(failure?.cause ?? "")).toMatchObject({
      errorType: "VALIDATION_FAILED",
      errorMessage: "name is missing",
    });
  });

  const whoAmI = async (caller: string, body = "") => {
    const response = await fetch(`${stack.urls.api}/api/who-am-i`, {
      method: "POST",
      headers: { authorization: `Bearer ${caller}` },
      body,
    });
    return { status: response.status, text: await response.text() };
  };

  it("gives each of 500 simultaneous calls its own right response", async () => {
    const callers = Array.from({ length: 500 }, (_, index) => `caller ${index}`);
    const responses = await Promise.all(callers.map((caller) => whoAmI(caller)));
    expect(responses).toEqual(callers.map((text) => ({ status: 200, text })));
  });

  it("leaves it to its clients to close idle connections, so that none is closed under a request", async () => {
    const { status, headers } = await fetch(`${stack.urls.api}/api/health`);
    expect([status, headers.get("connection"), headers.get("keep-alive")]).toEqual([200, "keep-alive", null]);
  });

  it("responds with API Gateway's 500 when the authorizer or the function fails, and prints the reason", async () => {
    const internalError = { status: 500, text: '{"message":"Internal Server Error"}' };
    expect(await whoAmI("crash")).toEqual(internalError);
    expect(printed).toContain("local-stack-fixture-dev-authorizer failed: Error: the key store is down");
    expect(await whoAmI("someone", "crash")).toEqual(internalError);
    expect(await whoAmI("stranger")).toMatchObject({ status: 403 });
  });

  it("the API responds to what no route has as API Gateway does", async () => {
    const notFound = { status: 404, text: '{"message":"Not Found"}' };
    const health = `${stack.urls.api}/api/health`;
    expect(await rawRequest(health)).toMatchObject({ status: 200 });
    expect(await rawRequest(`${health}/`)).toMatchObject(notFound);
    expect(await rawRequest(health, { method: "POST" })).toMatchObject(notFound);
    expect(await rawRequest(health, { method: "HEAD" })).toMatchObject({ status: 404 });
    expect(await rawRequest(health, { method: "OPTIONS" })).toMatchObject({ status: 204, text: "" });
    expect(await rawRequest(`${stack.urls.api}/nothing`)).toMatchObject(notFound);
  });

  it("only an origin of CORS_ORIGINS gets CORS headers", async () => {
    const allowing = async (origin: string) => {
      const response = await fetch(`${stack.urls.api}/api/health`, { headers: { origin } });
      return response.headers.get("access-control-allow-origin");
    };
    expect(await allowing("https://shop.example")).toBe("https://shop.example");
    // Lets the API itself pass the guard, which refuses every other origin.
    expect(await allowing(stack.urls.api)).toBeNull();
  });

  describe("given a web page that a developer visits", () => {
    const post = (headers: Record<string, string>) =>
      rawRequest(`${stack.urls.api}/api/who-am-i`, {
        method: "POST",
        headers: { authorization: "Bearer someone", ...headers },
      });

    it("the API refuses its host and its origin, unless CORS_ORIGINS names it", async () => {
      const { host } = new URL(stack.urls.api);
      expect(await post({ host: host.replace("localhost", "rebound.example") })).toMatchObject({
        status: 403,
      });
      expect(await post({ origin: "https://page.example" })).toMatchObject({ status: 403 });
      expect(await post({ origin: "https://shop.example" })).toMatchObject({ status: 200 });
      expect(await post({ origin: stack.urls.api })).toMatchObject({ status: 200 });
    });

    it("no header makes another caller of it", async () => {
      const caller = JSON.stringify({ lambda: { caller: "admin" } });
      expect(await post({ "sls-offline-authorizer-override": caller })).toEqual({
        status: 200,
        text: "someone",
      });
      expect(await post({ "sls-offline-authorizer-override": caller, expect: "100-continue" })).toEqual({
        status: 200,
        text: "someone",
      });
      expect(
        await post({ "Sls-Offline-Authorizer-Override": caller, authorization: "Bearer stranger" }),
      ).toMatchObject({ status: 403 });
    });
  });

  it("knows the local API key by its hash", async () => {
    const dynamodb = new DynamoDBClient({ ...client, endpoint: stack.urls.dynamodb });
    const { Item } = await dynamodb.send(
      new GetItemCommand({ TableName: "api-keys", Key: { keyId: { S: keyIdOf("local-dev-key") } } }),
    );
    expect(Item).toMatchObject({ principalId: { S: "local-dev" } });
  });

  it("runs a function's new code after its file changed, and keeps the emulators' data", async () => {
    await addNote(stack, "kept");
    const file = join(directory, "functions/get-health.ts");
    writeFileSync(file, readFileSync(file, "utf8").replace("first", "second"));

    const health = () => fetch(`${stack.urls.api}/api/health`).then((response) => response.text());
    await until(health, (text) => text === '{"version":"second"}');

    await until(() => noteExists(stack.urls.dynamodb, "kept"), Boolean);
  });

  it("does not start on the ports of another stack: the error names each port and its variable", async () => {
    const { PORT, SQS_PORT } = stack.settings.ports;
    const ports = { ...(await freePorts()), PORT: String(PORT), SQS_PORT: String(SQS_PORT) };

    const starting = startStack({ directory, env: { ...environment, ...ports } });

    await expect(starting).rejects.toThrow(
      new LocalStackError(
        `Port ${PORT}, for the HTTP API, is in use: stop the process that listens there, or set PORT to a free port.\n` +
          `Port ${SQS_PORT}, for SQS and SNS, is in use: stop the process that listens there, or set SQS_PORT to a free port.`,
      ),
    );
    expect(existsSync(bundles())).toBe(true);
  });
});

describe("a service that cannot run", () => {
  it.each([
    [
      "a bundle cannot be built",
      "functions/greet.ts",
      "export const",
      "export konst",
      "functions/greet.ts:8:7",
    ],
    [
      "a variable has no local value",
      "serverless.yml",
      "TABLE: !Ref NotesTable",
      "TABLE: !Ref X",
      "variable TABLE",
    ],
    ["a port in .env is invalid", ".env", "", "PORT=abc", "PORT=abc is not a port"],
  ])("ends immediately and says why when %s", async (_, path, from, to, reason) => {
    const directory = givenService();
    const file = join(directory, path);
    writeFileSync(file, (existsSync(file) ? readFileSync(file, "utf8") : "").replace(from, to));
    const { PORT, ...ports } = await freePorts();

    const starting = startStack({
      directory,
      env: { ...environment, ...ports, ...(path === ".env" ? {} : { PORT }) },
    });

    await expect(starting).rejects.toThrow(reason);
    rmSync(directory, { recursive: true, force: true });
  });
});

describe("the local stack with AWS_ENDPOINT_URL", () => {
  let directory: string;
  let elsewhere: Emulators;
  let router: ServiceRouter;
  let stack: RunningStack;

  beforeAll(async () => {
    directory = givenService();
    elsewhere = await startEmulators({ region: client.region });
    router = await startServiceRouter(elsewhere.endpoints);
    const env = { ...environment, ...(await freePorts()), AWS_ENDPOINT_URL: router.url };
    // A first start creates everything; the second one finds it there.
    await (await startStack({ directory, env })).stop();
    stack = await startStack({ directory, env });
  });

  afterAll(async () => {
    await stack?.stop();
    await router?.close();
    await elsewhere?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it("sends every call of the four services there, and does not start their emulators", async () => {
    router.calls.length = 0;
    const { executionArn } = await addNote(stack, "n2");
    await until(() => noteExists(elsewhere.endpoints.dynamodb, "n2"), Boolean);
    await until(
      async () => router.calls,
      (calls) => calls.includes("sqs DeleteMessageBatch"),
    );

    expect(router.calls).toEqual(
      expect.arrayContaining([
        "dynamodb GetItem",
        "dynamodb PutItem",
        "sqs SendMessage",
        "sqs ReceiveMessage",
        "sqs DeleteMessageBatch",
        "sns Publish",
        "ses SendEmail",
      ]),
    );
    expect(router.calls.filter((call) => call.startsWith("states"))).toEqual([]);
    expect(executionArn).toContain(":execution:");
    const { DYNAMODB_PORT, SQS_PORT, MAILBOX_PORT } = stack.settings.ports;
    for (const port of [DYNAMODB_PORT, SQS_PORT, MAILBOX_PORT]) {
      await expect(listening(port)).resolves.toBe(false);
    }
  });
});

/** Whether a process listens on the port on loopback. */
function listening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(true));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(false)));
  });
}
