/** Invokes functions that run in serverless-offline, through its Lambda Invoke API. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { invocationFailure } from "./lambda-errors.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";

/** How an invocation ended: with the function's result, or with the error document that Lambda returns. */
export type Invocation =
  | { readonly outcome: "answered"; readonly payload: unknown }
  | { readonly outcome: "failed"; readonly errorType: string; readonly document: string };

export type InvokeFunction = (functionName: string, payload: unknown) => Promise<Invocation>;

/**
 * An `InvokeFunction` over the Lambda API at `endpoint`. Rejects with the SDK's error when the function does not exist.
 */
export function createInvoker(options: { endpoint: string; region: string }): InvokeFunction {
  const client = new LambdaClient({
    endpoint: options.endpoint,
    region: options.region,
    credentials: LOCAL_CREDENTIALS,
    maxAttempts: 1,
  });
  return async (functionName, payload) => {
    const answer = await client.send(
      new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(payload) }),
    );
    // It is null for a function that returns nothing, although its type does not allow null.
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) return { outcome: "failed", ...invocationFailure(text) };
    return { outcome: "answered", payload: text === "" ? null : parse(text) };
  };
}

/** serverless-offline puts quotes around a text without escaping it, so not every payload is JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  }
}
