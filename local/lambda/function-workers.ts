/**
 * The threads of one function. Each runs one invocation at a time; further invocations wait for their turn, as behind a
 * concurrency limit. A function's time begins when its code begins to run, so waiting and loading never time it out.
 */
import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Worker } from "node:worker_threads";
import { present } from "../../lib/present.ts";
import type { StackClock } from "../clock.ts";
import { failedInvocation, type Invocation, MAX_PAYLOAD_BYTES } from "./invocation.ts";
import type { WorkerData, WorkerReport, WorkerRequest } from "./worker-messages.ts";

export interface LocalFunction {
  readonly name: string;
  /** The path of its CommonJS bundle. */
  readonly bundle: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
  readonly memoryMegabytes: number;
  readonly region: string;
  /** Its environment; nothing of the stack's own environment reaches it. */
  readonly environment: Readonly<Record<string, string>>;
}

interface Waiting {
  readonly event: string;
  readonly settle: (invocation: Invocation) => void;
}

interface FunctionThread {
  readonly worker: Worker;
  /** The invocation that it runs. */
  current: Waiting | undefined;
  timer: NodeJS.Timeout | undefined;
  /** Set once the function's code has changed: it ends after its current invocation. */
  isOutdated: boolean;
}

/** Invocations of one function that run at the same time, by default. */
export const DEFAULT_CONCURRENCY = 8;
const IDLE_MS = 60_000;
/** A further thread costs a third of a second of CPU time, and most calls are over sooner, even the first of a thread. */
const PATIENCE_MS = 500;
/** Loading a bundle takes the whole attention of a core, so threads start in turn. */
const MAX_STARTING = availableParallelism();
let starting = 0;
const waitingToStart: (() => void)[] = [];

export class FunctionWorkers {
  readonly #definition: LocalFunction;
  readonly #clock: StackClock;
  readonly #concurrency: number;
  readonly #onLine: ((line: string) => void) | undefined;
  readonly #queue: Waiting[] = [];
  readonly #threads = new Set<FunctionThread>();
  readonly #idle: FunctionThread[] = [];
  #isStarting = false;
  #isClosed = false;

  /** `onLine` gets what the function prints, which by default is printed by this process. */
  constructor(
    definition: LocalFunction,
    clock: StackClock,
    concurrency = DEFAULT_CONCURRENCY,
    onLine?: (line: string) => void,
  ) {
    this.#definition = definition;
    this.#clock = clock;
    this.#concurrency = concurrency;
    this.#onLine = onLine;
  }

  /** Runs the function with `event` (JSON) as soon as a thread is free. Never rejects. */
  invoke(event: string): Promise<Invocation> {
    return new Promise((settle) => {
      this.#queue.push({ event, settle });
      this.#drain();
    });
  }

  /** Loads the function again for the next invocation. Invocations under way end with the code that they began with. */
  renew(): void {
    for (const thread of this.#threads) thread.isOutdated = true;
    for (const thread of this.#idle.splice(0)) this.#end(thread);
  }

  /** Ends all threads. Invocations under way fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const closed = failedInvocation("Runtime.Closed", "The local stack was stopped during the invocation.");
    for (const { settle } of this.#queue.splice(0)) settle(closed);
    await Promise.all(
      [...this.#threads].map((thread) => {
        this.#settle(thread, closed);
        return this.#end(thread);
      }),
    );
  }

  #drain(): void {
    for (;;) {
      if (this.#queue.length === 0 || this.#isClosed) return;
      const thread = this.#idle.pop();
      if (thread === undefined) break;
      const next = this.#queue.shift();
      if (next !== undefined) this.#run(thread, next);
    }
    if (!this.#isStarting && this.#threads.size < this.#concurrency) void this.#start();
  }

  async #start(): Promise<void> {
    this.#isStarting = true;
    // A caller waits for the first thread; a further one only shortens a queue.
    const isFirst = this.#threads.size === 0;
    if (!isFirst) await new Promise((resume) => setTimeout(resume, PATIENCE_MS).unref());
    await turnToStart(isFirst);
    try {
      // Another thread may have taken the invocations meanwhile.
      if (!this.#isClosed && this.#queue.length > 0) await this.#startThread();
    } finally {
      this.#isStarting = false;
      startEnded();
      this.#drain();
    }
  }

  /** Resolves once the thread is ready. If it cannot be, the waiting invocations fail: so would every other thread. */
  #startThread(): Promise<void> {
    const { bundle, exportName } = this.#definition;
    const data: WorkerData = { bundle, exportName, clockOffsetMs: this.#clock.offsetMs };
    const worker = new Worker(join(import.meta.dirname, "worker.ts"), {
      workerData: data,
      env: environmentOf(this.#definition),
      stdout: this.#onLine !== undefined,
    });
    if (this.#onLine !== undefined) createInterface({ input: worker.stdout }).on("line", this.#onLine);
    const thread: FunctionThread = { worker, current: undefined, timer: undefined, isOutdated: false };
    this.#threads.add(thread);
    return new Promise((started) => {
      let isReady = false;
      const failStart = (failure: Invocation) => {
        for (const { settle } of this.#queue.splice(0)) settle(failure);
        void this.#end(thread);
        started();
      };
      const fail = (failure: Invocation) => {
        if (!isReady) failStart(failure);
        else {
          this.#settle(thread, failure);
          void this.#end(thread);
          this.#drain();
        }
      };
      worker.on("message", (report: WorkerReport) => {
        if (report.type === "ready") {
          isReady = true;
          this.#rest(thread);
          started();
        } else if (!isReady) failStart(invocationOf(report));
        else this.#finish(thread, invocationOf(report));
      });
      worker.on("error", (error) => fail(failedInvocation("Runtime.UnhandledError", String(error))));
      worker.on("exit", (code) =>
        fail(
          failedInvocation("Runtime.ExitError", `The function ended its process with exit status ${code}`),
        ),
      );
    });
  }

  #run(thread: FunctionThread, invocation: Waiting): void {
    const { name, timeoutSeconds } = this.#definition;
    const awsRequestId = randomUUID();
    clearTimeout(thread.timer);
    thread.current = invocation;
    thread.timer = setTimeout(() => {
      const message = `RequestId: ${awsRequestId} Error: Task timed out after ${timeoutSeconds.toFixed(2)} seconds`;
      this.#settle(thread, failedInvocation("Sandbox.Timedout", message));
      void this.#end(thread);
      this.#drain();
    }, timeoutSeconds * 1_000);
    const request: WorkerRequest = {
      event: invocation.event,
      context: {
        awsRequestId,
        functionName: name,
        functionVersion: "$LATEST",
        invokedFunctionArn: `arn:aws:lambda:${this.#definition.region}:000000000000:function:${name}`,
        memoryLimitInMB: String(this.#definition.memoryMegabytes),
        logGroupName: `/aws/lambda/${name}`,
        logStreamName: "local",
      },
      clockOffsetMs: this.#clock.offsetMs,
      deadline: performance.timeOrigin + performance.now() + timeoutSeconds * 1_000,
    };
    thread.worker.ref();
    thread.worker.postMessage(request);
  }

  #finish(thread: FunctionThread, invocation: Invocation): void {
    this.#settle(thread, invocation);
    if (thread.isOutdated) void this.#end(thread);
    else this.#rest(thread);
    this.#drain();
  }

  #settle(thread: FunctionThread, invocation: Invocation): void {
    clearTimeout(thread.timer);
    thread.current?.settle(invocation);
    thread.current = undefined;
  }

  /** An idle thread keeps no process alive, and ends after a minute. */
  #rest(thread: FunctionThread): void {
    this.#idle.push(thread);
    thread.worker.unref();
    thread.timer = setTimeout(() => void this.#end(thread), IDLE_MS).unref();
  }

  async #end(thread: FunctionThread): Promise<void> {
    clearTimeout(thread.timer);
    this.#threads.delete(thread);
    const index = this.#idle.indexOf(thread);
    if (index >= 0) this.#idle.splice(index, 1);
    thread.worker.removeAllListeners();
    // Terminating a thread that just failed may report the failure once more.
    thread.worker.on("error", () => {});
    await thread.worker.terminate();
  }
}

function invocationOf(report: Exclude<WorkerReport, { type: "ready" }>): Invocation {
  if (report.type === "error") return failedInvocation(report.errorType, report.errorMessage, report.trace);
  if (Buffer.byteLength(report.json) > MAX_PAYLOAD_BYTES) {
    return failedInvocation(
      "Function.ResponseSizeTooLarge",
      `Response payload size exceeded maximum allowed payload size (${MAX_PAYLOAD_BYTES} bytes).`,
    );
  }
  return { outcome: "answered", payload: JSON.parse(report.json) };
}

function environmentOf({
  name,
  region,
  memoryMegabytes,
  environment,
}: LocalFunction): Record<string, string> {
  return {
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMegabytes),
    LANG: "en_US.UTF-8",
    // So that a thread does not compile what another thread has compiled.
    ...present({ NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }),
    ...environment,
  };
}

async function turnToStart(isUrgent: boolean): Promise<void> {
  if (starting < MAX_STARTING) starting += 1;
  else
    await new Promise<void>((resume) => {
      if (isUrgent) waitingToStart.unshift(resume);
      else waitingToStart.push(resume);
    });
}

function startEnded(): void {
  const next = waitingToStart.shift();
  if (next === undefined) starting -= 1;
  else next();
}
