import { describe, expect, it } from "@jest/globals";
import { mails } from "../../../generated/mails.ts";
import { tagsOf, viewOf } from "../../../lib/email/views.ts";
import { openPayToken, PAY_LINK_TTL_SECONDS } from "../../../lib/pay-link/pay-token.ts";
import { readMailSamples, SAMPLE_TIME } from "../../../local/mail-samples.ts";

const appSecrets = ["app-secret-of-the-tests"];
const now = new Date("2026-11-24T12:00:00.999Z");
const context = {
  appSecrets,
  publicUrl: "https://pay.example.com",
  now,
  locale: "en",
  timeZone: "UTC",
  texts: mails.textsIn("en"),
  declines: mails.declinesIn("en"),
};
const data = { clientSecret: "pi_1_secret_2", amount: 4200, currency: "usd" };

describe("given the data of a payment link", () => {
  it("the link names the payment intent for seven days, and nothing in the view contains the client secret", () => {
    const view = viewOf("payment-link", data, context);
    const [base, token] = String(view.link).split("/pay/");
    expect(base).toBe("https://pay.example.com");
    expect(openPayToken(token ?? "", appSecrets, now)).toEqual({
      ok: true,
      objectId: "pi_1",
      expiresAt: Math.floor(now.getTime() / 1000) + PAY_LINK_TTL_SECONDS,
    });
    expect(JSON.stringify(view)).not.toContain("secret");
  });

  it.each([
    [4200, "usd", "$42.00"],
    [500, "jpy", "¥500"],
  ])("%d %s is shown as %s, with the day on which the link expires", (amount, currency, shown) => {
    const view = viewOf("payment-link", { ...data, amount, currency }, context);
    expect(view).toMatchObject({ amount: shown, expires: expect.stringMatching(/^December 1, 2026.*12:00/) });
  });

  it("a slash at the end of the public address is not doubled", () => {
    const view = viewOf("payment-link", data, { ...context, publicUrl: "https://pay.example.com/" });
    expect(view.link).toMatch(/^https:\/\/pay\.example\.com\/pay\/pi_1\./);
  });

  it.each([
    ["clientSecret", "seti_1_secret_2"],
    ["amount", 10.5],
    ["amount", 1],
    ["currency", "USD"],
    ["currency", "no currency at all"],
  ])("a %s of %p is refused at its path, without repeating it", (field, value) => {
    const making = () => viewOf("payment-link", { ...data, [field]: value }, context);
    expect(making).toThrow(
      expect.objectContaining({
        code: "VALIDATION_FAILED",
        issues: [expect.objectContaining({ path: `data.${field}` })],
        message: expect.not.stringContaining("_secret_"),
      }),
    );
  });
});

describe("given the data of a failed payment", () => {
  const failed = { amount: 900, currency: "usd", declineCode: "expired_card" };
  const invoiceUrl = "https://invoice.stripe.com/i/acct_1/live_1";

  it("the code becomes a sentence, and the payment becomes our own link, which expires", () => {
    const view = viewOf("payment-failed", { ...failed, paymentIntentId: "pi_1" }, context);
    expect(view).toEqual({
      amount: "$9.00",
      message: "This card has expired. Use another card.",
      reminder: false,
      link: expect.stringMatching(/^https:\/\/pay\.example\.com\/pay\/pi_1\./),
      expires: expect.stringMatching(/^December 1, 2026/),
    });
  });

  it("an invoice has the link from Stripe, which does not expire", () => {
    const view = viewOf("payment-failed", { ...failed, invoiceUrl, followUp: 1 }, context);
    expect(view).toMatchObject({ link: invoiceUrl, reminder: true });
    expect(view).not.toHaveProperty("expires");
  });

  it.each(["duplicate_transaction", "stolen_card"])("the view has no link to pay after %s", (declineCode) => {
    const view = viewOf("payment-failed", { ...failed, declineCode, paymentIntentId: "pi_1" }, context);
    expect(view).not.toHaveProperty("link");
  });

  it("an amount below Stripe's minimum charge is shown, and an invalid currency is refused", () => {
    expect(viewOf("payment-failed", { ...failed, amount: 7 }, context)).toMatchObject({ amount: "$0.07" });
    expect(() => viewOf("payment-failed", { ...failed, currency: "x" }, context)).toThrow(
      expect.objectContaining({ code: "VALIDATION_FAILED" }),
    );
  });

  it.each([
    ["pi_1", "test", "https://dashboard.stripe.com/test/payments/pi_1"],
    ["in_1", "live", "https://dashboard.stripe.com/invoices/in_1"],
  ])("the administrator finds %s in %s mode at %s", (paymentId, mode, link) => {
    const data = { paymentId, amount: 900, currency: "usd", attempts: 3, reason: "attempts", mode };
    expect(viewOf("payment-failed-admin", data, context)).toMatchObject({
      link,
      byCode: false,
      declineCode: "no code",
    });
  });
});

describe("given a template without its own view", () => {
  it.each(["payment-error", "constructor"])("%s shows its data unchanged", (template) => {
    expect(viewOf(template, { error: "declined" }, context)).toEqual({ error: "declined" });
  });
});

describe("given the tags that the template check allows", () => {
  const samples = readMailSamples().filter(({ template }) => tagsOf(template) !== undefined);

  it.each(Object.keys(mails.templates).filter((template) => tagsOf(template) !== undefined))(
    "%s makes nothing else for any sample, and each for one, except for parts that it shares with other mails",
    (template) => {
      const tags = tagsOf(template)?.filter((tag) => !tag.includes("."));
      const made = samples
        .filter((sample) => sample.template === template)
        .flatMap(({ data }) => Object.keys(viewOf(template, data, { ...context, now: SAMPLE_TIME })));
      const shared = ["nextPayment", "trialEnd"].filter((tag) => !made.includes(tag) && tags?.includes(tag));
      expect([...new Set([...made, ...shared])].sort()).toEqual([...(tags ?? [])].sort());
    },
  );

  it.each(["payment-error", "constructor"])("%s has only the tags of its data", (template) => {
    expect(tagsOf(template)).toBeUndefined();
  });
});
