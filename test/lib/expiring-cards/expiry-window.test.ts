import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { endOfMonth, monthsExpiring } from "../../../lib/expiring-cards/expiry-window.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("given a day and a number of days", () => {
  it.each([
    ["the last moment before the window", "2028-03-31T23:59:59.999Z", 30, ["2028-03"]],
    ["the first moment of the window", "2028-04-01T00:00:00.000Z", 30, ["2028-04"]],
    ["the last moment of the month", "2028-04-30T23:59:59.999Z", 30, ["2028-04"]],
    ["a day before a short month", "2027-01-31T12:00:00.000Z", 30, ["2027-01", "2027-02"]],
    ["the last day of a year", "2027-12-31T12:00:00.000Z", 1, ["2027-12"]],
    ["a window over the end of a year", "2027-12-02T00:00:00.000Z", 61, ["2027-12", "2028-01"]],
  ])("%s: the months are known", (_, now, days, months) => {
    expect(monthsExpiring(new Date(now), days)).toEqual(months);
  });

  it("a month is named exactly if it ends within the window, whatever the day", () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date("2020-01-01"), max: new Date("2090-01-01"), noInvalidDate: true }),
        fc.integer({ min: 1, max: 365 }),
        fc.integer({ min: -2, max: 15 }),
        (now, days, offset) => {
          const month = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + offset, 1))
            .toISOString()
            .slice(0, 7);
          const left = endOfMonth(month) - now.getTime();
          expect(monthsExpiring(now, days).includes(month)).toBe(left > 0 && left <= days * DAY_MS);
        },
      ),
    );
  });
});
