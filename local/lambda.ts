/** Invokes functions that run in serverless-offline, through its Lambda Invoke API. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { invocationFailure } from "./lambda-errors.ts";
import { LOCAL_CREDENTIALS } from "./local-credentials.ts";

/** How an invocation ended: with the function's answer, or with the error document Lambda returns for it. */
export type Invocation =
  | { readonly outcome: "answered"; readonly payload: unknown }
  | { readonly outcome: "failed"; readonly errorType: string; readonly document: string };

export type InvokeFunction = (functionName: string, payload: unknown) => Promise<Invocation>;

/** An `InvokeFunction` over the Lambda API at `endpoint`. Rejects as the SDK does when there is no such function. */
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
    // Of a function that answers nothing it is null, whatever its type says.
    const text = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError !== undefined) return { outcome: "failed", ...invocationFailure(text) };
    return { outcome: "answered", payload: text === "" ? null : parse(text) };
  };
}

/** serverless-offline puts quotes around a text without escaping it, so not every answer is JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.startsWith('"') && text.endsWith('"') ? text.slice(1, -1) : text;
  }
}
