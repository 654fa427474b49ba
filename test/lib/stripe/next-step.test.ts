import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { mayBePaidElsewhere, nextStepOf, type StepKind } from "../../../lib/stripe/next-step.ts";

const waiting = (type: string | undefined, action: object = {}) => ({
  status: "requires_action",
  next_action: type === undefined ? null : { type, [type]: action },
});

/** Every next action of Stripe's API 2026-10-28.endive. */
const KINDS: readonly (readonly [string | undefined, StepKind])[] = [
  [undefined, "in-page"],
  ["use_stripe_sdk", "in-page"],
  ["redirect_to_url", "redirect"],
  ["alipay_handle_redirect", "redirect"],
  ["wechat_pay_redirect_to_android_app", "redirect"],
  ["wechat_pay_redirect_to_ios_app", "redirect"],
  ["oxxo_display_details", "voucher"],
  ["multibanco_display_details", "voucher"],
  ["boleto_display_details", "voucher"],
  ["konbini_display_details", "voucher"],
  ["display_bank_transfer_instructions", "transfer"],
  ["verify_with_microdeposits", "microdeposits"],
  ["pix_display_qr_code", "scan"],
  ["paynow_display_qr_code", "scan"],
  ["promptpay_display_qr_code", "scan"],
  ["klarna_display_qr_code", "scan"],
  ["wechat_pay_display_qr_code", "scan"],
  ["cashapp_handle_redirect_or_display_qr_code", "scan"],
  ["swish_handle_redirect_or_display_qr_code", "scan"],
  ["upi_handle_redirect_or_display_qr_code", "scan"],
  ["blik_authorize", "approval"],
  ["card_await_notification", "approval"],
  ["a_later_voucher_display_details", "voucher"],
  ["something_new", "other"],
];

describe("given a payment that waits for its payer", () => {
  it.each(KINDS)("%s is a step of the kind %s", (type, kind) => {
    expect(nextStepOf(waiting(type))?.kind).toBe(kind);
  });

  it.each(KINDS)("%s: only a %s that needs the payer at once can be asked for again", (type, kind) => {
    const step = nextStepOf(waiting(type));
    expect(step && mayBePaidElsewhere(step)).toBe(!["in-page", "redirect"].includes(kind));
  });

  it("any kind that Stripe adds counts as one that may be paid elsewhere, with its link and its end", () => {
    const names = fc
      .stringMatching(/^[a-z]{3,12}(_[a-z]{3,12}){0,3}$/)
      .filter((name) => name !== "use_stripe_sdk" && !/redirect/.test(name));
    fc.assert(
      fc.property(names, fc.nat(), (name, expiresAt) => {
        const url = "https://payments.stripe.com/x";
        const step = nextStepOf(waiting(name, { hosted_instructions_url: url, expires_at: expiresAt }));
        expect(step).toMatchObject({ url, expiresAt });
        expect(step && mayBePaidElsewhere(step)).toBe(true);
      }),
    );
  });

  it("whatever Stripe sends as its next action, the result is a step and never an error", () => {
    fc.assert(
      fc.property(fc.anything(), (action) => {
        expect(nextStepOf({ status: "requires_action", next_action: action })).toBeDefined();
      }),
    );
  });

  it("a partly paid transfer shows the rest of the amount and every account", () => {
    const step = nextStepOf(
      waiting("display_bank_transfer_instructions", {
        amount_remaining: 1200,
        currency: "gbp",
        reference: "REF",
        financial_addresses: [
          {
            type: "sort_code",
            sort_code: { account_holder_name: "Shop", account_number: "1", sort_code: "2" },
          },
          { type: "iban", iban: { iban: "GB00", bic: "BIC" } },
        ],
      }),
    );
    expect(step?.details).toEqual([
      { name: "amount", amount: { amount: 1200, currency: "gbp" } },
      { name: "reference", value: "REF" },
      { name: "account_holder_name", value: "Shop" },
      { name: "account_number", value: "1" },
      { name: "sort_code", value: "2" },
      { name: "iban", value: "GB00" },
      { name: "bic", value: "BIC" },
    ]);
  });
});

describe("given a payment that waits for nothing of its payer", () => {
  it.each(["requires_payment_method", "processing", "succeeded", "canceled"])("%s has no step", (status) => {
    expect(nextStepOf({ ...waiting("oxxo_display_details"), status })).toBeUndefined();
  });
});
