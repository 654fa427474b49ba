/** Delivers what Step Functions reports about executions to the functions that listen, as EventBridge and Lambda do. */
import { setTimeout as delay } from "node:timers/promises";
import type { InvokeFunction } from "./lambda/invocation.ts";

/** Lambda tries a failed event twice more: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const TRIES = 3;
/** On AWS, a minute and more. */
const WAIT_MS = 1_000;

export interface ExecutionChanges {
  /** Delivers the event; an event that fails every time is dropped. */
  deliver(event: object): void;
  close(): Promise<void>;
}

/** `waitMs`: before the second try; before the third, it is twice as long. */
export function executionChanges(
  functions: readonly string[],
  invoke: InvokeFunction,
  waitMs = WAIT_MS,
): ExecutionChanges {
  const closing = new AbortController();
  async function deliverTo(functionName: string, event: object): Promise<void> {
    for (let tries = 1; tries <= TRIES && !closing.signal.aborted; tries += 1) {
      // The runtime prints why an invocation failed.
      const { outcome } = await invoke(functionName, event);
      if (outcome === "answered" || tries === TRIES) return;
      await delay(tries * waitMs, undefined, { signal: closing.signal, ref: false });
    }
  }
  return {
    deliver: (event) => {
      // The stack has been closed in the meantime.
      for (const functionName of functions) deliverTo(functionName, event).catch(() => {});
    },
    close: async () => closing.abort(),
  };
}
