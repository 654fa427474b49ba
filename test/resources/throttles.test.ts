import { describe, expect, it } from "@jest/globals";
import { fieldsOf } from "../../lib/untrusted.ts";
import { functionDefinitions } from "../../resources/functions.ts";
import { MEASURED_ROUTE, REQUESTS_PER_SECOND, routeId, stageThrottles } from "../../resources/throttles.ts";
import { contracts } from "../steps/shipped-project.ts";

const DEFINITIONS = functionDefinitions(contracts);
const ROUTES = DEFINITIONS.flatMap(({ routes }) => routes);
const { DependsOn, Properties } = stageThrottles(DEFINITIONS).extensions.HttpApiStage;

describe("given the routes of the HTTP API", () => {
  it("there are open ones and others, and all are throttled by default", () => {
    expect(new Set(ROUTES.map(({ open }) => open)).size).toBe(2);
    expect(Properties.DefaultRouteSettings).toMatchObject({
      ThrottlingRateLimit: REQUESTS_PER_SECOND,
      ThrottlingBurstLimit: 2 * REQUESTS_PER_SECOND,
    });
  });

  it.each(ROUTES.filter(({ open }) => open).map(({ key }) => key))("%s, which is open, takes less", (key) => {
    const { ThrottlingRateLimit, ThrottlingBurstLimit } = Properties.RouteSettings[key] ?? {};
    expect(ThrottlingRateLimit).toBeGreaterThan(0);
    expect(ThrottlingRateLimit).toBeLessThan(REQUESTS_PER_SECOND);
    expect(ThrottlingBurstLimit).toBeLessThan(2 * REQUESTS_PER_SECOND);
    expect(DependsOn).toContain(routeId(key));
  });
});

describe("given CloudWatch's bill for the detailed metrics of a route", () => {
  it("only the route of the webhook has them, whose errors raise an alarm", () => {
    const settings = { ...Properties.RouteSettings, default: Properties.DefaultRouteSettings };
    const measured = Object.entries(settings).filter(
      ([, { DetailedMetricsEnabled }]) => DetailedMetricsEnabled,
    );
    expect(measured.map(([key]) => key)).toEqual([MEASURED_ROUTE]);
    expect(ROUTES.map(({ key }) => key)).toContain(MEASURED_ROUTE);
  });
});

describe("given the event sources", () => {
  const concurrency = (definitions: typeof DEFINITIONS) =>
    definitions.flatMap(({ configuration }) =>
      configuration.events.flatMap((event) =>
        "sqs" in event ? [fieldsOf(event.sqs).maximumConcurrency] : [],
      ),
    );

  it("each has the least maximum that Lambda allows, so that ten concurrent executions are enough", () => {
    expect(concurrency(DEFINITIONS).length).toBeGreaterThan(5);
    expect(new Set(concurrency(DEFINITIONS))).toEqual(new Set([2]));
  });

  it("EVENT_CONCURRENCY raises it", () => {
    expect(new Set(concurrency(functionDefinitions(contracts, 50)))).toEqual(new Set([50]));
  });
});
