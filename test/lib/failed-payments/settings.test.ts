import { describe, expect, it } from "@jest/globals";
import { readFailedPaymentSettings } from "../../../lib/failed-payments/settings.ts";

const read = (FOLLOW_UP_DAYS?: string, ADMIN_ATTEMPTS: string = "3", FAILURE_MAIL_MINUTES: string = "10") =>
  readFailedPaymentSettings({ FAILURE_MAIL_MINUTES, FOLLOW_UP_DAYS, ADMIN_ATTEMPTS });

describe("given settings for failed payments", () => {
  it.each([
    ["1,3,5", [1, 3, 5]],
    [" 2 , 14 ", [2, 14]],
    ["60", [60]],
    ["none", []],
  ])("FOLLOW_UP_DAYS=%j means the days %j", (text, days) => {
    expect(read(text)).toEqual({ failureMailMinutes: 10, followUpDays: days, adminAttempts: 3 });
  });

  it.each([undefined, "", "0", "1,1", "3,1", "61", "1.5", "-1", "1;3", "1,", "soon"])(
    "FOLLOW_UP_DAYS=%j is refused with an error that names the variable",
    (text) => {
      expect(() => read(text)).toThrow(/^FOLLOW_UP_DAYS must be ascending whole days from 1 to 60, such as/);
    },
  );

  it.each(["", "0", "-3", "2.5", "three", "1e3"])(
    "ADMIN_ATTEMPTS=%j is refused with an error that names the variable",
    (text) => {
      expect(() => read("1,3,5", text)).toThrow(/^ADMIN_ATTEMPTS must be a whole number from 1, such as 3/);
    },
  );

  it.each([
    ["0", 0],
    [" 15 ", 15],
    ["1440", 1440],
  ])("FAILURE_MAIL_MINUTES=%j means %i minutes", (text, minutes) => {
    expect(read("1", "3", text)).toMatchObject({ failureMailMinutes: minutes });
  });

  it.each(["", "-1", "1.5", "1441", "soon"])(
    "FAILURE_MAIL_MINUTES=%j is refused with an error that names the variable",
    (text) => {
      expect(() => read("1", "3", text)).toThrow(
        /^FAILURE_MAIL_MINUTES must be a whole number from 0 to 1440/,
      );
    },
  );
});
