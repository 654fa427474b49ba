import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import { ACTIONS, EFFECTS, type PolicyRule, type Usage } from "../../../lib/policy/policy.ts";
import { aQuery, aRule } from "./rules.ts";

const decide = (rules: readonly PolicyRule[], query = {}) => createPolicy(rules).decide(aQuery(query));

describe("given no rule that matches", () => {
  it("denies, naming the principal's roles and saying that no rule permits it to anyone", () => {
    expect(decide([])).toEqual({
      decision: "DENY",
      ruleId: "default-deny",
      reason:
        "No rule permits a principal with the role checkout to invoke stripe-create-payment-intent. " +
        "No rule permits it to anyone",
      redactFields: [],
      issues: [],
      exceeded: [],
    });
  });

  it("names the rules that would have permitted it, and no others", () => {
    const rules = [
      aRule({ id: "admins", condition: '"admin" in principal.roles', reason: "Admins may" }),
      aRule({ id: "billing", condition: '"billing" in principal.roles', reason: "Billing may" }),
      aRule({ id: "limit", effect: "DENY", condition: "input.amount > 5000" }),
      aRule({ id: "elsewhere", capabilities: ["send-email"] }),
    ];

    expect(decide(rules).reason).toBe(
      "No rule permits a principal with the role checkout to invoke stripe-create-payment-intent. " +
        "It would be permitted by: admins (Admins may); billing (Billing may)",
    );
  });

  it.each([
    [[], "invoke", "a principal with no role to invoke x"],
    [["a"], "step", "a principal with the role a to run x as a step"],
    [["a", "b"], "start", "a principal with the roles a, b to start x"],
    [["a", "b"], "read", "a principal with the roles a, b to read x"],
    [[], "read-others", "a principal with no role to read what others have started of x"],
    [["a"], "cancel", "a principal with the role a to cancel runs of x"],
    [["a"], "cancel-others", "a principal with the role a to cancel what others have started of x"],
    [["a"], "retry", "a principal with the role a to retry runs of x"],
    [["a"], "retry-others", "a principal with the role a to retry what others have started of x"],
    [["a"], "approve", "a principal with the role a to approve calls of others"],
    [["a"], "reject", "a principal with the role a to reject calls of others"],
    [["a"], "read-approvals", "a principal with the role a to read the calls that wait for an approval"],
  ] as const)("says for the roles %j and the action %s: %s", (roles, action, says) => {
    const { reason } = decide([], { principal: { id: "p", roles }, action, resource: "x" });

    expect(reason).toBe(`No rule permits ${says}. No rule permits it to anyone`);
  });

  it("a REDACT alone permits nothing", () => {
    expect(decide([aRule({ effect: "REDACT", redactFields: ["x"] })])).toMatchObject({
      decision: "DENY",
      ruleId: "default-deny",
      redactFields: [],
    });
  });
});

describe("given an APPROVE that matches", () => {
  const large = aRule({ id: "large", effect: "APPROVE", condition: "input.amount > 1000", reason: "Large" });

  it("wins over every PERMIT, whatever their priorities, and keeps what REDACT rules mask", () => {
    const rules = [
      aRule({ id: "all", priority: 9 }),
      aRule({ id: "masked", effect: "REDACT", redactFields: ["x"], priority: 8 }),
      large,
    ];
    expect(decide(rules)).toEqual({
      decision: "APPROVE",
      ruleId: "large",
      reason: "Large",
      redactFields: ["x"],
      issues: [],
      exceeded: [],
    });
    expect(decide(rules, { input: { amount: 1000 } })).toMatchObject({ decision: "REDACT" });
  });

  it("permits nothing by itself, and loses to a DENY and to a rule that cannot be decided", () => {
    expect(decide([large])).toMatchObject({ decision: "DENY", ruleId: "default-deny" });
    expect(decide([aRule({}), large, aRule({ id: "no", effect: "DENY" })])).toMatchObject({
      decision: "DENY",
      ruleId: "no",
    });
    expect(decide([aRule({}), large, aRule({ id: "odd", condition: "input.x == 1" })])).toMatchObject({
      decision: "DENY",
      ruleId: "odd",
    });
    expect(decide([aRule({}), { ...large, condition: "input.x == 1" }])).toMatchObject({ decision: "DENY" });
  });

  it.each(ACTIONS)("of the action %s: only calls that can be repeated can wait", (action) => {
    const waits = action === "invoke" || action === "start";
    expect(decide([aRule({}), large], { action }).decision).toBe(waits ? "APPROVE" : "DENY");
  });
});

describe("given a PERMIT that matches", () => {
  it("permits, naming the rule and its reason", () => {
    expect(decide([aRule({ id: "all", reason: "Everybody may" })])).toEqual({
      decision: "PERMIT",
      ruleId: "all",
      reason: "Everybody may",
      redactFields: [],
      issues: [],
      exceeded: [],
    });
  });

  it("names the rule with the highest priority, then the first one", () => {
    const rules = [
      aRule({ id: "low", priority: -1 }),
      aRule({ id: "first", priority: 5 }),
      aRule({ id: "second", priority: 5 }),
      aRule({ id: "highest-but-not-matching", priority: 9, condition: "false" }),
    ];

    expect(decide(rules).ruleId).toBe("first");
    expect(decide([...rules].reverse()).ruleId).toBe("second");
  });

  it.each([
    [{ capabilities: ["stripe-create-payment-intent"] }, "PERMIT"],
    [{ capabilities: ["audit", "stripe-create-payment-intent"], actions: ["invoke"] }, "PERMIT"],
    [{ actions: ["step", "invoke"] }, "PERMIT"],
    [{ capabilities: ["audit"] }, "DENY"],
    [{ capabilities: [] }, "DENY"],
    [{ capabilities: ["stripe-create-payment-intent"], actions: ["step"] }, "DENY"],
    [{ capabilities: ["audit"], actions: ["invoke"] }, "DENY"],
  ] as const)("in the scope %j the decision is %s", (scope, decision) => {
    expect(decide([aRule(scope)]).decision).toBe(decision);
  });
});

describe("given a DENY that matches", () => {
  it("denies, regardless of the priority of a PERMIT", () => {
    const rules = [
      aRule({ id: "all", priority: 100 }),
      aRule({ id: "closed", effect: "DENY", priority: -100 }),
    ];

    expect(decide(rules)).toMatchObject({ decision: "DENY", ruleId: "closed", reason: "Because of closed" });
  });

  it("names each input and each counter that the rule reads", () => {
    const limit = aRule({
      id: "limit",
      effect: "DENY",
      condition: "input.amount > 4000 && usage.callsThisMinute > 5",
      reason: "Too much",
      reads: { input: ["amount", "report.title"], usage: ["callsThisMinute"] },
    });

    expect(decide([aRule({}), limit], { usage: { callsThisMinute: 6 } })).toEqual({
      decision: "DENY",
      ruleId: "limit",
      reason: "Too much",
      redactFields: [],
      issues: [
        { path: "amount", message: "Too much" },
        { path: "report.title", message: "Too much" },
      ],
      exceeded: ["callsThisMinute"],
    });
  });

  it("names the DENY with the highest priority", () => {
    const rules = [
      aRule({ id: "b", effect: "DENY", priority: 1 }),
      aRule({ id: "a", effect: "DENY", priority: 2 }),
      aRule({ id: "c", effect: "DENY", priority: 2 }),
    ];

    expect(decide(rules).ruleId).toBe("a");
  });

  it("names it rather than a rule that could not be decided, because it helps the caller more", () => {
    const rules = [
      aRule({ id: "broken", condition: "input.nothing", priority: 9 }),
      aRule({ id: "closed", effect: "DENY" }),
    ];

    expect(decide(rules).ruleId).toBe("closed");
  });
});

describe("given a REDACT that matches a permitted query", () => {
  it("permits with the fields of every REDACT masked, each once", () => {
    const rules = [
      aRule({ id: "all" }),
      aRule({ id: "one", effect: "REDACT", redactFields: ["a", "b.c"], reason: "Not yours" }),
      aRule({ id: "two", effect: "REDACT", redactFields: ["b.c", "d"] }),
      aRule({ id: "three", effect: "REDACT", redactFields: ["e"], condition: "false" }),
    ];

    expect(decide(rules)).toEqual({
      decision: "REDACT",
      ruleId: "one",
      reason: "Not yours",
      redactFields: ["a", "b.c", "d"],
      issues: [],
      exceeded: [],
    });
  });
});

describe("given a rule that cannot be decided", () => {
  it.each(EFFECTS)("denies, whether it is a %s", (effect) => {
    const broken = aRule({
      id: "broken",
      effect,
      condition: "input.customerId == principal.id",
      reads: { input: ["customerId"], usage: ["callsThisMinute"] },
      redactFields: ["x"],
    });
    const reason =
      "The rule broken could not be decided, so the request is denied: input.customerId is missing";

    expect(decide([aRule({ priority: 9 }), broken], { usage: { callsThisMinute: 1 } })).toEqual({
      decision: "DENY",
      ruleId: "broken",
      reason,
      redactFields: [],
      issues: [{ path: "customerId", message: reason }],
      exceeded: [],
    });
  });

  it("names the one with the highest priority", () => {
    const rules = [
      aRule({ id: "one", condition: "input.x" }),
      aRule({ id: "two", condition: "input.x", priority: 1 }),
    ];

    expect(decide(rules).ruleId).toBe("two");
  });

  it("it has no effect out of scope", () => {
    const rules = [aRule({}), aRule({ id: "broken", condition: "input.x", capabilities: ["audit"] })];

    expect(decide(rules).decision).toBe("PERMIT");
  });

  it("a condition that is not CEL denies too", () => {
    expect(decide([aRule({}), aRule({ id: "broken", condition: "1 +" })])).toMatchObject({
      decision: "DENY",
      ruleId: "broken",
      reason: expect.stringContaining("denied: the condition is not CEL"),
    });
  });

  it("an input that contains itself is denied, and nothing is thrown", () => {
    const input: Record<string, unknown> = {};
    input.self = input;

    expect(decide([aRule({ id: "all" })], { input })).toMatchObject({
      decision: "DENY",
      ruleId: "all",
      reason: expect.stringContaining("denied: the input cannot be read"),
    });
  });
});

describe("given usage", () => {
  const limit = aRule({
    id: "limit",
    effect: "DENY",
    condition: "usage.callsThisMinute > 60",
    actions: ["invoke", "step"],
    reads: { input: [], usage: ["callsThisMinute"] },
  });
  const policy = () => createPolicy([aRule({ id: "all" }), limit]);

  it.each([
    [{ callsThisMinute: 60 }, "PERMIT", "all"],
    [{ callsThisMinute: 61 }, "DENY", "limit"],
    [{}, "DENY", "limit"],
    [undefined, "PERMIT", "all"],
  ])("of %j the decision is %s by %s", (usage, decision, ruleId) => {
    const { usage: _none, ...query } = aQuery();

    expect(policy().decide(usage === undefined ? query : { ...query, usage })).toMatchObject({
      decision,
      ruleId,
    });
  });

  it("lists the counters that its DENY rules in scope read, each once", () => {
    const both = createPolicy([
      limit,
      aRule({ effect: "DENY", reads: { input: [], usage: ["customerAmountToday", "callsThisMinute"] } }),
      aRule({ effect: "PERMIT", reads: { input: [], usage: ["customerAmountToday"] } }),
    ]);

    expect(both.usageRead(aQuery({ resource: "any", action: "invoke" }))).toEqual([
      "callsThisMinute",
      "customerAmountToday",
    ]);
    expect(policy().usageRead(aQuery({ resource: "any", action: "step" }))).toEqual(["callsThisMinute"]);
    expect(policy().usageRead(aQuery({ resource: "any", action: "read" }))).toEqual([]);
    expect(
      createPolicy([aRule({ reads: { input: [], usage: ["callsThisMinute"] } })]).usageRead(
        aQuery({ resource: "a", action: "read" }),
      ),
    ).toEqual([]);
  });

  it.each([
    ['"agent" in principal.roles && usage.callsToday > 5', []],
    ['usage.callsToday > 5 && "agent" in principal.roles', []],
    ["usage.callsToday > 5 || input.amount == 4200", ["callsToday"]],
    ["has(usage.callsToday) && usage.callsToday > 5", ["callsToday"]],
    ["!(usage.callsToday < 5)", ["callsToday"]],
  ])("of the limit %s, it lists %j for a caller with the role checkout", (condition, names) => {
    const reads = { input: [], usage: ["callsToday" as const] };
    expect(createPolicy([aRule({ effect: "DENY", condition, reads })]).usageRead(aQuery())).toEqual(names);
  });
});

describe("given an input that contains itself", () => {
  it("every limit in scope is read, because none can be decided", () => {
    const input: Record<string, unknown> = {};
    input.self = input;
    const reads = { input: [], usage: ["callsThisMinute" as const] };
    const limits = createPolicy([aRule({ effect: "DENY", condition: "false", reads })]);
    expect(limits.usageRead(aQuery({ input }))).toEqual(["callsThisMinute"]);
    expect(limits.usageRead(aQuery())).toEqual([]);
  });
});

describe("given calls that were counted before they are refused", () => {
  const perMinute = aRule({
    id: "per-minute",
    effect: "DENY",
    condition: "usage.callsThisMinute > 2",
    reads: { input: ["amount"], usage: ["callsThisMinute"] },
  });
  const perDay = aRule({
    id: "per-day",
    effect: "DENY",
    condition: "usage.callsThisMinute > 2 || usage.callsToday > 2",
    reads: { input: [], usage: ["callsThisMinute", "callsToday"] },
    priority: 1,
  });
  const exceeded = (rules: readonly PolicyRule[], usage?: Usage) => {
    const { usage: _none, ...query } = aQuery();
    return createPolicy(rules).exceededLimit(usage === undefined ? query : { ...query, usage });
  };

  it("the limit that they exceed denies them, with the counters and fields that it reads", () => {
    expect(exceeded([perMinute], { callsThisMinute: 3 })).toEqual({
      ...{ decision: "DENY", ruleId: "per-minute", reason: "Because of per-minute", redactFields: [] },
      issues: [{ path: "amount", message: "Because of per-minute" }],
      exceeded: ["callsThisMinute"],
    });
    expect(exceeded([perMinute], { callsThisMinute: 2 })).toBeUndefined();
  });

  it("a limit that reads a counter which was not counted does not decide", () => {
    expect(exceeded([perDay], { callsThisMinute: 3 })).toBeUndefined();
    expect(exceeded([perDay, perMinute], { callsThisMinute: 3 })).toMatchObject({ ruleId: "per-minute" });
    expect(exceeded([perDay, perMinute], { callsThisMinute: 3, callsToday: 0 })).toMatchObject({
      ruleId: "per-day",
    });
    expect(exceeded([perMinute])).toBeUndefined();
  });

  it.each<[string, Partial<PolicyRule>]>([
    ["a denial that reads no counter", { effect: "DENY" }],
    ["a permission", { effect: "PERMIT", reads: perMinute.reads }],
    ["an approval", { effect: "APPROVE", reads: perMinute.reads }],
    ["a limit that cannot be decided", { ...perMinute, condition: "input.x > 2" }],
    ["a limit of another capability", { ...perMinute, capabilities: ["send-email"] }],
  ])("%s is no limit that they exceed", (_what, rule) => {
    expect(exceeded([aRule(rule)], { callsThisMinute: 3 })).toBeUndefined();
  });
});

describe("given an approval of an action that nobody can approve", () => {
  it("denies it, and says so", () => {
    const rules = [aRule({}), aRule({ id: "asks", effect: "APPROVE" })];
    expect(decide(rules, { action: "read" })).toMatchObject({
      ...{ decision: "DENY", ruleId: "asks", exceeded: [] },
      reason: "Because of asks. Nobody can approve this action",
    });
  });
});

describe("given a query to explain", () => {
  it("lists every rule in scope, by priority, with its outcome", () => {
    const rules = [
      aRule({ id: "no", condition: "false" }),
      aRule({ id: "yes", priority: 1 }),
      aRule({ id: "elsewhere", capabilities: ["audit"] }),
      aRule({ id: "unknown", condition: "input.x == 1", priority: 2 }),
    ];
    const verdicts = createPolicy(rules).explain(aQuery());

    expect(verdicts.map(({ rule, outcome, why }) => [rule.id, outcome, why])).toEqual([
      ["unknown", "could not be decided", "input.x is missing"],
      ["yes", "matched", undefined],
      ["no", "did not match", undefined],
    ]);
  });
});

describe("given any rules", () => {
  const conditions = [
    "true",
    "false",
    "input.amount > 5000",
    "input.amount > 100",
    '"checkout" in principal.roles',
    "has(input.customerId) && input.customerId == principal.id",
    "usage.callsThisMinute > 60",
    "input.nothing == 1",
    "input.currency",
    "1 +",
  ];
  const anyRule = fc
    .record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      effect: fc.constantFrom(...EFFECTS),
      condition: fc.constantFrom(...conditions),
      priority: fc.integer({ min: -2, max: 2 }),
      redactFields: fc.constantFrom<string[]>([], ["a"], ["b"]),
      capabilities: fc.constantFrom<string[]>(["stripe-create-payment-intent"], ["audit"]),
    })
    .map(aRule);
  const anyRules = fc.array(anyRule, { maxLength: 8 });
  const anyQuery = fc
    .record({
      input: fc.record({ amount: fc.integer({ min: 0, max: 10_000 }), currency: fc.constant("usd") }),
      usage: fc.record({ callsThisMinute: fc.integer({ min: 1, max: 120 }) }),
      roles: fc.constantFrom<string[]>([], ["checkout"], ["admin", "checkout"]),
    })
    .map(({ roles, ...query }) => aQuery({ ...query, principal: { id: "shop", roles } }));
  const outcome = (rules: readonly PolicyRule[], query: ReturnType<typeof aQuery>) =>
    createPolicy(rules).decide(query);

  it("another DENY never turns a denial into a permit", () => {
    fc.assert(
      fc.property(anyRules, anyRule, anyQuery, (rules, added, query) => {
        fc.pre(outcome(rules, query).decision === "DENY");
        const more = [...rules, { ...added, effect: "DENY" as const }];
        expect(outcome(more, query).decision).toBe("DENY");
      }),
    );
  });

  it("without a PERMIT nothing is permitted", () => {
    fc.assert(
      fc.property(anyRules, anyQuery, (rules, query) => {
        const others = rules.filter(({ effect }) => effect !== "PERMIT");
        expect(outcome(others, query).decision).toBe("DENY");
      }),
    );
  });

  it("a condition that cannot be decided, in scope, always denies", () => {
    fc.assert(
      fc.property(anyRules, anyRule, fc.nat(), anyQuery, (rules, added, place, query) => {
        const broken = { ...added, condition: "input.nothing == 1", capabilities: [query.resource] };
        const all = rules.toSpliced(place % (rules.length + 1), 0, broken);
        expect(outcome(all, query).decision).toBe("DENY");
      }),
    );
  });

  it("their order changes neither the decision nor the masked fields", () => {
    fc.assert(
      fc.property(
        anyRules.chain((rules) =>
          fc.tuple(fc.constant(rules), fc.shuffledSubarray(rules, { minLength: rules.length })),
        ),
        anyQuery,
        ([rules, shuffled], query) => {
          const [one, other] = [outcome(rules, query), outcome(shuffled, query)];
          expect(other.decision).toBe(one.decision);
          expect([...other.redactFields].sort()).toEqual([...one.redactFields].sort());
        },
      ),
    );
  });

  it("and any input at all, a decision is made and nothing is thrown", () => {
    fc.assert(
      fc.property(anyRules, fc.anything({ withBigInt: true, withDate: true }), (rules, input) => {
        expect(EFFECTS).toContain(outcome(rules, aQuery({ input })).decision);
      }),
    );
  });
});
