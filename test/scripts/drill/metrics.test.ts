import { describe, expect, it } from "@jest/globals";
import { log } from "../../../lib/log.ts";
import { pointsIn } from "../../../scripts/drill/metrics.ts";
import { capturedLog } from "../../steps/captured-log.ts";

const NOW = Date.UTC(2026, 10, 27);
const captured = capturedLog();

describe("given a line of the stack's log", () => {
  it("the metrics that a function embeds in it have their dimensions, and the time of the function", () => {
    Object.assign(process.env, { STAGE: "dev", METRICS: "all" });
    log("info", { event: "webhook.rejected", reason: "mismatch" }, [
      { dimensions: ["stage"], values: { SignatureRejections: 1 } },
      { dimensions: ["stage", "reason"], values: { SignatureRejections: 1 } },
    ]);
    const points = captured.lines().flatMap((line) => pointsIn(JSON.stringify(line), NOW));
    const point = { namespace: "contractspec-stripe", metric: "SignatureRejections", value: 1 };
    expect(points).toEqual([
      { ...point, dimensions: { stage: "dev" }, at: expect.any(Number) },
      { ...point, dimensions: { stage: "dev", reason: "mismatch" }, at: expect.any(Number) },
    ]);
    expect(Math.abs(Date.now() - Number(points[0]?.at))).toBeLessThan(60_000);
  });

  it("a response of the API counts as 5xx or not, for the API and for its route", () => {
    const line = (status: number) =>
      JSON.stringify({ event: "http.request", method: "POST", path: "/api/webhooks/stripe", status });
    expect(pointsIn(line(503), NOW)).toEqual([
      { namespace: "AWS/ApiGateway", metric: "5xx", dimensions: { ApiId: "HttpApi" }, at: NOW, value: 1 },
      expect.objectContaining({
        dimensions: {
          ApiId: "HttpApi",
          Stage: "$default",
          Method: "POST",
          Resource: "/api/webhooks/stripe",
        },
      }),
    ]);
    expect(pointsIn(line(404), NOW).map(({ value }) => value)).toEqual([0, 0]);
  });

  it("a failed invocation is an error of its function", () => {
    expect(pointsIn("contractspec-stripe-dev-check-drift failed: Error: check-drift: TIMEOUT", NOW)).toEqual([
      {
        namespace: "AWS/Lambda",
        metric: "Errors",
        dimensions: { FunctionName: "contractspec-stripe-dev-check-drift" },
        at: NOW,
        value: 1,
      },
    ]);
  });

  it.each(["", "The local stack is ready.", '{"event":"webhook.received"}', "[1]"])("%s has none", (line) => {
    expect(pointsIn(line, NOW)).toEqual([]);
  });
});
