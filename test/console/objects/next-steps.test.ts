/** What can be done next about an object. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { nextSteps, type StepContext } from "../../../scripts/console/objects/next-steps.ts";

const context = (changes: Partial<StepContext> = {}): StepContext => ({
  ...{ stage: undefined, api: { url: "http://127.0.0.1:8000", key: "local-dev-key" } },
  ...{ refundable: 0, disputes: [], openInvoices: [] },
  ...changes,
});
const state = (objectType: string, status: string, more: Partial<ObjectState> = {}): ObjectState => ({
  ...{ objectType, status, final: false, customerId: "cus_1" },
  ...more,
});
const possible = (id: string, at: ObjectState, changes?: Partial<StepContext>) =>
  nextSteps(id, at, context(changes))
    .filter(({ command }) => command?.startsWith("curl -X POST"))
    .map(({ title }) => title);

describe("what the state of a payment permits", () => {
  it.each([
    ["requires_capture", 0, ["Capture it", "Cancel it"]],
    ["requires_payment_method", 0, ["Cancel it", "Let the payer replace the card"]],
    ["requires_action", 0, ["Cancel it"]],
    ["processing", 0, []],
    ["succeeded", 4200, ["Refund it"]],
    ["succeeded", 0, []],
    ["canceled", 0, []],
  ])("%s with %d to refund", (status, refundable, expected) => {
    expect(possible("pi_1", state("payment_intent", status), { refundable })).toEqual(expected);
  });

  it("what it does not permit says why", () => {
    const steps = nextSteps("pi_1", state("payment_intent", "canceled"), context());
    expect(steps.find(({ title }) => title === "Refund it")).toEqual({
      title: "Refund it",
      about: "nothing was captured; it is canceled",
    });
  });

  it("a dispute leads to Stripe's dashboard", () => {
    const disputes = [{ id: "du_1", status: "needs_response" }];
    const found = (stage: string | undefined) =>
      nextSteps("pi_1", state("payment_intent", "succeeded"), context({ disputes, stage })).find(
        ({ title }) => title.includes("du_1"),
      )?.command;
    expect(found(undefined)).toBe("https://dashboard.stripe.com/test/disputes/du_1");
    expect(found("prod")).toBe("https://dashboard.stripe.com/disputes/du_1");
  });
});

describe("what the state of the others permits", () => {
  it.each([
    [state("subscription", "active"), ["Cancel it at the end of the period", "Pause collecting payments"]],
    [
      state("subscription", "past_due"),
      [
        "Let the payer replace the card",
        "Send the open invoice in_1",
        "Cancel it at the end of the period",
        "Pause collecting payments",
      ],
    ],
    [state("subscription", "active", { cancelAtPeriodEnd: true }), ["Pause collecting payments"]],
    [
      state("subscription", "active", { pausedCollection: "void" }),
      ["Cancel it at the end of the period", "Resume it"],
    ],
    [state("subscription", "canceled"), []],
    [state("invoice", "draft"), ["Finalize it"]],
    [state("invoice", "open"), ["Send it", "Void it", "Mark it uncollectible", "Credit a part of it"]],
    [state("invoice", "paid"), ["Credit a part of it"]],
    [state("invoice", "void"), []],
    [state("customer", "active"), ["Make a page for their cards and subscriptions", "Delete the customer"]],
    [state("customer", "deleted"), []],
  ])("%o", (at, expected) => {
    expect(possible("x_1", at, { openInvoices: ["in_1"] })).toEqual(expected);
  });
});

describe("the commands", () => {
  const all = [
    ...["requires_capture", "requires_payment_method"].map((status) => state("payment_intent", status)),
    state("payment_intent", "succeeded"),
    ...["past_due", "paused"].map((status) => state("subscription", status)),
    ...["draft", "open"].map((status) => state("invoice", status)),
    state("customer", "active"),
  ].flatMap((at) => nextSteps("x_1", at, context({ refundable: 1, openInvoices: ["in_1"] })));

  it("call capabilities with inputs that their contracts have, and all that are required", () => {
    const calls = all.flatMap(({ command = "" }) => {
      const [, name, query] = /\/api\/capabilities\/([\w-]+)(?:\?([^"]+))?/.exec(command) ?? [];
      const body = /-d '(.+)'$/.exec(command)?.[1];
      if (name === undefined) return [];
      return [
        {
          name,
          given: body === undefined ? Object.fromEntries(new URLSearchParams(query)) : JSON.parse(body),
        },
      ];
    });
    expect(calls.length).toBeGreaterThan(10);
    for (const { name, given } of calls) {
      const { inputs } = parse(readFileSync(`functions/${name}/contract.yml`, "utf8"));
      const required = Object.entries<{ optional?: boolean; default?: unknown }>(inputs)
        .filter(([, field]) => field.optional !== true && field.default === undefined)
        .map(([field]) => field);
      expect({ name, missing: required.filter((field) => !Object.hasOwn(given, field)) }).toEqual({
        name,
        missing: [],
      });
      expect({ name, unknown: Object.keys(given).filter((field) => !Object.hasOwn(inputs, field)) }).toEqual({
        name,
        unknown: [],
      });
    }
  });

  it("of a stage have no key, and name the stage", () => {
    const steps = nextSteps("pi_1", state("payment_intent", "succeeded"), {
      ...context({ refundable: 1, stage: "prod" }),
      api: { url: "$API_URL", key: "$API_KEY" },
    });
    for (const { command = "" } of steps)
      if (command.startsWith("npm")) expect(command).toMatch(/ --stage prod$/);
    expect(JSON.stringify(steps)).toContain("Bearer $API_KEY");
  });
});
