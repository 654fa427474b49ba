/**
 * One execution environment of a function, in a thread: it loads the function's bundle once and then runs one invocation
 * at a time. Like Lambda, it returns the result as JSON, or the name, the message and the stack of the error.
 */
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { moveDate } from "../clock.ts";
import type { WorkerData, WorkerReport, WorkerRequest } from "./worker-messages.ts";

type Handler = (event: unknown, context: object) => unknown;

const { bundle, exportName, clockOffsetMs: offsetAtStart }: WorkerData = workerData;
/** It stays the same during an invocation: a jump would let the function believe that it is out of time. */
let clockOffsetMs = offsetAtStart;
moveDate(() => clockOffsetMs);

function load(): Handler {
  const handler: unknown = createRequire(bundle)(bundle)[exportName];
  if (!isHandler(handler)) throw new Error(`${bundle} does not export a function named ${exportName}`);
  return handler;
}

function isHandler(value: unknown): value is Handler {
  return typeof value === "function";
}

async function run(handler: Handler, request: WorkerRequest): Promise<WorkerReport> {
  const { event, context, deadline } = request;
  clockOffsetMs = request.clockOffsetMs;
  try {
    const result = await handler(JSON.parse(event), {
      ...context,
      callbackWaitsForEmptyEventLoop: true,
      getRemainingTimeInMillis: () => Math.max(0, Math.floor(deadline - wallClock())),
    });
    return { type: "result", json: JSON.stringify(result) ?? "null" };
  } catch (error) {
    return { type: "error", ...described(error) };
  }
}

/** Unix milliseconds on a clock that does not jump: performance.now() counts from performance.timeOrigin. */
function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

function described(error: unknown): { errorType: string; errorMessage: string; trace: string[] } {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] };
  return { errorType: error.name, errorMessage: error.message, trace: (error.stack ?? "").split("\n") };
}

const report = (message: WorkerReport) => parentPort?.postMessage(message);

try {
  const handler = load();
  parentPort?.on("message", async (request: WorkerRequest) => report(await run(handler, request)));
  report({ type: "ready" });
} catch (error) {
  report({ type: "error", ...described(error) });
}
