import { describe, expect, it } from "@jest/globals";
import { interpretedCondition, parseCondition } from "../../../lib/policy/condition.ts";
import { celValue, factsOf } from "../../../lib/policy/facts.ts";
import { aQuery } from "./rules.ts";

const ask = (condition: string, query = {}) => interpretedCondition(condition)(factsOf(aQuery(query)));
const MATCHED = { outcome: "matched" };
const NOT_MATCHED = { outcome: "did not match" };

describe("given numbers from JSON", () => {
  it.each([
    ["input.amount > 5000", 5001, MATCHED],
    ["input.amount > 5000", 5000, NOT_MATCHED],
    ["input.amount > 5000", 5000.5, MATCHED],
    ["input.amount == 10", 10, MATCHED],
    ["input.amount == 10", 10.5, NOT_MATCHED],
    ["input.amount != 10", 10, NOT_MATCHED],
    ["input.amount >= 10.5", 10.5, MATCHED],
    ["input.amount < 10.5", 10, MATCHED],
    ["input.amount in [10, 20]", 20, MATCHED],
    ["input.amount * 2 + 1 == 21", 10, MATCHED],
    ["input.amount % 100 == 0", 500, MATCHED],
    ["input.amount > 5000", 1e21, MATCHED],
    ["input.amount > 5000", -0, NOT_MATCHED],
    ['{"usd": 5, "eur": 7}[input.currency] < input.amount', 6, MATCHED],
    ['{"usd": 5, "eur": 7}[input.currency] < input.amount', 5, NOT_MATCHED],
    ["input.items[0].price == 10", 10, MATCHED],
    ["input.items.exists(item, item.price > 5)", 10, MATCHED],
    ["input.amount > usage.callsThisMinute", 62, MATCHED],
    ["usage.callsThisMinute >= 60", 1, MATCHED],
  ])("%s of %d: %j", (condition, amount, verdict) => {
    const input = { amount, currency: "usd", items: [{ price: amount }] };

    expect(ask(condition, { input, usage: { callsThisMinute: 61 } })).toEqual(verdict);
  });
});

describe("given a condition that reads other values", () => {
  it.each([
    ['principal.id == "shop" && "checkout" in principal.roles', MATCHED],
    ["has(principal.customerId)", NOT_MATCHED],
    ['capability == "stripe-create-payment-intent" && action == "invoke"', MATCHED],
    ['stage == "prod"', NOT_MATCHED],
    ['now.getHours("UTC") == 10 && now < timestamp("2026-11-26T00:00:00Z")', MATCHED],
    ["has(usage.callsThisMinute)", NOT_MATCHED],
    ["has(input.customerId)", NOT_MATCHED],
    ['"amount" in input', MATCHED],
    ["input.flag", MATCHED],
    ["input.nothing == null", MATCHED],
    ['input.metadata.order == "o-1"', MATCHED],
    ["has(input.absent)", NOT_MATCHED],
  ])("%s: %j", (condition, verdict) => {
    const input = { amount: 1, flag: true, nothing: null, metadata: { order: "o-1" }, absent: undefined };

    expect(ask(condition, { input })).toEqual(verdict);
  });

  it("a principal's customer is read if it has one", () => {
    const principal = { id: "shop", roles: [], customerId: "cus_ada" };

    expect(ask('principal.customerId == "cus_ada"', { principal })).toEqual(MATCHED);
  });

  it("a name that every object inherits is missing", () => {
    for (const name of ["constructor", "toString", "hasOwnProperty", "size", "get"]) {
      expect(ask(`has(input.${name})`)).toEqual(NOT_MATCHED);
      expect(ask(`has(principal.${name})`)).toEqual(NOT_MATCHED);
      expect(ask(`input.${name} == 1`)).toEqual({
        outcome: "could not be decided",
        why: `input.${name} is missing`,
      });
    }
    expect(ask('"__proto__" in input')).toEqual(NOT_MATCHED);
    expect(ask('input["__proto__"] == 1')).toMatchObject({ outcome: "could not be decided" });
  });

  it("an object's own field with such a name is read like any other", () => {
    const input = JSON.parse('{"constructor": 5, "__proto__": 6}');

    expect(ask('input.constructor == 5 && input["__proto__"] == 6', { input })).toEqual(MATCHED);
  });
});

describe("given a condition that cannot be decided", () => {
  it.each([
    ["input.customerId == principal.id", "input.customerId is missing"],
    ["has(input.metadata.order)", "input.metadata is missing"],
    ["input.list[5] == 1", "input.list[5] is missing"],
    ['{"eur": 5}[input.currency] < 6', '{"eur": 5}[input.currency] is missing'],
    ["usage.callsThisMinute > 60", "usage.callsThisMinute is missing"],
    ["whatever == 1", "whatever is not a variable"],
    [
      "input.amount > input.currency",
      "input.amount > input.currency is not defined for values of these types",
    ],
    ["size(input.amount) > 1", "size(input.amount) is not defined for values of these types"],
    ["input.currency && true", "input.currency is neither true nor false"],
    ["input.currency ? true : false", "input.currency is neither true nor false"],
    ["input.amount / 0 == 1", "input.amount / 0 cannot be evaluated (division by zero)"],
    ["int(input.currency) == 1", "int(input.currency) cannot be evaluated (int conversion error)"],
    ["input.currency", "the condition is neither true nor false"],
    ["input.amount", "the condition is neither true nor false"],
    ["input.amount >", "the condition is not CEL"],
    ["", "the condition is not CEL"],
  ])("%s: %s", (condition, why) => {
    const verdict = ask(condition, { input: { amount: 4200, currency: "secret-value", list: [1] } });

    expect(verdict).toEqual({ outcome: "could not be decided", why });
    expect(JSON.stringify(verdict)).not.toContain("secret-value");
  });

  it("it says so for a value that CEL has no type for", () => {
    const facts = { ...factsOf(aQuery()), input: new Map([["odd", Symbol("odd")]]) };

    expect(interpretedCondition("input.odd == 1")(facts)).toEqual({
      outcome: "could not be decided",
      why: "the condition cannot be evaluated (unsupported type)",
    });
  });

  it("it says so for an error that a value itself throws", () => {
    const facts = {
      get input(): never {
        throw new RangeError("secret-value");
      },
    };

    expect(interpretedCondition("input.x == 1")(facts)).toEqual({
      outcome: "could not be decided",
      why: "the condition cannot be evaluated",
    });
  });
});

describe("given CEL's rule that one operand can decide", () => {
  it.each([
    ["input.nothing == 1 && false", NOT_MATCHED],
    ["input.nothing == 1 || true", MATCHED],
  ])("%s: %j", (condition, verdict) => {
    expect(ask(condition)).toEqual(verdict);
  });
});

describe("values for CEL", () => {
  it("are integers for whole numbers, Maps for objects, and otherwise unchanged", () => {
    const value = {
      whole: 5,
      half: 0.5,
      text: "5",
      yes: true,
      none: null,
      absent: undefined,
      list: [1, { a: 2 }],
    };

    expect(celValue(value)).toEqual(
      new Map<string, unknown>([
        ["whole", 5n],
        ["half", 0.5],
        ["text", "5"],
        ["yes", true],
        ["none", null],
        ["list", [1n, new Map([["a", 2n]])]],
      ]),
    );
  });
});

describe("parsing", () => {
  it("throws at the place of a mistake in the text", () => {
    expect(() => parseCondition("input.amount >")).toThrow(
      expect.objectContaining({ name: "ParseError", range: { start: 14, end: 14 } }),
    );
  });
});
