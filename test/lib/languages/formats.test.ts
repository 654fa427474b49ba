import { afterEach, describe, expect, it } from "@jest/globals";
import { languages } from "../../../generated/languages/index.ts";
import { fillText } from "../../../lib/languages/fill-text.ts";
import { formatDate, formatDateAndTime, formatMonth } from "../../../lib/languages/format-date.ts";
import { readPayersDefaults } from "../../../lib/languages/settings.ts";
import { formatMoney } from "../../../lib/money/format-money.ts";

const plain = (text: string) => text.replaceAll(/\s/g, " ");

describe("given the languages of the payers", () => {
  const night = new Date("2026-11-30T23:30:00Z");

  it("there are the eight that we ship", () => {
    expect(languages).toEqual(["en", "de", "es", "fr", "it", "ja", "nl", "pt"]);
  });

  it.each([
    ["en", "$1,234.50", "¥500", "KWD 5.120"],
    ["de", "1.234,50 $", "500 ¥", "5,120 KWD"],
    ["de-AT", "$ 1.234,50", "¥ 500", "KWD 5,120"],
    ["fr", "1 234,50 $US", "500 JPY", "5,120 KWD"],
    ["ja", "$1,234.50", "\uffe5500", "KWD 5.120"],
  ])("amounts in %s have Stripe's digits: %s, %s, %s", (locale, dollars, yen, dinars) => {
    expect([
      plain(formatMoney({ amount: 123_450, currency: "usd" }, locale)),
      plain(formatMoney({ amount: 500, currency: "jpy" }, locale)),
      plain(formatMoney({ amount: 5120, currency: "kwd" }, locale)),
    ]).toEqual([dollars, yen, dinars]);
  });

  it.each([
    ["en", "UTC", "November 30, 2026", "November 30, 2026 at 11:30 PM UTC", "April 2027"],
    ["en-GB", "Europe/London", "30 November 2026", "30 November 2026 at 23:30 GMT", "April 2027"],
    ["de", "Europe/Vienna", "1. Dezember 2026", "1. Dezember 2026 um 00:30 MEZ", "April 2027"],
    ["ja", "Asia/Tokyo", "2026年12月1日", "2026年12月1日 8:30 JST", "2027年4月"],
  ])("dates in %s are those of %s: %s", (locale, timeZone, day, minute, month) => {
    expect(plain(formatDate(night, { locale, timeZone }))).toBe(day);
    expect(plain(formatDateAndTime(night, { locale, timeZone }))).toBe(minute);
    expect(formatMonth({ year: 2027, month: 4 }, locale)).toBe(month);
  });
});

describe("given the settings for payers who prefer nothing", () => {
  afterEach(() => {
    process.env.BUSINESS_LANGUAGE = "";
    process.env.BUSINESS_TIME_ZONE = "";
  });

  it.each([
    ["", "", { language: "en", timeZone: "UTC" }],
    ["de-AT", "Europe/Vienna", { language: "de-AT", timeZone: "Europe/Vienna" }],
    ["de", "Mars/Olympus", { language: "de", timeZone: "UTC" }],
  ])("BUSINESS_LANGUAGE=%j and BUSINESS_TIME_ZONE=%j give %j", (language, timeZone, defaults) => {
    process.env.BUSINESS_LANGUAGE = language;
    process.env.BUSINESS_TIME_ZONE = timeZone;
    expect(readPayersDefaults()).toEqual(defaults);
  });
});

describe("given a text with tags", () => {
  it("each tag shows its value, and nothing shows what is not there", () => {
    expect(fillText("{{amount}} by {{day}}{{constructor}}, {{amount}}", { amount: 5, day: "$& today" })).toBe(
      "5 by $& today, 5",
    );
  });
});
