/**
 * Lambda: runs each invocation in an execution environment of its function, one at a time, with module state of its own. A crashed
 * environment is never used again: what it was waiting for never comes.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Sender } from "./network.ts";
import type { Schedule } from "./schedule.ts";

/** A Lambda's response; `crashed` also if it was cut off at its timeout. */
export type Outcome = { readonly requestId: string } & Ending;
type Ending =
  | { readonly kind: "response"; readonly value: unknown }
  | { readonly kind: "error" }
  | { readonly kind: "crashed" };

/** What an invocation leaves behind goes on during the next ones in its environment, and is still its own work. */
const works = new AsyncLocalStorage<string>();

/** An execution environment. */
export class Environment implements Sender {
  readonly name: string;
  readonly #schedule: Schedule;
  /** How far its clock is ahead, in milliseconds. */
  readonly #skewMs: number;
  isGone = false;
  frozenUntil = 0;
  onCrash: () => void = () => undefined;

  constructor(name: string, schedule: Schedule, skewMs: number) {
    this.name = name;
    this.#schedule = schedule;
    this.#skewMs = skewMs;
  }

  readonly now = (): number => this.#schedule.now + this.#skewMs;

  get work(): string {
    return works.getStore() ?? this.name;
  }

  freeze(ms: number): void {
    this.frozenUntil = this.#schedule.now + ms;
  }

  crash(why: string): void {
    if (this.isGone) return;
    this.isGone = true;
    this.#schedule.note(`${this.name}: CRASH ${why}`);
    this.onCrash();
  }
}

export type Handler = (event: unknown, context: object) => unknown;
/** Loads the code into the environment; returns its handlers by the name of the function. */
export type LoadFunctions = (environment: Environment) => (functionName: string) => Handler;

interface Warm {
  readonly environment: Environment;
  readonly handlerOf: (functionName: string) => Handler;
}

/** The clocks of two machines differ by at most this, in milliseconds: less than a lease. */
const MOST_SKEW_MS = 9_000;

export class Lambda {
  readonly #schedule: Schedule;
  readonly #load: LoadFunctions;
  readonly #idle: Warm[] = [];
  readonly #skewMs: number;
  #count = 0;
  #invocations = 0;

  constructor(schedule: Schedule, load: LoadFunctions) {
    this.#schedule = schedule;
    this.#load = load;
    this.#skewMs = schedule.pick([0, 0, MOST_SKEW_MS]);
  }

  invoke(functionName: string, event: unknown, timeoutMs: number): Promise<Outcome> {
    const warm = this.#takeIdle() ?? this.#start();
    const { environment } = warm;
    this.#invocations += 1;
    const requestId = `request-${this.#invocations}`;
    this.#schedule.note(`${environment.name}: ${functionName} begins as ${requestId}`);
    const endsAt = environment.now() + timeoutMs;
    return new Promise((resolve) => {
      const cancel = this.#schedule.timer(timeoutMs, () => environment.crash("at its timeout"));
      environment.onCrash = () => {
        cancel();
        resolve({ requestId, kind: "crashed" });
      };
      const settle = (ending: Ending) => {
        // What a dead environment still computes reaches nobody.
        if (environment.isGone) return;
        cancel();
        this.#schedule.note(`${environment.name}: ${functionName} ends: ${ending.kind}`);
        this.#idle.push(warm);
        resolve({ requestId, ...ending });
      };
      const context = contextOf(functionName, requestId, () => endsAt - environment.now());
      works
        .run(`${environment.name} ${requestId}`, async () => warm.handlerOf(functionName)(event, context))
        .then(
          (value) => settle({ kind: "response", value: JSON.parse(JSON.stringify(value ?? null)) }),
          () => settle({ kind: "error" }),
        );
    });
  }

  /** What an invocation has left behind can crash its environment after the response. */
  #takeIdle(): Warm | undefined {
    let warm = this.#idle.pop();
    while (warm?.environment.isGone === true) warm = this.#idle.pop();
    return warm;
  }

  #start(): Warm {
    this.#count += 1;
    const skewMs = this.#skewMs === 0 ? 0 : this.#schedule.below(2 * this.#skewMs) - this.#skewMs;
    const environment = new Environment(`λ${this.#count}`, this.#schedule, skewMs);
    return { environment, handlerOf: this.#load(environment) };
  }
}

function contextOf(functionName: string, awsRequestId: string, left: () => number): object {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName,
    functionVersion: "1",
    invokedFunctionArn: `arn:aws:lambda:us-east-1:000000000000:function:${functionName}`,
    memoryLimitInMB: "512",
    awsRequestId,
    logGroupName: functionName,
    logStreamName: functionName,
    getRemainingTimeInMillis: left,
  };
}
