/** The access log of the HTTP API, which ACCESS_LOGS turns on: a line for each request, also for those that no function gets. */
import { arnOf } from "./cloudformation.ts";
import { SERVICE, STAGE } from "./grants.ts";
import { logGroup } from "./vended-logs.ts";

/**
 * What a line has. Never the path or the query: the path of the pay page is a secret, and the application's query can have anything.
 * Neither the caller's address nor its program: both are personal data, and the audit log has the address.
 * Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
export const ACCESS_LOG_FIELDS = {
  gatewayRequestId: "$context.requestId",
  /** Of the function: the `requestId` of its own log lines. */
  requestId: "$context.integration.requestId",
  routeKey: "$context.routeKey",
  status: "$context.status",
  /** Milliseconds, in all and of the function. */
  latencyMs: "$context.responseLatency",
  functionMs: "$context.integrationLatency",
  principalId: "$context.authorizer.principalId",
  /** Why API Gateway itself has responded: a fixed sentence of AWS. */
  gatewayError: "$context.error.message",
} as const;

/** Parts of the template; none if it is off. */
export function accessLog(isOn: boolean): object {
  if (!isOn) return {};
  return {
    Resources: { ApiAccessLog: logGroup(`${SERVICE}-${STAGE}/api-access`) },
    extensions: {
      HttpApiStage: {
        Properties: {
          AccessLogSettings: {
            DestinationArn: arnOf("ApiAccessLog"),
            Format: JSON.stringify(ACCESS_LOG_FIELDS),
          },
        },
      },
    },
  };
}
