/** The runtime of the local stack, with small functions that this file writes. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { StackClock } from "../../../local/clock.ts";
import type { Emulator } from "../../../local/emulator-thread.ts";
import type { LocalFunction } from "../../../local/lambda/function-workers.ts";
import type { Invocation } from "../../../local/lambda/invocation.ts";
import { startInvokeApi } from "../../../local/lambda/invoke-api.ts";
import { createInvoker } from "../../../local/lambda/invoke-client.ts";
import { createRuntime, type LambdaRuntime } from "../../../local/lambda/runtime.ts";
import { LOCAL_CREDENTIALS } from "../../../local/local-credentials.ts";

const CONCURRENCY = 3;
/** The functions by name: the source of their handler, and their timeout in seconds. */
const SOURCES: Record<string, [string, number?]> = {
  echo: ["async (event) => event"],
  "return-text": [`async () => 'a "quoted" text'`],
  "return-nothing": ["async () => undefined"],
  "return-too-much": ["async () => 'x'.repeat(7 * 1024 * 1024)"],
  describe: [
    `async (event, context) => ({
      name: context.functionName, left: context.getRemainingTimeInMillis(),
      greeting: process.env.GREETING, home: process.env.HOME })`,
    20,
  ],
  refuse: ["async () => { throw Object.assign(new Error('no\\nmore'), { name: 'PAYMENT_REQUIRED' }); }"],
  "throw-text": ["async () => { throw 'just a text'; }"],
  exit: ["async () => process.exit(3)"],
  reject: ["() => new Promise(() => { Promise.reject(new Error('nobody waits')); })"],
  "run-out-of-time": ["async (event) => event.slow ? new Promise(() => {}) : 'in time'", 0.2],
  "count-calls": [
    `async () => {
      global.running = (global.running ?? 0) + 1;
      await new Promise((resolve) => setTimeout(resolve, 5));
      const { running } = global;
      global.running -= 1;
      return { thread: require("node:worker_threads").threadId, running };
    }`,
  ],
  "tell-time": [
    `async () => {
      const begin = Date.now();
      await new Promise((resolve) => setTimeout(resolve, 5));
      const date = new Date();
      return {
        begin, end: date.getTime(), text: Date(),
        isDate: date instanceof Date && date.constructor === Date && new Date(0).getTime() === 0,
      };
    }`,
  ],
  broken: ["}}}"],
  // Writes a letter whenever a thread loads it.
  "count-loads": [`(require("node:fs").appendFileSync(__dirname + "/loads", "x"), async () => {})`],
  ...Object.fromEntries(
    Array.from({ length: availableParallelism() }, (_, n): [string, [string]] => [
      `load-slowly-${n}`,
      [
        `(() => {
          const moment = new Int32Array(new SharedArrayBuffer(4));
          while (!require("node:fs").existsSync(__dirname + "/go")) Atomics.wait(moment, 0, 0, 5);
          return async () => {};
        })()`,
      ],
    ]),
  ),
};

let folder: string;
let runtime: LambdaRuntime;
let api: Emulator;
const logged: string[] = [];

function written(name: string): LocalFunction {
  const [source, timeoutSeconds = 5] = SOURCES[name] ?? [""];
  const bundle = join(folder, `${name}.cjs`);
  writeFileSync(bundle, `module.exports.handler = ${source};`);
  return {
    name,
    bundle,
    exportName: "handler",
    timeoutSeconds,
    memoryMegabytes: 512,
    region: "eu-central-1",
    environment: { GREETING: "hello" },
  };
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "runtime-"));
  runtime = createRuntime({
    functions: Object.keys(SOURCES).map(written),
    concurrency: CONCURRENCY,
    log: (line) => logged.push(line),
  });
  api = await startInvokeApi({ port: 0, runtime });
});
afterAll(async () => {
  await api.close();
  await runtime.close();
  rmSync(folder, { recursive: true, force: true });
});

const invoke = (name: string, event: unknown = {}) => runtime.invoke(name, event);
const failure = (invocation: Invocation) =>
  invocation.outcome === "failed" ? JSON.parse(invocation.document) : expect(invocation).toBe("failed");

describe("an invocation", () => {
  it("returns what the function returns, as JSON", async () => {
    expect(await invoke("echo", { a: [1, null, "ä"], gone: undefined })).toEqual({
      outcome: "answered",
      payload: { a: [1, null, "ä"] },
    });
    expect(await invoke("return-text")).toEqual({ outcome: "answered", payload: 'a "quoted" text' });
    expect(await invoke("return-nothing")).toEqual({ outcome: "answered", payload: null });
  });

  it("has its context, its environment and nothing of the stack's environment", async () => {
    const { payload } = Object({ payload: {}, ...(await invoke("describe")) });
    expect(payload).toEqual({ name: "describe", left: expect.any(Number), greeting: "hello" });
    expect(payload.left).toBeGreaterThan(10_000);
    expect(payload.left).toBeLessThanOrEqual(20_000);
  });

  it("that throws fails with Lambda's error document, and the stack logs the reason in one line", async () => {
    expect(failure(await invoke("refuse"))).toEqual({
      errorType: "PAYMENT_REQUIRED",
      errorMessage: "no\nmore",
      trace: expect.arrayContaining([expect.stringContaining("refuse.cjs")]),
    });
    expect(logged).toContain("refuse failed: PAYMENT_REQUIRED: no more");
    expect(failure(await invoke("throw-text"))).toMatchObject({ errorMessage: "just a text" });
  });

  it.each([
    ["run-out-of-time", "Sandbox.Timedout", "Task timed out after 0.20 seconds"],
    ["exit", "Runtime.ExitError", "exit status 3"],
    ["reject", "Runtime.UnhandledError", "nobody waits"],
    ["broken", "SyntaxError", "Unexpected token"],
    ["return-too-much", "Function.ResponseSizeTooLarge", "6291456 bytes"],
  ])("of %s fails with %s", async (name, errorType, message) => {
    expect(failure(await invoke(name, { slow: true }))).toMatchObject({
      errorType,
      errorMessage: expect.stringContaining(message),
    });
  });

  it("after one that ran out of time runs in a new thread", async () => {
    await invoke("run-out-of-time", { slow: true });
    expect(await invoke("run-out-of-time")).toEqual({ outcome: "answered", payload: "in time" });
  });
});

describe("500 simultaneous invocations", () => {
  it("all get their own response, from a limited number of threads with one invocation at a time", async () => {
    const echoed = await Promise.all(Array.from({ length: 500 }, (_, index) => invoke("echo", { index })));
    expect(echoed).toEqual(echoed.map((_, index) => ({ outcome: "answered", payload: { index } })));
    const counted = await Promise.all(Array.from({ length: 500 }, () => invoke("count-calls")));
    const payloads = counted.map((invocation) => Object({ payload: {}, ...invocation }).payload);
    expect(new Set(payloads.map(({ running }) => running))).toEqual(new Set([1]));
    expect(new Set(payloads.map(({ thread }) => thread)).size).toBeLessThanOrEqual(CONCURRENCY);
  });
});

describe("the clock of the stack", () => {
  it("is the time that a function sees; it does not jump during an invocation", async () => {
    const clock = new StackClock();
    const day = 24 * 60 * 60 * 1000;
    const moved = createRuntime({ functions: [written("tell-time")], clock, log: () => {} });
    const timeOf = async (running: Promise<Invocation>) =>
      Object({ payload: {}, ...(await running) }).payload;
    const first = await timeOf(moved.invoke("tell-time", {}));
    clock.offsetMs = 3 * day;
    const second = await timeOf(moved.invoke("tell-time", {}));
    expect(Math.round((second.begin - first.begin) / day)).toBe(3);
    expect(second.isDate).toBe(true);
    expect(Date.parse(second.text)).toBeGreaterThan(first.begin + 2 * day);
    const during = timeOf(moved.invoke("tell-time", {}));
    clock.offsetMs = 9 * day;
    expect(Math.round(((await during).end - first.begin) / day)).toBe(3);
    await moved.close();
  });
});

describe("changed code", () => {
  it("runs from the next invocation on; an invocation under way ends with the code that it began with", async () => {
    const bundle = written("echo").bundle;
    const earlier = invoke("echo", "earlier");
    writeFileSync(bundle, "module.exports.handler = async () => 'new code';");
    expect(await earlier).toMatchObject({ payload: "earlier" });
    runtime.renew();
    expect(await invoke("echo")).toMatchObject({ payload: "new code" });
    written("echo");
    runtime.renew();
  });
});

describe("an invocation that waited until a thread was free", () => {
  it("starts no further thread", async () => {
    await invoke("count-loads");
    // They take all turns to start a thread, until the file is there.
    const slow = Array.from({ length: availableParallelism() }, (_, n) => invoke(`load-slowly-${n}`));
    await Promise.all([invoke("count-loads"), invoke("count-loads")]);
    writeFileSync(join(folder, "go"), "");
    await Promise.all(slow);
    // Needs a new thread, whose turn comes after that of the thread that is no longer needed.
    await invoke("exit");
    await invoke("exit");
    expect(readFileSync(join(folder, "loads"), "utf8")).toBe("x");
  });
});

describe("the Invoke API", () => {
  it("returns results and errors like Lambda", async () => {
    const over = createInvoker({ endpoint: api.url, region: "eu-central-1" });
    expect(await over("return-text", {})).toEqual(await invoke("return-text"));
    expect(await over("refuse", {})).toEqual({
      outcome: "failed",
      errorType: "PAYMENT_REQUIRED",
      document: expect.stringContaining("no\\nmore"),
    });
    await expect(over("unknown", {})).rejects.toMatchObject({ name: "ResourceNotFoundException" });
  });

  it("starts an invocation of the type Event and responds at once", async () => {
    const lambda = new LambdaClient({
      endpoint: api.url,
      region: "eu-central-1",
      credentials: LOCAL_CREDENTIALS,
    });
    const { StatusCode } = await lambda.send(
      new InvokeCommand({
        FunctionName: "run-out-of-time",
        InvocationType: "Event",
        Payload: '{"slow":true}',
      }),
    );
    expect(StatusCode).toBe(202);
    lambda.destroy();
  });

  it("refuses an event that is not JSON or too large", async () => {
    const post = (body: string) =>
      fetch(`${api.url}/2015-03-31/functions/echo/invocations`, { method: "POST", body });
    expect((await post("{")).status).toBe(400);
    expect((await post(JSON.stringify("x".repeat(6 * 1024 * 1024)))).status).toBe(413);
  });
});
