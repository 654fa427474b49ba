/**
 * One deadline for everything that a call of the Stripe SDK does. The SDK's own timeout is not enough: it covers a single
 * attempt and restarts with every byte. The SDK also waits and retries by itself, after a closed connection even if retries
 * are turned off.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type Stripe from "stripe";
import { Problem } from "../errors.ts";

/** Unix milliseconds by which the current call must end. */
const deadlines = new AsyncLocalStorage<number>();

/**
 * Runs `call`, and rejects with TIMEOUT if it has not ended by `deadline` (Unix milliseconds). Stripe may still complete
 * the request: only a repeated call with the same idempotency key shows the outcome.
 */
export async function withinDeadline<T>(deadline: number, call: () => Promise<T>): Promise<T> {
  const leftMs = deadline - Date.now();
  if (leftMs <= 0) throw new Problem("TIMEOUT", "No time was left to call Stripe");
  let timer: NodeJS.Timeout | undefined;
  const overtime = new Promise<never>((_resolve, reject) => {
    const tooLate = () =>
      reject(new Problem("TIMEOUT", "Stripe did not respond in time; the outcome is unknown"));
    timer = setTimeout(tooLate, leftMs);
  });
  try {
    return await Promise.race([deadlines.run(deadline, call), overtime]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * `client`, but no attempt lasts beyond the deadline of its call, and none begins after it: a Lambda that was frozen in
 * between must not send an old request when it resumes.
 */
export function boundByDeadline(client: Stripe.HttpClient): Stripe.HttpClient {
  return {
    getClientName: () => client.getClientName(),
    makeRequest: (host, port, path, method, headers, requestData, protocol, timeout) => {
      const deadline = deadlines.getStore();
      const leftMs = deadline === undefined ? timeout : Math.min(timeout, deadline - Date.now());
      if (leftMs <= 0) return Promise.reject(new Error("The call's deadline has passed"));
      return client.makeRequest(host, port, path, method, headers, requestData, protocol, leftMs);
    },
  };
}
