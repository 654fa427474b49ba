/** Runs the functions on this machine, each in a limited number of threads. */
import { fieldsOf, parseJson } from "../../lib/untrusted.ts";
import { StackClock } from "../clock.ts";
import { FunctionWorkers, type LocalFunction } from "./function-workers.ts";
import {
  type Invocation,
  type InvokeFunction,
  MAX_PAYLOAD_BYTES,
  ResourceNotFoundException,
} from "./invocation.ts";

export interface LambdaRuntime {
  readonly invoke: InvokeFunction;
  has(functionName: string): boolean;
  /** Loads every function again for its next invocation. */
  renew(): void;
  close(): Promise<void>;
}

export interface RuntimeOptions {
  readonly functions: readonly LocalFunction[];
  /** The time that the functions see. By default the machine's. */
  readonly clock?: StackClock;
  /** Invocations of one function that run at the same time; all others wait. */
  readonly concurrency?: number;
  /** Gets a line for every invocation that fails, and every line that a function prints if there is a `keep`. */
  readonly log: (line: string) => void;
  /** Gets the same lines with the name of the function. */
  readonly keep?: (functionName: string, line: string) => void;
}

export function createRuntime({
  functions,
  clock = new StackClock(),
  concurrency,
  log,
  keep,
}: RuntimeOptions): LambdaRuntime {
  const workers = new Map(
    functions.map((definition) => {
      const { name } = definition;
      const onLine =
        keep &&
        ((line: string) => {
          log(line);
          keep(name, line);
        });
      return [name, new FunctionWorkers(definition, clock, concurrency, onLine)];
    }),
  );

  async function invoke(functionName: string, payload: unknown): Promise<Invocation> {
    const invoked = workers.get(functionName);
    if (invoked === undefined) throw new ResourceNotFoundException(functionName);
    const event = JSON.stringify(payload) ?? "{}";
    if (Buffer.byteLength(event) > MAX_PAYLOAD_BYTES) throw new RequestTooLargeException(event);
    const invocation = await invoked.invoke(event);
    if (invocation.outcome === "failed") {
      const reason = reasonOf(invocation.document);
      log(`${functionName} failed: ${reason}`);
      keep?.(functionName, reason);
    }
    return invocation;
  }

  return {
    invoke,
    has: (functionName) => workers.has(functionName),
    renew: () => {
      for (const each of workers.values()) each.renew();
    },
    close: async () => {
      await Promise.all([...workers.values()].map((each) => each.close()));
    },
  };
}

/** The name and message of the error, in one line. */
function reasonOf(document: string): string {
  const { errorType, errorMessage } = fieldsOf(parseJson(document));
  return `${String(errorType)}: ${String(errorMessage)}`.replaceAll(/\s*\n\s*/g, " ");
}

/** Lambda's refusal of an event that is larger than it accepts. */
export class RequestTooLargeException extends Error {
  override readonly name = "RequestTooLargeException";

  constructor(event: string) {
    super(
      `Request must be smaller than ${MAX_PAYLOAD_BYTES} bytes for the InvokeFunction operation: it has ${Buffer.byteLength(event)}`,
    );
  }
}
