import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { brandOf, expiryOf, problemsOf, spacedExpiry, spacedNumber } from "../stripe-js/card-fields.js";

const now = new Date("2030-06-15T12:00:00Z");

describe("given a card number", () => {
  it.each([
    ["4242424242424242", "4242 4242 4242 4242"],
    ["42424", "4242 4"],
    ["378282246310005", "3782 822463 10005"],
    ["4242-4242-4242-4242-99", "4242 4242 4242 4242"],
    ["", ""],
  ])("%s is written as %s", (typed, written) => {
    expect(spacedNumber(typed)).toBe(written);
  });

  it("formatting it again changes nothing", () => {
    fc.assert(fc.property(fc.string(), (text) => spacedNumber(spacedNumber(text)) === spacedNumber(text)));
  });

  it.each([
    ["4242", "VISA"],
    ["5555", "MASTERCARD"],
    ["37", "AMEX"],
    ["9", ""],
  ])("a number that starts with %s is of the brand %j", (digits, name) => {
    expect(brandOf(digits).name).toBe(name);
  });
});

describe("given an expiration date", () => {
  it.each([
    ["1", "1"],
    ["12", "12 / "],
    ["123", "12 / 3"],
    ["1230", "12 / 30"],
    ["12/30", "12 / 30"],
    ["12 / 2030", "12 / 30"],
    ["4", "04 / "],
    ["4/30", "04 / 30"],
  ])("%s is written as %j", (typed, written) => {
    expect(spacedExpiry(typed, false)).toBe(written);
  });

  it("its slash can be deleted", () => {
    expect(spacedExpiry("12 /", true)).toBe("12");
  });

  it("it is read as month and year", () => {
    expect(expiryOf("12 / 30")).toEqual({ month: 12, year: 2030 });
    expect(expiryOf("12 / 3")).toBeUndefined();
  });
});

describe("given a card form", () => {
  const complete = { number: "4242 4242 4242 4242", expiry: "06 / 30", cvc: "123" };

  it("it is complete with a number, a month that is not over, and a code", () => {
    expect(problemsOf(complete, now)).toEqual({});
    expect(problemsOf({ ...complete, number: "3782 822463 10005", cvc: "1234" }, now)).toEqual({});
  });

  it.each([
    [{ number: "4242" }, "number", "incomplete_number"],
    [{ number: "4242 4242 4242 4241" }, "number", "invalid_number"],
    [{ expiry: "" }, "expiry", "incomplete_expiry"],
    [{ expiry: "13 / 30" }, "expiry", "invalid_expiry_month"],
    [{ expiry: "05 / 30" }, "expiry", "invalid_expiry_year_past"],
    [{ cvc: "12" }, "cvc", "incomplete_cvc"],
  ])("%j has a problem with its %s: %s", (change, field, code) => {
    const problems: Record<string, { code: string } | undefined> = problemsOf(
      { ...complete, ...change },
      now,
    );
    expect(Object.keys(problems)).toEqual([field]);
    expect(problems[field]?.code).toBe(code);
  });
});
