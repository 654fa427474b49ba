/** The messages between a function's threads (worker.ts) and the stack (function-workers.ts). */

export interface WorkerData {
  /** The path of the function's CommonJS bundle. */
  readonly bundle: string;
  /** The name under which the bundle exports the handler. */
  readonly exportName: string;
  /** That of the clock while the bundle is loaded, in milliseconds. */
  readonly clockOffsetMs: number;
}

/** One invocation. */
export interface WorkerRequest {
  /** The event as JSON. */
  readonly event: string;
  /** The fields of Lambda's context that are values. */
  readonly context: Readonly<Record<string, unknown>>;
  /** How far `Date` is ahead of the machine's clock during this invocation, in milliseconds. */
  readonly clockOffsetMs: number;
  /** When the function is out of time, in unix milliseconds of the machine's clock. */
  readonly deadline: number;
}

/** `ready` comes once, before the first invocation; an `error` in its place says why the bundle cannot be loaded. */
export type WorkerReport =
  | { readonly type: "ready" }
  | { readonly type: "result"; readonly json: string }
  | {
      readonly type: "error";
      readonly errorType: string;
      readonly errorMessage: string;
      readonly trace: readonly string[];
    };
