/** Runs the real functions one after the other, as Lambda would invoke them. */
import { randomUUID } from "node:crypto";
import { type Invocation, invocationOf } from "../../../local/lambda/invocation.ts";
import { handlerOf } from "../../../scripts/bench/calls/counted-functions.ts";
import type { CapturedLog } from "../../steps/captured-log.ts";
import { lambdaContext } from "../../steps/given.ts";
import type { Tally } from "./tally.ts";

export class FunctionsInTurn {
  readonly #log: CapturedLog;
  readonly #tally: () => Tally;
  #last: Promise<unknown> = Promise.resolve();

  /** `tally`: the one that counts at the moment. */
  constructor(log: CapturedLog, tally: () => Tally) {
    this.#log = log;
    this.#tally = tally;
  }

  /** Resolves with what the function returns, or rejects with what it throws, after the invocations before it. */
  readonly invoke = (name: string, event: object): Promise<unknown> => {
    const invocation = this.#last.then(async () => {
      const handler = await handlerOf(name);
      // As long as Lambda's own ids, which are in every entry and line.
      const context = { ...lambdaContext(20_000), awsRequestId: randomUUID() };
      return this.#tally().invoked(name, this.#log, () => handler(event, context));
    });
    this.#last = invocation.catch(() => undefined);
    return invocation;
  };

  /** The same for a task of a workflow. Never rejects. */
  readonly invokeTask = (name: string, payload: unknown): Promise<Invocation> =>
    invocationOf(() => this.invoke(name, JSON.parse(JSON.stringify(payload))));

  /** Resolves once nothing runs. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
