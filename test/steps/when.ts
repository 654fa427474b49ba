/** The actions of tests: calling a function as API Gateway does. */
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { type HttpCall, httpEvent, lambdaContext } from "./given.ts";

export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

type Handler = (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;

/** Calls the handler over HTTP, by default as an admin. Throws when it does not return an HTTP response. */
export async function calls(
  handler: Handler,
  call: HttpCall & { readonly query?: Readonly<Record<string, string>> } = {},
  context = lambdaContext(),
): Promise<HttpResponse> {
  const { query, ...rest } = call;
  const event = httpEvent(rest);
  const response = await handler(
    query === undefined ? event : { ...event, queryStringParameters: query },
    context,
  );
  if (typeof response !== "object" || response === null || !("statusCode" in response)) {
    throw new Error(`This is not an HTTP response: ${JSON.stringify(response)}`);
  }
  const { statusCode, headers = {}, body = "" } = JSON.parse(JSON.stringify(response));
  return { status: statusCode, headers, text: body };
}

/**
 * The same, for a function that responds with JSON, or without a body: then `body` is null. The test knows its shape.
 */
export async function callsForJson(...args: Parameters<typeof calls>) {
  const response = await calls(...args);
  return { ...response, body: JSON.parse(response.text === "" ? "null" : response.text) };
}
