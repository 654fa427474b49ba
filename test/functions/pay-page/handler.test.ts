import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { handler } from "../../../functions/pay-page/handler.ts";
import { createPayToken } from "../../../lib/pay-link/pay-token.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import * as given from "../../steps/given.ts";
import * as when from "../../steps/when.ts";

const APP_SECRET = "app-secret-of-the-tests";

let emulator: StripeEmulator;
let stripe: Stripe;
const log = given.capturedLog();
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = new Stripe("sk_test_local", {
    host: "127.0.0.1",
    port: emulator.port,
    protocol: "http",
    telemetry: false,
  });
  Object.assign(process.env, {
    APP_SECRET,
    STAGE: "dev",
    STRIPE_API_BASE: emulator.url,
    STRIPE_SECRET_KEY: "sk_test_local",
    STRIPE_PUBLISHABLE_KEY: "pk_test_local",
  });
});
afterEach(() => {
  log.clear();
});
afterAll(async () => {
  await emulator.close();
});

/** The response to a refused card is a 402, as at Stripe; a 400 is a mistake in the test. */
async function control(action: string, body: object): Promise<void> {
  const answer = await fetch(`${emulator.url}/_emulator/${action}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([200, 402]).toContain(answer.status);
}

const aPayment = (description = "Invoice 1815") =>
  stripe.paymentIntents.create({
    amount: 4200,
    currency: "usd",
    description,
    automatic_payment_methods: { enabled: true },
  });

function tokenFor(paymentIntentId: string, expiresInSeconds = 60): string {
  const expiresAt = Math.floor(Date.now() / 1000) + expiresInSeconds;
  return createPayToken({ objectId: paymentIntentId, expiresAt }, [APP_SECRET]);
}

async function get(path: string, pathParameters: Record<string, string>) {
  const call = { method: "GET", path, pathParameters, authorizer: null };
  const { status, headers, text } = await when.calls(handler, call);
  return { status, headers, body: text };
}
const open = (token: string) => get(`/pay/${token}`, { token });

describe("given a payment that its payer has started elsewhere", () => {
  /** What the page says about a payment that waits so. */
  async function pageOf(wait: object) {
    const { id } = await aPayment();
    await control("wait", { paymentIntent: id, ...wait });
    const { status, body } = await open(tokenFor(id));
    expect(status).toBe(200);
    const section = /<section class="outcome" data-outcome="(\w+)" data-title="[^"]*">.*?<\/section>/s.exec(
      body,
    );
    return { id, body, state: section?.[1], text: section?.[0] ?? "" };
  }
  const instructions = (id: string) =>
    `href="${`${emulator.url}/_emulator/instructions/${id}`.replaceAll("/", "&#x2F;")}"`;

  it.each<[string, string, string, readonly string[]]>([
    [
      "oxxo",
      "voucher",
      "Your voucher is ready to be paid",
      ["12345678901234657890123456789012", "Pay by", "Open the voucher"],
    ],
    ["multibanco", "voucher", "Your voucher is ready to be paid", ["11249", "999999999", "Pay by"]],
    ["boleto", "voucher", "Your voucher is ready to be paid", ["Number", "Pay by"]],
    ["konbini", "voucher", "Your voucher is ready to be paid", ["Payment code at lawson", "654321"]],
    [
      "customer_balance",
      "transfer",
      "Waiting for your bank transfer",
      ["$42.00", "7BX8A3CQJ9BC", "DE11243461640596326015", "SOGEDEFFXXX", "Open the instructions"],
    ],
    ["us_bank_account", "microdeposits", "Verify your bank account", ["Verify the account"]],
    ["pix", "scan", "Finish your payment in your app", ["Open the code", "Pay by"]],
    ["blik", "approval", "Confirm the payment in your bank&#39;s app", []],
    ["ideal", "redirect", "Your payment is not finished", ["Continue", "Pay another way"]],
  ])(
    "%s is shown as %s, with what it needs, and the form does not reappear",
    async (method, state, heading, shown) => {
      const page = await pageOf({ method });
      expect(page.state).toBe(state);
      for (const words of [heading, ...shown]) expect(page.text).toContain(words);
      expect(page.text.includes(instructions(page.id))).toBe(method !== "blik");
      expect(page.text.includes("pay again")).toBe(method !== "ideal");
      expect(page.body).toMatch(/<form id="pay"[^>]* hidden>/);
      // The script has the words for a payment that fails later.
      expect(page.body.replace(/ data-texts="[^"]*"/, "")).not.toContain("not completed");
    },
  );

  it.each([
    ["with a link", { hosted_instructions_url: "https://payments.stripe.com/later" }, true],
    ["without anything", {}, false],
    ["with a link that would run a script", { hosted_instructions_url: "javascript:alert(1)" }, false],
    ["with a link that is not encrypted", { url: "http://bank.example.com/" }, false],
  ])("a kind that Stripe adds later, %s, is not shown as unpaid", async (_what, action, hasLink) => {
    const nextAction = { type: "teleport_cash", teleport_cash: action };
    const { state, text, body } = await pageOf({ nextAction });
    expect(state).toBe("waiting");
    expect(text).toContain("Your payment is not complete yet");
    expect(text.includes("<a ")).toBe(hasLink);
    expect(body).toMatch(/<form id="pay"[^>]* hidden>/);
  });

  it("a bank transfer has only one reference, the one to transfer with", async () => {
    const { body } = await pageOf({ method: "customer_balance" });
    expect(body.match(/Reference/g)).toHaveLength(1);
  });

  it("what Stripe says is shown as text", async () => {
    const details = { number: "<b>1</b>", hosted_voucher_url: 'https://a.example/"><script>' };
    const { text } = await pageOf({
      nextAction: { type: "oxxo_display_details", oxxo_display_details: details },
    });
    expect(text).toContain("&lt;b&gt;1");
    expect(text).not.toMatch(/<b>|<script/);
  });

  it.each([
    ["paid", "Payment received"],
    ["expired", "Payment details"],
  ])("once it is %s, the page shows that", async (outcome, heading) => {
    const { id } = await pageOf({ method: "oxxo" });
    await control("settle", { paymentIntent: id, outcome });
    const { body } = await open(tokenFor(id));
    expect(body).toContain(`>${heading}</h1>`);
    expect(body).not.toContain("Your voucher");
  });
});

describe("given the link of a payment that is due", () => {
  it("the page shows amount and description, and hands Stripe.js what it needs", async () => {
    const { id, client_secret } = await aPayment();
    const { status, body } = await open(tokenFor(id));
    expect(status).toBe(200);
    expect(body).toContain("$42.00");
    expect(body).toContain("Invoice 1815");
    expect(body).toContain(`data-client-secret="${client_secret}"`);
    expect(body).toContain('data-publishable-key="pk_test_local"');
    expect(body).toContain("Test mode");
  });

  it("the name of the business that is paid is shown, if it is set, as text", async () => {
    const { id } = await aPayment();
    expect((await open(tokenFor(id))).body).not.toContain('class="business"');
    process.env.BUSINESS_NAME = "Nuts & Bolts";
    expect((await open(tokenFor(id))).body).toContain("Nuts &amp; Bolts");
    delete process.env.BUSINESS_NAME;
  });

  it("the address for questions is shown on every page, if it is set", async () => {
    const { id } = await aPayment();
    process.env.SUPPORT_EMAIL = "help@example.com";
    for (const token of [tokenFor(id), tokenFor(id, -1), "forged"])
      expect((await open(token)).body).toContain('<a href="mailto:help@example.com">help@example.com</a>');
    delete process.env.SUPPORT_EMAIL;
    expect((await open(tokenFor(id))).body).not.toContain("mailto:");
  });

  it("a description is shown as text, even if it contains markup", async () => {
    const { id } = await aPayment('<script>alert("x")</script>');
    const { body } = await open(tokenFor(id));
    expect(body).not.toContain("<script>alert");
    expect(body).toContain("&lt;script&gt;alert");
  });

  it("the headers let the page talk only to the emulator that replaces Stripe, and keep its address secret", async () => {
    const { id } = await aPayment();
    const { headers } = await open(tokenFor(id));
    expect(headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    expect(headers["strict-transport-security"]).toMatch(/^max-age=\d{7,}/);
    const policy = String(headers["content-security-policy"]).split("; ");
    expect(policy).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        `script-src 'self' ${emulator.url}`,
        "style-src 'self'",
        `frame-src ${emulator.url}`,
        `connect-src ${emulator.url}`,
        "base-uri 'none'",
        "frame-ancestors 'none'",
      ]),
    );
    expect(policy.join()).not.toMatch(/unsafe|\*|stripe\.com/);
  });

  it("the page contains no inline code, so that the policy need not allow any", async () => {
    const { id } = await aPayment();
    const { body } = await open(tokenFor(id));
    expect(body).not.toMatch(/<script(?![^>]* src=)|<style|\sstyle=|\son\w+=/i);
  });

  it("its script and style are at the addresses in the page, and can be cached", async () => {
    const { id } = await aPayment();
    const { body } = await open(tokenFor(id));
    const names = [...body.matchAll(/assets&#x2F;(pay\.\w+)/g)].map(([, name = ""]) => name);
    expect(names.sort()).toEqual(["pay.css", "pay.js"]);
    for (const [name, type] of [
      ["pay.js", "text/javascript; charset=utf-8"],
      ["pay.css", "text/css; charset=utf-8"],
    ] as const) {
      const asset = await get(`/pay/assets/${name}`, { asset: name });
      expect(asset).toMatchObject({ status: 200, headers: { "content-type": type } });
      expect(asset.headers["cache-control"]).toMatch(/max-age=\d+/);
      expect(asset.body.length).toBeGreaterThan(500);
    }
  });

  it("a payment declined for insufficient funds can be tried again: the form is back after the decline", async () => {
    const { id } = await aPayment();
    await control("pay", { paymentIntent: id, card: "4000000000009995" });
    expect(await open(tokenFor(id))).toMatchObject({
      status: 200,
      body: expect.stringContaining("data-client-secret"),
    });
  });
});

describe("given a publishable key for the other mode", () => {
  it("the payer reads that the fault is ours, and the page does not contain the key", async () => {
    const { id } = await aPayment();
    process.env.STRIPE_PUBLISHABLE_KEY = "pk_live_51abc";
    const { status, body } = await open(tokenFor(id));
    process.env.STRIPE_PUBLISHABLE_KEY = "pk_test_local";
    expect(status).toBe(503);
    expect(log.text()).toContain("STRIPE_PUBLISHABLE_KEY is a live key, and the stage is dev");
    expect(body + log.text()).not.toContain("51abc");
  });
});

describe("given a link that does not lead to a payable payment", () => {
  it.each<[string, number, RegExp, () => Promise<string>]>([
    [
      "paid already",
      200,
      /Payment received/,
      async () => {
        const { id } = await aPayment();
        await control("pay", { paymentIntent: id, card: "4242424242424242" });
        return tokenFor(id);
      },
    ],
    [
      "canceled",
      410,
      /was canceled/,
      async () => {
        const { id } = await aPayment();
        await stripe.paymentIntents.cancel(id);
        return tokenFor(id);
      },
    ],
    ["expired", 410, /expired/, async () => tokenFor((await aPayment()).id, -1)],
    ["forged", 404, /not valid/, async () => `${tokenFor((await aPayment()).id).slice(0, -1)}!`],
    ["no token at all", 404, /not valid/, async () => "hello"],
    ["of a payment that Stripe does not know", 404, /not valid/, async () => tokenFor("pi_of_elsewhere")],
  ])("%s: %i, in words, without a script or a client secret", async (_what, status, words, token) => {
    const page = await open(await token());
    expect(page).toMatchObject({ status, headers: { "content-type": "text/html; charset=utf-8" } });
    expect(page.body).toMatch(words);
    expect(page.body).not.toMatch(/<script|_secret_/);
  });
});

describe("given a fault on our side", () => {
  const expectApology = (page: Awaited<ReturnType<typeof open>>) => {
    expect(page).toMatchObject({
      status: 503,
      headers: { "content-type": "text/html; charset=utf-8", "retry-after": expect.stringMatching(/^\d+$/) },
    });
    expect(page.body).toMatch(/right now/);
    expect(page.body).not.toMatch(/_secret_|Stripe could|STRIPE_/);
  };

  it("Stripe refuses the key: the payer reads an apology, and the log contains the cause but no secret", async () => {
    const { id } = await aPayment();
    const match = { method: "GET", path: "/v1/payment_intents/*" };
    await control("faults", { match, kind: "status", status: 401 });
    expectApology(await open(tokenFor(id)));
    expect(log.text()).toMatch(/"event":"pay-page.opened".*"outcome":"failed"/);
    expect(log.text()).not.toMatch(/sk_test|_secret_/);
  });

  it("the publishable key is not set: the payer reads an apology, and the log names the variable", async () => {
    const { id } = await aPayment();
    delete process.env.STRIPE_PUBLISHABLE_KEY;
    expectApology(await open(tokenFor(id)));
    process.env.STRIPE_PUBLISHABLE_KEY = "pk_test_local";
    expect(log.text()).toContain("STRIPE_PUBLISHABLE_KEY");
  });

  it("an unknown asset gets a 404", async () => {
    expect(await get("/pay/assets/pay.map", { asset: "pay.map" })).toMatchObject({ status: 404 });
  });
});
