import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { REQUIRED_SETTINGS, SETTING_NAMES, settingSpec } from "../../resources/settings.ts";
import { readStageFile, settingMistakes } from "../../resources/stage-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "stages-"));
mkdirSync(join(folder, "stages"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const COMPLETE = {
  AWS_REGION: "eu-central-1",
  EMAIL_FROM: "payments@adas-shop.com",
  ADMIN_EMAIL: "ada@adas-shop.com",
  STRIPE_PUBLISHABLE_KEY: "pk_live_51abc",
};

/** The mistakes of a file of the stage prod with these lines. */
function mistakesOf(lines: readonly string[], shell = {}): string[] {
  writeFileSync(join(folder, "stages", "prod.env"), lines.join("\n"));
  return settingMistakes("prod", readStageFile("prod", folder), shell, true);
}
const linesOf = (settings: Readonly<Record<string, string>>) =>
  Object.entries(settings).map(([name, value]) => `${name}=${value}`);

describe("given the file of a stage", () => {
  it("one with the required settings has no mistake, and its comments, quotes and blanks do not matter", () => {
    expect(mistakesOf(linesOf(COMPLETE))).toEqual([]);
    expect(
      mistakesOf([
        "# prod",
        "",
        ...linesOf(COMPLETE),
        'BUSINESS_NAME = "Ada\'s # Shop"',
        "FOLLOW_UP_DAYS=1,3 ",
      ]),
    ).toEqual([]);
    expect(readStageFile("prod", folder).values).toEqual({
      ...COMPLETE,
      BUSINESS_NAME: "Ada's # Shop",
      FOLLOW_UP_DAYS: "1,3",
    });
  });

  it("each required setting that is missing or blank is reported with what it is and an example", () => {
    fc.assert(
      fc.property(fc.subarray([...REQUIRED_SETTINGS], { minLength: 1 }), fc.boolean(), (missing, isBlank) => {
        const left = Object.fromEntries(
          Object.entries(COMPLETE).filter(([name]) => !missing.some((one) => one === name)),
        );
        const mistakes = mistakesOf([
          ...linesOf(left),
          ...(isBlank ? missing.map((name) => `${name}=  `) : []),
        ]);
        expect(mistakes).toEqual(
          missing.map((name) => {
            const { about, example } = settingSpec(name);
            return `stages/prod.env has no ${name}, ${about}. Add it, such as ${name}=${example}`;
          }),
        );
      }),
    );
  });

  it.each([
    ["EMAIL_FROM", "payments@example.com", "EMAIL_FROM is an example. Use an address that you own."],
    ["EMAIL_FROM", "Payments@Your.Domain", "EMAIL_FROM is an example"],
    ["EMAIL_FROM", "payments", "EMAIL_FROM must be an email address"],
    ["EMAIL_FROM", "Ada <ada@adas-shop.com>", "EMAIL_FROM must be an email address"],
    ["EMAIL_FROM", "ada@exämple.de", "EMAIL_FROM must have its domain in punycode: ada@xn--exmple-cua.de"],
    ["ADMIN_EMAIL", "ada@adas..shop", "ADMIN_EMAIL must be an email address"],
    ["ADMIN_EMAIL", "admin@shop.invalid", "ADMIN_EMAIL is an example"],
    [
      "STRIPE_PUBLISHABLE_KEY",
      "pk_test_51abc",
      "STRIPE_PUBLISHABLE_KEY is a test key, and the stage is prod",
    ],
    ["STRIPE_PUBLISHABLE_KEY", "sk_live_51abc", "STRIPE_PUBLISHABLE_KEY is not a publishable key"],
    ["STRIPE_PUBLISHABLE_KEY", "pk_live_...", "STRIPE_PUBLISHABLE_KEY is not a publishable key"],
    ["AWS_REGION", "eu-central", 'eu-central is not a known region of AWS; did you mean "eu-central-1"?'],
    ["AWS_REGION", "cn-north-1", "The region cn-north-1 does not have Amazon SES"],
    ["PUBLIC_URL", "http://pay.adas-shop.com", "PUBLIC_URL must be an https address"],
    ["PUBLIC_URL", "https://pay.adas-shop.com/", "PUBLIC_URL must be an https address without a slash"],
    ["CORS_ORIGINS", "*", "CORS_ORIGINS must be origins separated by commas"],
    ["CORS_ORIGINS", "https://*.adas-shop.com", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "https://adas-shop.com/", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "https://adas-shop.com,adas-shop.com", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "https://Adas-Shop.com", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "https://adas-shop.com:443", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "http://adas-shop.com", "CORS_ORIGINS must be origins"],
    ["CORS_ORIGINS", "null", "CORS_ORIGINS must be origins"],
    ["AUDIT_RETENTION_DAYS", "1y", "AUDIT_RETENTION_DAYS must be a whole number of days from 1 to 36500"],
    ["IDEMPOTENCY_TTL_HOURS", "0", "IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1"],
    ["BUSINESS_NAME", "$" + "{env:HOME}", "BUSINESS_NAME must not contain"],
  ])("%s=%s is refused with its line", (name, value, expected) => {
    const lines = linesOf({ ...COMPLETE, [name]: value });
    const line = lines.findIndex((text) => text.startsWith(`${name}=`)) + 1;
    const mistakes = mistakesOf(lines);
    expect(mistakes).toEqual([expect.stringContaining(`stages/prod.env:${line}: ${expected}`)]);
    expect(mistakes.join()).not.toContain("51abc");
  });

  it.each([
    ["EMAIL_FORM=a@adas-shop.com", "EMAIL_FORM is not a setting; did you mean EMAIL_FROM?"],
    ["QUITE_ANOTHER=1", "QUITE_ANOTHER is not a setting. stages/stage.env.example lists all settings."],
    ["__proto__=1", "__proto__ is not a setting"],
    ["STRIPE_SECRET_KEY=sk_live_51abc", "STRIPE_SECRET_KEY is a secret, and belongs in SSM only"],
    ["APP_SECRET=51abc", "APP_SECRET is a secret"],
    ["AWS_REGION=eu-west-1", "AWS_REGION is already set in line 1"],
    ["EMAIL_FROM: a@adas-shop.com", "this line is neither a comment nor NAME=value"],
  ])("the line %s is refused", (line, expected) => {
    const mistakes = mistakesOf([...linesOf(COMPLETE), line]);
    expect(mistakes).toContainEqual(expect.stringContaining(`stages/prod.env:5: ${expected}`));
    expect(mistakes.join()).not.toContain("51abc");
  });

  it("a variable of the shell that says something else than the file is refused, and one that agrees is not", () => {
    expect(mistakesOf(linesOf(COMPLETE), { EMAIL_FROM: COMPLETE.EMAIL_FROM, FOLLOW_UP_DAYS: " " })).toEqual(
      [],
    );
    expect(
      mistakesOf(linesOf(COMPLETE), { EMAIL_FROM: "payments@example.com", FOLLOW_UP_DAYS: "1" }),
    ).toEqual([
      "EMAIL_FROM is set in this shell, but the settings of the stage prod are in stages/prod.env. Write it there, and unset it here.",
      "FOLLOW_UP_DAYS is set in this shell, but the settings of the stage prod are in stages/prod.env. Write it there, and unset it here.",
    ]);
  });
});

describe("given a stage without a file", () => {
  const none = readStageFile("staging", folder);

  it("the message names the file and everything it needs", () => {
    const [mistake, ...others] = settingMistakes("staging", none, {}, true);
    expect(others).toEqual([]);
    expect(mistake).toContain("Copy stages/stage.env.example to stages/staging.env");
    for (const name of REQUIRED_SETTINGS) expect(mistake).toContain(`\n  ${name}=`);
  });

  it("nothing is missing from a package that only shows what would be deployed", () => {
    expect(settingMistakes("dev", none, {}, false)).toEqual([]);
  });
});

describe("given the example and the configuration", () => {
  it("the example shows every setting, the required ones as lines to fill in", () => {
    const example = readFileSync("stages/stage.env.example", "utf8");
    const shown = [...example.matchAll(/^(# )?([A-Z_]+)=(.*)$/gm)].map(
      ([, comment, name = "", value = ""]) => ({
        name,
        // With quotes, because a # would otherwise begin a comment.
        value: value.replace(/^"(.*)"$/, "$1"),
        isRequired: comment === undefined,
      }),
    );
    expect(shown).toEqual(
      SETTING_NAMES.map((name) => {
        const { example: value, isRequired = false } = settingSpec(name);
        return { name, value, isRequired };
      }),
    );
  });

  it("nothing that is deployed comes from the shell of the person who deploys", () => {
    const files = ["serverless.yml", ...globSync("resources/**/*.{ts,js,yml}")];
    expect(files.filter((file) => /\$\{env:/.test(readFileSync(file, "utf8")))).toEqual([]);
  });
});
