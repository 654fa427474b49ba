import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { Ajv } from "ajv";
import { loadContract } from "../../../../lib/compiler/contract/load-contract.ts";
import { APPROVED_CALL, possibleAttempts } from "../../../../lib/compiler/policy/resources.ts";
import { findField, furthest, shapeOf, UNCLEAR } from "../../../../lib/compiler/policy/shape.ts";
import { attempts } from "./attempts.ts";

const attempt = (capability: string, action: string) => {
  const found = attempts().find(
    (candidate) => candidate.capability === capability && candidate.action === action,
  );
  if (found === undefined) throw new Error(`${action} does not apply to ${capability}`);
  return found;
};
const input = (capability: string, action: string, path: string) =>
  findField(attempt(capability, action).input, path.split("."));
const answer = (capability: string, action: string, path: string) =>
  findField(attempt(capability, action).answer, path.split("."), true);

const ALWAYS = { known: true, optional: false };
const SOMETIMES = { known: true, optional: true };

describe("given contracts and workflows", () => {
  it("lists the actions of each, the natural action first", () => {
    expect(attempts().map(({ capability, action }) => `${action} ${capability}`)).toEqual([
      "invoke make-report",
      "step make-report",
      "invoke send-email",
      "step send-email",
      "invoke stripe-create-customer",
      "step stripe-create-customer",
      "invoke stripe-create-payment-intent",
      "step stripe-create-payment-intent",
      "start process-payment",
      "read process-payment",
      "read-others process-payment",
      "cancel process-payment",
      "cancel-others process-payment",
      "retry process-payment",
      "retry-others process-payment",
      "start nightly",
      "read nightly",
      "read-others nightly",
      "cancel nightly",
      "cancel-others nightly",
      "retry nightly",
      "retry-others nightly",
      "read audit",
      "read-approvals approvals",
      "approve approvals",
      "reject approvals",
    ]);
  });

  it.each([
    ["stripe-create-payment-intent", "invoke", "amount", ALWAYS],
    ["stripe-create-payment-intent", "step", "amount", ALWAYS],
    ["stripe-create-payment-intent", "invoke", "currency", ALWAYS],
    ["stripe-create-payment-intent", "invoke", "customerId", SOMETIMES],
    ["stripe-create-payment-intent", "invoke", "metadata.any.name", SOMETIMES],
    ["make-report", "invoke", "tags.*", ALWAYS],
    ["make-report", "invoke", "options.color", ALWAYS],
    ["process-payment", "start", "amount", ALWAYS],
    ["process-payment", "start", "customerName", SOMETIMES],
    ["approvals", "approve", "capability", ALWAYS],
    ["approvals", "approve", "principalId", ALWAYS],
    ["approvals", "reject", "amount", SOMETIMES],
    ["nightly", "start", "report.title", ALWAYS],
    ["nightly", "start", "report.pages", SOMETIMES],
  ])("%s, %s: the input %s is %j", (capability, action, path, finding) => {
    expect(input(capability, action, path)).toEqual(finding);
  });

  it.each([
    [
      "stripe-create-payment-intent",
      "invoke",
      "amont",
      0,
      "amont",
      [
        "amount",
        "currency",
        "customerId",
        "metadata",
        "description",
        "receiptEmail",
        "captureMethod",
        "saveCard",
        "returnUrl",
      ],
    ],
    ["make-report", "invoke", "title.x", 1, "x", []],
    ["make-report", "invoke", "tags.x", 1, "x", []],
    ["make-report", "invoke", "title.*", 1, "*", []],
    ["nightly", "start", "report.x", 1, "x", ["title", "pages"]],
    ["nightly", "read", "day", 0, "day", []],
    ["audit", "read", "day", 0, "day", []],
    ["nightly", "start", "toString", 0, "toString", ["day", "report"]],
    ["approvals", "approve", "capability.x", 1, "x", []],
    ["approvals", "approve", "principalId.x", 1, "x", []],
    ["approvals", "reject", "amount.x", 1, "x", []],
    ["approvals", "reject", "currency.x", 1, "x", []],
    ["approvals", "reject", "customerId.x", 1, "x", []],
  ])("%s, %s: the input %s leads nowhere", (capability, action, path, depth, name, instead) => {
    expect(input(capability, action, path)).toEqual({ known: false, depth, name, instead });
  });

  it.each([
    ["send-email", "invoke", "messageId"],
    ["make-report", "step", "lines.sku"],
    ["make-report", "invoke", "meta.any"],
    ["process-payment", "start", "runId"],
    ["process-payment", "start", "workflowId"],
    ["process-payment", "start", "version"],
    ["process-payment", "start", "status"],
    ...[
      "runId",
      "workflowId",
      "version",
      "status",
      "startedAt",
      "endedAt",
      "output.a.b",
      "error.message",
    ].map((path) => ["process-payment", "read", path]),
    ...["id", "capability", "status", "startedAt", "endedAt", "attempts", "error.declineCode"].map((path) => [
      "process-payment",
      "read",
      `steps.${path}`,
    ]),
    ...["code", "message", "step", "declineCode"].map((path) => ["nightly", "read", `error.${path}`]),
    ...[
      "timestamp",
      "eventId",
      "eventType",
      "actor.id",
      "actor.roles",
      "actor.ipAddress",
      "resource.type",
      "resource.id",
      "resource.version",
      "action",
      "result",
      "durationMs",
      "requestId",
      "stripeRequestId",
      "code",
      "declineCode",
      "objects",
      "metadata.inputs.any",
      "metadata.outputs.any",
      "policyDecision.decision",
      "policyDecision.ruleId",
      "policyDecision.reason",
    ].map((path) => ["audit", "read", `entries.${path}`]),
    ...["approvalId", "status", "input.any", "principal.id", "principal.roles", "comment"].flatMap((path) => [
      ["approvals", "approve", path],
      ["approvals", "read-approvals", `items.${path}`],
    ]),
  ] as [string, string, string][])("%s, %s: the response has %s", (capability, action, path) => {
    expect(answer(capability, action, path)).toMatchObject({ known: true });
  });

  it.each([
    ["process-payment", "start", "steps"],
    ["process-payment", "read", "steps.name"],
    ["process-payment", "read", "error.stack"],
    ["audit", "read", "actor.id"],
    ["audit", "read", "entries.actor.name"],
    ["audit", "read", "entries.objects.id"],
    ["approvals", "reject", "principal.name"],
    ["approvals", "read-approvals", "status"],
  ])("%s, %s: the response has no %s", (capability, action, path) => {
    expect(answer(capability, action, path)).toMatchObject({ known: false });
  });
});

describe("given a capability that only reads", () => {
  it("the one thing to do with it is to read it", () => {
    const file = "test/lib/compiler/workflow/make-report.contract.yml";
    const look = loadContract(file, `${readFileSync(file, "utf8")}\nreadOnly: true\n`);
    const attempted = possibleAttempts(new Map([["look", look]]), new Map());
    expect(attempted.filter(({ capability }) => capability === "look")).toEqual([
      { ...attempt("make-report", "invoke"), capability: "look", action: "read" },
    ]);
  });
});

describe("given a contract and a workflow with mistakes of their own", () => {
  const attempted = () =>
    possibleAttempts(new Map([["broken", undefined]]), new Map([["broken-too", undefined]]));

  it.each([
    ["broken", "invoke"],
    ["broken", "step"],
    ["broken-too", "start"],
  ])("nothing is wrong with any input of %s, %s", (capability, action) => {
    const found = attempted().find((one) => one.capability === capability && one.action === action);
    expect(found?.input).toBe(UNCLEAR);
    expect(findField(UNCLEAR, ["any", "name"])).toEqual(ALWAYS);
  });

  it("nothing is wrong with any field of the capability's response", () => {
    expect(attempted().find(({ capability }) => capability === "broken")?.answer).toBe(UNCLEAR);
  });
});

describe("given the call that a decision is about", () => {
  const CALL = { capability: "refund", principalId: "shop" };
  const isValid = (call: object) => new Ajv({ strict: false }).compile(APPROVED_CALL)(call);

  it.each([CALL, { ...CALL, amount: 4200, currency: "usd", customerId: "cus_1" }])(
    "%j is accepted",
    (call) => {
      expect(isValid(call)).toBe(true);
    },
  );

  it.each([
    { capability: "refund" },
    { principalId: "shop" },
    { ...CALL, capability: 1 },
    { ...CALL, principalId: 1 },
    { ...CALL, amount: 42.5 },
    { ...CALL, currency: 1 },
    { ...CALL, customerId: 1 },
    { ...CALL, other: 1 },
  ])("%j is refused", (call) => {
    expect(isValid(call)).toBe(false);
  });
});

describe("shapes of schemas", () => {
  it.each([
    [{}, { kind: "open" }],
    [{ type: "string" }, { kind: "value" }],
    [{ type: "object" }, { kind: "open" }],
    [{ type: "array" }, { kind: "list", items: { kind: "open" } }],
    [
      { type: "array", items: { type: "number" } },
      { kind: "list", items: { kind: "value" } },
    ],
    [{ allOf: [{ type: "array" }, { type: "array", items: {} }] }, { kind: "list", items: { kind: "open" } }],
    [
      { type: "object", properties: { a: { type: "string" }, b: {} }, required: ["a"] },
      {
        kind: "object",
        fields: {
          a: { shape: { kind: "value" }, optional: false },
          b: { shape: { kind: "open" }, optional: true },
        },
      },
    ],
    [
      { type: "object", properties: { a: { type: "string" } } },
      { kind: "object", fields: { a: { shape: { kind: "value" }, optional: true } } },
    ],
  ])("%j is %j", (schema, shape) => {
    expect(shapeOf(schema)).toEqual(shape);
  });

  it("an item of an open value always exists, as any item does; a name in it may not", () => {
    expect(findField({ kind: "open" }, ["*"])).toEqual(ALWAYS);
    expect(findField({ kind: "open" }, ["a"])).toEqual(SOMETIMES);
    expect(findField({ kind: "value" }, [])).toEqual(ALWAYS);
  });

  it("a path through lists goes through lists of lists too", () => {
    const lists = { kind: "list", items: { kind: "list", items: { kind: "open" } } } as const;

    expect(findField(lists, ["a"], true)).toEqual(SOMETIMES);
    expect(findField(lists, ["a"])).toMatchObject({ known: false });
  });
});

describe("the paths that got furthest", () => {
  it("are reported as one, with every name known in their place, each once", () => {
    const at = (depth: number, name: string, instead: string[]) =>
      ({ known: false, depth, name, instead }) as const;

    expect(
      furthest([
        at(0, "x", ["q"]),
        at(1, "y", ["a", "b"]),
        { known: true, optional: false },
        at(1, "z", ["b", "c"]),
      ]),
    ).toEqual(at(1, "y", ["a", "b", "c"]));
  });

  it("are undefined if every path leads somewhere", () => {
    expect(furthest([{ known: true, optional: true }])).toBeUndefined();
    expect(furthest([])).toBeUndefined();
  });
});
