import { describe, expect, it } from "@jest/globals";
import { fieldOf, listOf } from "../../../lib/untrusted.ts";
import { FAULT_FORMS } from "../../../scripts/console/time/fault-forms.ts";
import { orderOf, shownFault } from "../../../scripts/console/time/faults.ts";
import { startStripeEmulator } from "../../../stripe-emulator/index.ts";

describe("ordering a fault", () => {
  it("what is left empty is left out, and what limits it is its match", () => {
    const input = { kind: "status", status: "503", times: "2", after: "", method: "", path: "/v1/refunds*" };
    expect(orderOf(input).body).toEqual({
      kind: "status",
      status: 503,
      times: 2,
      match: { path: "/v1/refunds*" },
    });
  });

  it("a service of AWS fails by a rate", () => {
    expect(orderOf({ kind: "dynamodb", percent: "25", table: "customers" }).body).toEqual({
      rate: 0.25,
      table: "customers",
    });
  });

  it.each([
    [{}, "kind must be one of status"],
    [{ kind: "flood" }, "kind must be one of status"],
    [{ kind: "delay", times: "1", ms: "soon" }, "ms must be a whole number"],
    [{ kind: "delay", times: "1" }, "ms must be a whole number"],
    [{ kind: "sqs", percent: "0" }, "percent must be from 1 to 100"],
    [{ kind: "sqs", percent: "101" }, "percent must be from 1 to 100"],
  ])("%j is refused, and says what would be right", (input, says) => {
    expect(() => orderOf(input)).toThrow(says);
  });

  it("every form is an order that the emulator accepts, and shows in words", async () => {
    const emulator = await startStripeEmulator({ port: 0 });
    const ordered = FAULT_FORMS.filter(({ part }) => part !== "aws");
    for (const { kind, fields } of ordered) {
      const filled = Object.fromEntries(fields.map(({ name, initial }) => [name, initial ?? ""]));
      const response = await fetch(`${emulator.url}/_emulator/faults`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(orderOf({ kind, ...filled }).body),
      });
      expect({ kind, status: response.status }).toEqual({ kind, status: 200 });
    }
    const listed: unknown = await (await fetch(`${emulator.url}/_emulator/faults`)).json();
    await emulator.close();
    expect(listOf(fieldOf(listed, "faults")).map((fault) => shownFault(fault).title)).toEqual(
      ordered.map(({ title }) => title),
    );
  });

  it.each([
    [{ kind: "status", status: 503, times: 2, match: { method: "POST" } }, "status 503, POST", "2 times"],
    [{ kind: "drop_webhooks", times: 1, match: {} }, "", "once"],
    [{ kind: "webhook_outage", times: 1, match: {} }, "", "until it is taken back"],
    [{ kind: "dynamodb", rate: 0.1, calls: 9, struck: 1, throttled: {} }, "", "10 % of its calls, 1 so far"],
  ])("%j reads %j, %j", (fault, detail, left) => {
    expect(shownFault(fault)).toMatchObject({ detail, left });
  });
});
