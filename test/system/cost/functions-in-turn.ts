/** Runs the real functions one after the other, as Lambda would invoke them. */
import { randomUUID } from "node:crypto";
import { type Invocation, invocationOf } from "../../../local/lambda/invocation.ts";
import type { CapturedLog } from "../../steps/captured-log.ts";
import { lambdaContext } from "../../steps/given.ts";
import { COUNTED_QUEUES } from "./counted-queues.ts";
import type { Tally } from "./tally.ts";

type Handler = (event: object, context: ReturnType<typeof lambdaContext>) => Promise<unknown>;

/** The module of each function that is not a capability. */
const OWN_FUNCTIONS: Readonly<Record<string, () => Promise<{ readonly handler: unknown }>>> = {
  authorizer: () => import("../../../functions/authorizer/handler.ts"),
  "start-workflow-run": () => import("../../../functions/start-workflow-run/handler.ts"),
  "get-workflow-run": () => import("../../../functions/get-workflow-run/handler.ts"),
  "record-workflow-run": () => import("../../../functions/record-workflow-run/handler.ts"),
  "pay-page": () => import("../../../functions/pay-page/handler.ts"),
  "stripe-webhook": () => import("../../../functions/stripe-webhook/handler.ts"),
  ...Object.fromEntries(
    COUNTED_QUEUES.map((queue) => [
      `on-${queue}-event`,
      () => import(`../../../functions/on-${queue}-event/handler.ts`),
    ]),
  ),
};

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
      const load = OWN_FUNCTIONS[name] ?? (() => import(`../../../generated/handlers/${name}.ts`));
      const { handler } = (await load()) as { readonly handler: Handler };
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
