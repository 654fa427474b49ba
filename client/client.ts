/** The client: calls capabilities, starts workflows and waits for their runs, and reads lists page by page. */
import { READING } from "../generated/client/reading.ts";
import type {
  AuditEntry,
  AuditParameters,
  CapabilityInputs,
  CapabilityOutputs,
  RunSummary,
  StartedRun,
  WorkflowInputs,
  WorkflowRuns,
} from "../generated/client/types.ts";
import { type Clock, systemClock } from "./clock.ts";
import { type Connection, type Request, send } from "./send.ts";

export type CapabilityId = keyof CapabilityInputs;
export type WorkflowId = keyof WorkflowInputs;

/** The capabilities whose outputs are a page: `items`, and `next` if there are more. */
export type ListId = {
  [Id in CapabilityId]: CapabilityOutputs[Id] extends { items: readonly unknown[]; next?: string }
    ? Id
    : never;
}[CapabilityId];
type Page<Item, List extends string> = { readonly [Name in List]: readonly Item[] } & {
  readonly next?: string;
};
type ItemOf<Outputs> = Outputs extends { items: readonly (infer Item)[] } ? Item : never;

export interface ClientOptions {
  /** The address of the API, such as `https://abc.execute-api.us-east-1.amazonaws.com`. */
  readonly baseUrl: string;
  /** Of `npm run keys`; or a function that returns a token, called for each attempt. */
  readonly apiKey: string | (() => string | Promise<string>);
  readonly fetch?: typeof globalThis.fetch;
  readonly clock?: Clock;
  /** How often a call is sent at most, the first time included. 5 by default. */
  readonly attempts?: number;
  /** How long one attempt can take, in milliseconds. 31,000 by default. */
  readonly attemptMs?: number;
}

export interface ReadOptions {
  readonly signal?: AbortSignal;
}

export interface CallOptions extends ReadOptions {
  /** Of your own, for what is to be done, such as `order-1042`. By default, a new one for each call, which its attempts share. */
  readonly idempotencyKey?: string;
}

export interface WaitOptions extends ReadOptions {
  /** After so many milliseconds, the promise rejects with a TimeoutError. By default, it waits until the run ends. */
  readonly timeoutMs?: number;
}

const FIRST_POLL_MS = 500;
const LONGEST_POLL_MS = 5_000;

/** All its promises reject with an ApiError, with the reason of an aborted signal, or with what `apiKey` throws. */
export class Client {
  readonly #connection: Connection;

  /** Throws a TypeError if `baseUrl` is not an address. */
  constructor({
    baseUrl,
    apiKey,
    fetch = globalThis.fetch,
    clock = systemClock,
    attempts = 5,
    attemptMs = 31_000,
  }: ClientOptions) {
    this.#connection = {
      baseUrl: new URL(baseUrl).href.replace(/\/+$/, ""),
      apiKey,
      // As a method of something else, a browser's fetch refuses to work.
      fetch: (...args) => fetch(...args),
      clock,
      attempts,
      attemptMs,
    };
  }

  /** Calls a capability, and returns its outputs. docs/capabilities.md lists them. */
  call<Id extends CapabilityId>(
    capabilityId: Id,
    inputs: CapabilityInputs[Id],
    { idempotencyKey, signal }: CallOptions = {},
  ): Promise<CapabilityOutputs[Id]> {
    const key = READING.includes(capabilityId) ? undefined : (idempotencyKey ?? crypto.randomUUID());
    return this.#send({
      method: "POST",
      path: `/api/capabilities/${capabilityId}`,
      body: inputs,
      idempotencyKey: key,
      signal,
    });
  }

  /** Every item of a list, page by page: `for await (const price of client.list("stripe-list-prices", {}))`. */
  async *list<Id extends ListId>(
    capabilityId: Id,
    inputs: CapabilityInputs[Id],
    options: ReadOptions = {},
  ): AsyncGenerator<ItemOf<CapabilityOutputs[Id]>, void, undefined> {
    let asked = inputs;
    for (;;) {
      const page = await this.#send<Page<ItemOf<CapabilityOutputs[Id]>, "items">>({
        method: "POST",
        path: `/api/capabilities/${capabilityId}`,
        body: asked,
        ...options,
      });
      yield* page.items;
      if (page.next === undefined) return;
      asked = { ...inputs, after: page.next };
    }
  }

  /** Starts a run of a workflow. The same key leads to the same run for good. */
  start<Id extends WorkflowId>(
    workflowId: Id,
    input: WorkflowInputs[Id],
    { idempotencyKey = crypto.randomUUID(), signal }: CallOptions = {},
  ): Promise<StartedRun & { workflowId: Id }> {
    return this.#send({ method: "POST", path: runsOf(workflowId), body: input, idempotencyKey, signal });
  }

  /** A run with its steps, and its output or error. */
  run<Id extends WorkflowId>(
    workflowId: Id,
    runId: string,
    options: ReadOptions = {},
  ): Promise<WorkflowRuns[Id]> {
    return this.#send({ method: "GET", path: runPath(workflowId, runId), ...options });
  }

  /** Waits until the run has ended, and returns it: its status is `completed`, `failed` or `cancelled`. */
  async waitForRun<Id extends WorkflowId>(
    { workflowId, runId }: { readonly workflowId: Id; readonly runId: string },
    { signal, timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions = {},
  ): Promise<WorkflowRuns[Id]> {
    const { clock } = this.#connection;
    const endsAt = clock.now() + timeoutMs;
    for (let pollMs = FIRST_POLL_MS; ; pollMs = Math.min(LONGEST_POLL_MS, pollMs * 1.5)) {
      const path = `${runPath(workflowId, runId)}?steps=false`;
      const { status }: RunSummary = await this.#send({ method: "GET", path, signal });
      if (ENDED.includes(status)) return this.run(workflowId, runId, signal === undefined ? {} : { signal });
      if (clock.now() + pollMs > endsAt)
        throw new DOMException(`The run ${runId} has not ended within ${timeoutMs} ms`, "TimeoutError");
      await clock.sleep(pollMs, signal);
    }
  }

  /** The runs of a workflow, newest first. */
  runs(
    workflowId: WorkflowId,
    {
      status,
      ...options
    }: ReadOptions & { readonly status?: "running" | "completed" | "failed" | "cancelled" } = {},
  ): AsyncGenerator<RunSummary, void, undefined> {
    const query = status === undefined ? "" : `&status=${status}`;
    return this.#pages<RunSummary, "items">(
      `${runsOf(workflowId)}?limit=100${query}`,
      "items",
      "after",
      options,
    );
  }

  /** Ends a run in progress. A step in progress may still finish. */
  cancelRun(workflowId: WorkflowId, runId: string, options: ReadOptions = {}): Promise<StartedRun> {
    return this.#send({ method: "POST", path: `${runPath(workflowId, runId)}/cancel`, ...options });
  }

  /** Continues a failed run with its failed step, under the same keys. */
  retryRun(workflowId: WorkflowId, runId: string, options: ReadOptions = {}): Promise<StartedRun> {
    return this.#send({ method: "POST", path: `${runPath(workflowId, runId)}/retry`, ...options });
  }

  /** The entries of the audit log, newest first. */
  audit(
    parameters: AuditParameters = {},
    options: ReadOptions = {},
  ): AsyncGenerator<AuditEntry, void, undefined> {
    const query = new URLSearchParams({ limit: "100", ...parameters });
    return this.#pages<AuditEntry, "entries">(`/api/audit?${query}`, "entries", "cursor", options);
  }

  async *#pages<Item, List extends string>(
    path: string,
    list: List,
    parameter: string,
    options: ReadOptions,
  ): AsyncGenerator<Item, void, undefined> {
    let next = path;
    for (;;) {
      const page = await this.#send<Page<Item, List>>({ method: "GET", path: next, ...options });
      yield* page[list];
      if (page.next === undefined) return;
      next = `${path}&${parameter}=${encodeURIComponent(page.next)}`;
    }
  }

  #send<Result>(request: Request): Promise<Result> {
    return send(this.#connection, request);
  }
}

const ENDED: readonly string[] = ["completed", "failed", "cancelled"];

const runsOf = (workflowId: string) => `/api/workflows/${workflowId}/runs`;
const runPath = (workflowId: string, runId: string) => `${runsOf(workflowId)}/${encodeURIComponent(runId)}`;
