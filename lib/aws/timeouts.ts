/**
 * Time limits of AWS's clients. The SDK has none by default, so a connection that hangs would use up the whole time of the
 * function: it would be cut off without a response, a log line or a report. Every client's longest call, with all its
 * tries, is below the timeout of each function that uses it (test/lib/aws/timeouts.test.ts).
 *
 * Emulators on a busy machine are slower than AWS: there, AWS_PATIENCE multiplies the limits of a try.
 */
import { optionalEnv } from "../env.ts";

export interface CallLimits {
  /** The number of tries, the first one included. */
  readonly maxAttempts: number;
  /** For one try, in milliseconds: from the request to the response, and for any silence within it. */
  readonly requestMs: number;
}

/** To open a connection, in milliseconds; a part of each try. */
export const CONNECT_MS = 1_000;
/** The longest wait before the second, third ... try, in milliseconds: the SDK's. */
const BACKOFF_MS = [100, 200, 400];

export const LIMITS = {
  dynamodb: { maxAttempts: 3, requestMs: 1_800 },
  /** A request has at most 2 MB. */
  s3: { maxAttempts: 3, requestMs: 3_000 },
  ses: { maxAttempts: 1, requestMs: 5_000 },
  sns: { maxAttempts: 2, requestMs: 3_000 },
  sqs: { maxAttempts: 2, requestMs: 2_000 },
  ssm: { maxAttempts: 2, requestMs: 1_800 },
  stepFunctions: { maxAttempts: 2, requestMs: 4_000 },
} as const satisfies Record<string, CallLimits>;

/** The configuration of a client with these limits. */
export function limitedTo({ maxAttempts, requestMs }: CallLimits) {
  const patience = Number(optionalEnv("AWS_PATIENCE") ?? 1);
  return {
    maxAttempts,
    requestHandler: {
      connectionTimeout: patience * CONNECT_MS,
      requestTimeout: patience * requestMs,
      throwOnRequestTimeout: true,
      // A response that begins and does not end.
      socketTimeout: patience * requestMs,
    },
  };
}

/** The longest wait after this try, in milliseconds; `attempt` counts from 1. */
export function longestBackoffMs(attempt: number): number {
  return BACKOFF_MS[attempt - 1] ?? BACKOFF_MS.at(-1) ?? 0;
}

/** The longest that a call can take, in milliseconds, whatever hangs. */
export function longestCallMs({ maxAttempts, requestMs }: CallLimits): number {
  const waits = BACKOFF_MS.slice(0, maxAttempts - 1).reduce((sum, wait) => sum + wait, 0);
  return maxAttempts * (CONNECT_MS + requestMs) + waits;
}

/**
 * The result of `call`, if it comes in time. Rejects after `milliseconds`, while the call goes on until its own limits: they
 * bound each of its tries and every silence, but not a response that comes byte by byte. A signal that aborts the call would
 * make the SDK build its middleware again for each call.
 */
export async function within<T>(milliseconds: number, call: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No response within ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([call, late]);
  } finally {
    clearTimeout(timer);
  }
}
