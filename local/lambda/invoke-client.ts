/** Invokes functions of a running stack through its Lambda API. */
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { fieldsOf, parseJson } from "../../lib/untrusted.ts";
import { LOCAL_CREDENTIALS } from "../local-credentials.ts";
import type { InvokeFunction } from "./invocation.ts";

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
    const document = Buffer.from(answer.Payload ?? []).toString();
    if (answer.FunctionError === undefined) return { outcome: "answered", payload: parseJson(document) };
    return { outcome: "failed", errorType: String(fieldsOf(parseJson(document)).errorType), document };
  };
}
