import { describe, expect, it } from "@jest/globals";
import { readableLog } from "../../local/readable-log.ts";

const timestamp = "2026-11-26T12:30:05.123Z";
const line = (fields: object) => JSON.stringify({ level: "info", timestamp, ...fields });
const REQUEST = line({
  event: "http.request",
  method: "POST",
  path: "/api/capabilities/stripe-create-customer",
  status: 200,
  durationMs: 41,
  requestId: "r1",
});
const CALL = line({
  event: "capability.invoked",
  action: "invoke",
  capabilityId: "stripe-create-customer",
  principalId: "local-dev",
  outcome: "succeeded",
  durationMs: 30,
  requestId: "r1",
});
const REQUEST_SHOWN =
  "12:30:05  POST /api/capabilities/stripe-create-customer 200  succeeded  by local-dev  41 ms";

function printedOf(...lines: readonly string[]): string[] {
  const printed: string[] = [];
  const log = readableLog((text) => printed.push(text));
  for (const each of lines) log.line(each);
  log.end();
  return printed;
}

describe("the readable log", () => {
  it.each([
    ["the request first", [REQUEST, CALL]],
    ["the function first", [CALL, REQUEST]],
  ])("has one line for a request and its function: %s", (_order, lines) => {
    expect(printedOf(...lines)).toEqual([REQUEST_SHOWN]);
  });

  it("has a line for a request that reached no function", () => {
    expect(
      printedOf(
        line({ event: "http.request", method: "GET", path: "/api/health", status: 200, durationMs: 2.4 }),
      ),
    ).toEqual(["12:30:05  GET /api/health 200  2 ms"]);
  });

  it("says why a call failed", () => {
    const failed = line({
      level: "error",
      event: "capability.invoked",
      capabilityId: "send-email",
      action: "step",
      outcome: "failed",
      code: "SERVICE_UNAVAILABLE",
      cause: "Error: no\n  at x",
      durationMs: 3,
      requestId: "r2",
    });
    expect(printedOf(failed)).toEqual([
      "12:30:05  ERROR  step send-email  failed  SERVICE_UNAVAILABLE  Error: no at x  3 ms",
    ]);
  });

  it("has a line for an event and a line for a mail", () => {
    expect(
      printedOf(
        line({
          event: "webhook.applied",
          eventType: "invoice.paid",
          objectId: "in_1",
          outcome: "succeeded",
          durationMs: 9,
        }),
        line({ event: "mail.sent", subject: "Your payment of $42.00" }),
      ),
    ).toEqual([
      "12:30:05  webhook.applied invoice.paid in_1  succeeded  9 ms",
      "12:30:05  mail.sent Your payment of $42.00",
    ]);
  });

  it("shows other lines as they are, without the framework's noise", () => {
    expect(
      printedOf("webhook invoice.paid evt_1 -> 200", "Server ready: http://localhost", "{broken", "[1]"),
    ).toEqual(["webhook invoice.paid evt_1 -> 200", "{broken", "[1]"]);
  });
});
