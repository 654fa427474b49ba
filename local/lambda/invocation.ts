/** What an invocation of a function is and how it ends, as at Lambda. */

/** How an invocation ended: with the function's result, or with the error document that Lambda returns. */
export type Invocation =
  | { readonly outcome: "answered"; readonly payload: unknown }
  | { readonly outcome: "failed"; readonly errorType: string; readonly document: string };

/** Invokes a function by its name. Rejects with a ResourceNotFoundException when there is no function of that name. */
export type InvokeFunction = (functionName: string, payload: unknown) => Promise<Invocation>;

/** The largest request and the largest response of a function, in bytes. */
export const MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

/** There is no function of that name; the name and the message are those of Lambda's API. */
export class ResourceNotFoundException extends Error {
  override readonly name = "ResourceNotFoundException";

  constructor(functionName: string) {
    super(`Function not found: ${functionName}`);
  }
}

/** Runs a handler in this process. Never rejects: what the handler throws becomes Lambda's error document. */
export async function invocationOf(run: () => Promise<unknown>): Promise<Invocation> {
  try {
    return { outcome: "answered", payload: await run() };
  } catch (thrown) {
    const { name, message } = thrown instanceof Error ? thrown : new Error();
    return failedInvocation(name, message);
  }
}

/** A failed invocation with the error document of Lambda. */
export function failedInvocation(
  errorType: string,
  errorMessage: string,
  trace?: readonly string[],
): Invocation {
  return {
    outcome: "failed",
    errorType,
    document: JSON.stringify({ errorType, errorMessage, ...(trace === undefined ? {} : { trace }) }),
  };
}
