import { describe, expect, it } from "@jest/globals";
import { pageLanguage } from "../../../functions/pay-page/page-language.ts";
import { stateOfIntent } from "../../../functions/pay-page/page-states.ts";
import { type PayPage, renderPage } from "../../../functions/pay-page/render-page.ts";
import { pageHeaders } from "../../../functions/pay-page/security-headers.ts";

const AT_STRIPE = { stripeJsOrigin: undefined, businessName: undefined, supportEmail: undefined };
const PAYMENT: PayPage = {
  state: "payable",
  kind: "payment",
  language: pageLanguage([]),
  intent: { clientSecret: "pi_1_secret_2", isSetup: false },
  summary: { amount: { amount: 500, currency: "jpy" }, rows: [], livemode: true },
  reference: "pi_1",
};

describe("given the status of a payment intent", () => {
  it.each([
    ["requires_payment_method", "payable"],
    ["requires_confirmation", "payable"],
    ["requires_action", "payable"],
    ["processing", "processing"],
    ["succeeded", "paid"],
    ["requires_capture", "paid"],
    ["canceled", "canceled"],
  ] as const)("%s is shown as %s", (status, state) => {
    expect(stateOfIntent(status)).toBe(state);
  });
});

describe("given what a payment waits for", () => {
  it.each([
    ["in-page", "payable"],
    ["redirect", "redirect"],
    ["voucher", "voucher"],
    ["transfer", "transfer"],
    ["microdeposits", "microdeposits"],
    ["scan", "scan"],
    ["approval", "approval"],
    ["other", "waiting"],
  ] as const)("a step of the kind %s is shown as %s", (kind, state) => {
    expect(stateOfIntent("requires_action", kind)).toBe(state);
    expect(stateOfIntent("succeeded", kind)).toBe("paid");
  });
});

describe("given a live payment", () => {
  const render = (page: Partial<PayPage>) =>
    renderPage({ ...PAYMENT, publishableKey: "pk_live_1", ...page }, AT_STRIPE);

  it("Stripe.js comes from Stripe, amounts have the digits of their currency, and no test badge is shown", () => {
    const html = render({});
    expect(html).toContain("https:&#x2F;&#x2F;js.stripe.com&#x2F;v3&#x2F;");
    expect(html).toContain("¥500");
    expect(html).not.toContain("Test mode");
  });

  it("while it is processing, the script follows it and the form is hidden", () => {
    const html = render({ state: "processing" });
    expect(html).toMatch(/<form id="pay"[^>]* hidden>/);
    expect(html).toMatch(/data-outcome="processing"[^>]*(?<!hidden)>/);
    expect(html).toContain("pay.js");
  });

  it("once it is paid, the page has neither a script nor the client secret", () => {
    expect(render({ state: "paid" })).not.toMatch(/<script|_secret_|pk_live/);
  });

  it("the policy names Stripe's own origins and no others", () => {
    const policy = pageHeaders(undefined)["content-security-policy"] ?? "";
    const origins = policy.match(/https?:\/\/[^\s;]+/g) ?? [];
    expect(origins).toEqual(expect.arrayContaining(["https://js.stripe.com", "https://api.stripe.com"]));
    expect(origins.filter((origin) => !/^https:\/\/([\w*]+\.)+stripe\.com$/.test(origin))).toEqual([]);
    expect(policy).not.toContain("unsafe");
  });
});
