/** Why a condition matched or not: the parts that decide, with their values. */
import { describe, expect, it } from "@jest/globals";
import { type ASTNode, serialize } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { interpretedCondition, parseCondition } from "../../../lib/policy/condition.ts";
import { factsOf, type Outcome } from "../../../lib/policy/facts.ts";
import { type DecidingPart, decidingParts, wordedPart } from "../../../scripts/policy/explain-condition.ts";
import { aQuery } from "../../lib/policy/rules.ts";
import { tries } from "../../steps/effort.ts";

describe("given a condition and what it reads", () => {
  const facts = factsOf(
    aQuery({
      input: { amount: 4200, currency: "usd", lines: [{ amount: 5 }] },
      usage: { callsThisMinute: 3 },
    }),
  );
  it.each([
    ["input.amount > 100000", ["input.amount > 100000 is false: input.amount is 4200"]],
    ["input.amount > 100", ["input.amount > 100 is true: input.amount is 4200"]],
    ['"admin" in principal.roles', ['"admin" in principal.roles is false: principal.roles is ["checkout"]']],
    ["has(input.customerId)", ["has(input.customerId) is false: input.customerId is missing"]],
    [
      'input.currency == "usd" && (input.amount > 5000 || usage.callsThisMinute > 60)',
      [
        "input.amount > 5000 is false: input.amount is 4200",
        "usage.callsThisMinute > 60 is false: usage.callsThisMinute is 3",
      ],
    ],
    ['!(input.currency in ["usd"])', ['input.currency in ["usd"] is true: input.currency is "usd"']],
    [
      'input.currency == "usd" ? input.amount > 5000 : true',
      [
        'input.currency == "usd" is true: input.currency is "usd"',
        "input.amount > 5000 is false: input.amount is 4200",
      ],
    ],
    [
      'cel.bind(limit, {"usd": 5000}, !(input.currency in limit) || input.amount > limit[input.currency])',
      [
        'input.currency in limit is true: input.currency is "usd", limit is {"usd":5000}',
        'input.amount > limit[input.currency] is false: input.amount is 4200, input.currency is "usd", limit[input.currency] is 5000',
      ],
    ],
    [
      "input.lines.exists(line, line.amount > 10)",
      ['input.lines.exists(line, line.amount > 10) is false: input.lines is [{"amount":5}]'],
    ],
    [
      'now < timestamp("2020-01-01T00:00:00Z")',
      ['now < timestamp("2020-01-01T00:00:00Z") is false: now is "2026-11-25T10:00:00.000Z"'],
    ],
    [
      "true && input.customerId == principal.id",
      ["input.customerId == principal.id could not be decided: input.customerId is missing"],
    ],
    ["input.amount >", []],
  ])("%s", (condition, expected) => {
    expect(decidingParts(condition, facts).map(wordedPart)).toEqual(expected);
  });
});

const leaf = fc.oneof(
  fc.constantFrom("true", "false", "input.flag", "input.missing == 1", "1 + input.flag == 2"),
  fc
    .tuple(fc.constantFrom("a", "b"), fc.constantFrom("<", "==", ">="), fc.nat(3))
    .map(([name, operator, value]) => `input.${name} ${operator} ${value}`),
  fc.constantFrom(
    "has(input.missing)",
    "has(input.a)",
    "input.a in [1, 2]",
    "[1, 2].exists(item, item == input.b)",
  ),
);
const { condition } = fc.letrec<{ condition: string }>((tie) => ({
  condition: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    leaf,
    fc
      .tuple(tie("condition"), fc.constantFrom("&&", "||"), tie("condition"))
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
    tie("condition").map((inner) => `!(${inner})`),
    fc
      .tuple(tie("condition"), tie("condition"), tie("condition"))
      .map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`),
    tie("condition").map((inner) => `cel.bind(bound, input.a, (bound == 1 || ${inner}))`),
  ),
}));

/** `node` with the parts that decide as they are, and every other one as `other` says. */
function withOthers(node: ASTNode, parts: readonly DecidingPart[], other: (text: string) => string): string {
  const inside = (child: ASTNode) => `(${withOthers(child, parts, other)})`;
  switch (node.op) {
    case "&&":
    case "||":
      return `${inside(node.args[0])} ${node.op} ${inside(node.args[1])}`;
    case "!_":
      return `!${inside(node.args)}`;
    case "?:":
      return `${inside(node.args[0])} ? ${inside(node.args[1])} : ${inside(node.args[2])}`;
    default: {
      const text = serialize(node);
      return parts.some((part) => part.text === text) ? text : other(text);
    }
  }
}

describe("given any condition and any input", () => {
  const input = fc.record({ a: fc.nat(3), b: fc.nat(3), flag: fc.boolean() });
  const runs = { numRuns: tries({ sample: 150, whole: 5_000 }) };

  it("each part that decides has the outcome that the engine finds for it", () => {
    fc.assert(
      fc.property(condition, input, (text, fields) => {
        const facts = factsOf(aQuery({ input: fields }));
        for (const part of decidingParts(text, facts))
          expect([part.text, part.outcome]).toEqual([
            part.text,
            interpretedCondition(part.text)(facts).outcome,
          ]);
      }),
      runs,
    );
  });

  it("whatever the parts are that are not named, the outcome is the same", () => {
    const seen = new Set<Outcome>();
    fc.assert(
      fc.property(
        condition.filter((text) => !text.includes("bind")),
        input,
        fc.infiniteStream(fc.constantFrom("true", "false", "input.missing == 1")),
        (text, fields, others) => {
          const facts = factsOf(aQuery({ input: fields }));
          const { outcome } = interpretedCondition(text)(facts);
          if (outcome === "could not be decided") return;
          seen.add(outcome);
          const parts = decidingParts(text, facts);
          const changed = withOthers(parseCondition(text).ast, parts, () => String(others.next().value));
          expect([changed, interpretedCondition(changed)(facts).outcome]).toEqual([changed, outcome]);
        },
      ),
      runs,
    );
    expect([...seen].sort()).toEqual(["did not match", "matched"]);
  });

  it("a condition that is undecided names a part that is undecided", () => {
    fc.assert(
      fc.property(condition, input, (text, fields) => {
        const facts = factsOf(aQuery({ input: fields }));
        const verdict = interpretedCondition(text)(facts);
        if (verdict.outcome !== "could not be decided") return;
        const parts = decidingParts(text, facts);
        expect([text, parts.some(({ outcome }) => outcome === verdict.outcome)]).toEqual([text, true]);
      }),
      runs,
    );
  });
});
