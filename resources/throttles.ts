/** How many requests API Gateway lets through; the others get 429. See docs/decisions/0028-fits-a-fresh-account.md. Pure. */
import type { FunctionDefinition } from "./functions.ts";

/** Of a route for authenticated callers, per second. */
export const REQUESTS_PER_SECOND = 200;
/** Of a route for anyone, per second: strangers must not use up the concurrent executions of everyone else. */
export const OPEN_REQUESTS_PER_SECOND = 20;
/** The route whose errors have an alarm (alarms.ts). CloudWatch bills the detailed metrics of each route by themselves. */
export const MEASURED_ROUTE = "POST /api/webhooks/stripe";
/** A burst is this many times as large. */
const BURST = 2;

interface RouteSettings {
  readonly ThrottlingRateLimit: number;
  readonly ThrottlingBurstLimit: number;
  readonly DetailedMetricsEnabled: boolean;
}

/**
 * An extension of the stage of the HTTP API, which the framework creates. The stage can only have settings of routes that
 * exist already, so it depends on them.
 */
export function stageThrottles(definitions: readonly Pick<FunctionDefinition, "routes">[]) {
  const special = definitions
    .flatMap(({ routes }) => routes)
    .filter(({ open, requestsPerSecond }) => open || requestsPerSecond !== undefined);
  return {
    extensions: {
      HttpApiStage: {
        DependsOn: special.map(({ key }) => routeId(key)),
        Properties: {
          DefaultRouteSettings: settingsFor(REQUESTS_PER_SECOND, false),
          RouteSettings: Object.fromEntries(
            special.map(({ key, open, requestsPerSecond }) => [
              key,
              settingsFor(
                requestsPerSecond ?? (open ? OPEN_REQUESTS_PER_SECOND : REQUESTS_PER_SECOND),
                key === MEASURED_ROUTE,
              ),
            ]),
          ),
        },
      },
    },
  };
}

function settingsFor(requestsPerSecond: number, isMeasured: boolean): RouteSettings {
  return {
    ThrottlingRateLimit: requestsPerSecond,
    ThrottlingBurstLimit: BURST * requestsPerSecond,
    DetailedMetricsEnabled: isMeasured,
  };
}

/** The framework's logical id of a route: `GET /pay/{token}` -> `HttpApiRouteGetPayTokenVar`. */
export function routeId(key: string): string {
  const parts = key.split("/").map((part) => {
    const plain = part
      .toLowerCase()
      .replaceAll("-", "Dash")
      .replace(/\{(.*)\}/, "$1Var")
      .replaceAll(/[^0-9A-Za-z]/g, "");
    return `${plain.charAt(0).toUpperCase()}${plain.slice(1)}`;
  });
  return `HttpApiRoute${parts.join("")}`;
}
