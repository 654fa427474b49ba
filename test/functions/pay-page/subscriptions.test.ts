import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type Stripe from "stripe";
import { handler } from "../../../functions/pay-page/handler.ts";
import { returnLink, returnStatus } from "../../../functions/pay-page/return-links.ts";
import { createPayToken } from "../../../lib/pay-link/pay-token.ts";
import * as given from "../../steps/given.ts";
import { type StripeShop, stripeShop } from "../../steps/stripe-shop.ts";
import * as when from "../../steps/when.ts";

const APP_SECRET = "app-secret-of-the-tests";
given.capturedLog();
let shop: StripeShop;
beforeAll(async () => {
  shop = await stripeShop();
  Object.assign(process.env, { APP_SECRET, STAGE: "dev", STRIPE_PUBLISHABLE_KEY: "pk_test_local" });
});
afterAll(() => shop.close());

/** The page's facts by their labels, and its text without markup. */
async function pageOf(objectId: string, query: Record<string, string> = {}, returnUrl?: string) {
  const expiresAt = Math.floor(Date.now() / 1000) + 60;
  const link = { objectId, expiresAt, ...(returnUrl === undefined ? {} : { returnUrl }) };
  const token = createPayToken(link, [APP_SECRET]);
  const response = await when.calls(handler, {
    method: "GET",
    path: `/pay/${token}`,
    pathParameters: { token },
    query,
    authorizer: null,
  });
  const rows = [...response.text.matchAll(/<dt>(.*?)<\/dt><dd>(.*?)<\/dd>/g)].map(([, name, value]) => [
    name,
    value,
  ]);
  return { ...response, token, facts: Object.fromEntries(rows) };
}

type Given = Partial<Stripe.SubscriptionCreateParams> & {
  readonly price?: Partial<Stripe.PriceCreateParams>;
  readonly balance?: number;
};

async function aSubscription({ price, balance, ...given }: Given = {}): Promise<string> {
  const customer = (await shop.stripe.customers.create({ ...(balance === undefined ? {} : { balance }) })).id;
  const { id } = await shop.stripe.prices.create({
    currency: "usd",
    unit_amount: 2000,
    recurring: { interval: "month" },
    product_data: { name: "Pro & more" },
    ...price,
  });
  const created = await shop.stripe.subscriptions.create({
    customer,
    items: [{ price: id }],
    payment_behavior: "default_incomplete",
    ...given,
  });
  return created.id;
}

describe("given a subscription whose first invoice is due", () => {
  it("its product is shown as text, with the interval, and the amount that is due has no markup of its own", async () => {
    const { facts, text } = await pageOf(
      await aSubscription({ price: { recurring: { interval: "month", interval_count: 3 } } }),
    );
    expect(facts["Pro &amp; more"]).toBe("$20.00 every 3 months");
    expect(text).toContain("Due now");
    expect(text).toContain('class="amount">$20.00 ');
  });

  it("a currency without decimals is written as people write it", async () => {
    const { facts } = await pageOf(await aSubscription({ price: { currency: "jpy", unit_amount: 500 } }));
    expect(facts["Next charge"]).toMatch(/^¥500 on /);
  });

  it("a coupon for the first invoice only: the discount is shown, and the next charge is the full price", async () => {
    const { id: coupon } = await shop.stripe.coupons.create({ percent_off: 25, duration: "once" });
    const { facts, text } = await pageOf(await aSubscription({ discounts: [{ coupon }] }));
    expect(text).toContain('class="amount">$15.00 ');
    expect(facts).toMatchObject({
      Discount: "-$5.00",
      "Next charge": expect.stringMatching(/^\$20\.00 on /),
    });
  });

  it("a coupon for ever: the next charge is what Stripe computes", async () => {
    const { id: coupon } = await shop.stripe.coupons.create({ percent_off: 25, duration: "forever" });
    expect((await pageOf(await aSubscription({ discounts: [{ coupon }] }))).facts["Next charge"]).toMatch(
      /^\$15\.00 on /,
    );
  });

  it("a credit in another currency than the customer's own: the next charge is what Stripe computes", async () => {
    const id = await aSubscription({ balance: 100, price: { currency: "jpy", unit_amount: 500 } });
    const customer = String((await shop.stripe.subscriptions.retrieve(id)).customer);
    await shop.stripe.customers.createBalanceTransaction(customer, { amount: -100, currency: "usd" });
    await shop.stripe.customers.createBalanceTransaction(customer, { amount: -200, currency: "jpy" });
    expect((await pageOf(id)).facts["Next charge"]).toMatch(/^¥300 on /);
  });

  it("when Stripe cannot compute the next charge, its date is shown without an amount, and the page still works", async () => {
    const { id: coupon } = await shop.stripe.coupons.create({ percent_off: 25, duration: "forever" });
    const id = await aSubscription({ discounts: [{ coupon }] });
    const match = { method: "POST", path: "/v1/invoices/create_preview" };
    await shop.control("POST", "faults", { kind: "status", status: 503, times: 9, match });
    const { status, facts } = await pageOf(id);
    await shop.control("DELETE", "faults");
    expect([status, facts["Next charge"]]).toEqual([200, expect.stringMatching(/^on \w+ \d+, \d{4}$/)]);
  });

  it("one that will end is not said to renew", async () => {
    const { facts } = await pageOf(await aSubscription({ cancel_at_period_end: true }));
    expect(facts).toEqual({ "Pro &amp; more": "$20.00 per month", Ends: expect.stringMatching(/\d{4}$/) });
  });

  it("one that has ended, or that Stripe does not know, shows no amount and no client secret", async () => {
    const id = await aSubscription();
    await shop.stripe.subscriptions.cancel(id);
    const ended = await pageOf(id);
    expect([ended.status, /has ended/.test(ended.text)]).toEqual([410, true]);
    const unknown = [await pageOf("sub_none"), await pageOf("seti_none")];
    expect(unknown.map(({ status }) => status)).toEqual([404, 404]);
    for (const { text } of [ended, ...unknown])
      expect(text).not.toMatch(/<script|_secret_|class="amount"|Due now/);
  });
});

describe("given the payment of a subscription's invoice", () => {
  /** The payment of its latest invoice. */
  async function paymentOf(subscriptionId: string): Promise<string> {
    const { latest_invoice: invoice } = await shop.stripe.subscriptions.retrieve(subscriptionId);
    const { data } = await shop.stripe.invoicePayments.list({ invoice: String(invoice) });
    return String(data[0]?.payment.payment_intent);
  }

  it("the page says which plan is paid, how many of it, how often, and when the next charge comes", async () => {
    const { id: price } = await shop.stripe.prices.create({
      ...{ currency: "usd", unit_amount: 2000, recurring: { interval: "month" } },
      product_data: { name: "Seats" },
    });
    const id = await aSubscription({ items: [{ price, quantity: 3 }] });
    const { facts, text } = await pageOf(await paymentOf(id));
    expect(facts).toEqual({
      "Seats × 3": "$60.00 per month",
      "Next charge": expect.stringMatching(/^\$60\.00 on /),
    });
    expect(text).toContain('class="amount">$60.00 ');
    expect(text).toContain("It renews on ");
    expect(text).not.toContain("Subscription creation");
  });

  it.each([
    ["the invoice", "/v1/invoice_payments"],
    ["the subscription", "/v1/subscriptions/*"],
  ])("when Stripe does not return %s, it can still be paid", async (_, path) => {
    const id = await paymentOf(await aSubscription());
    await shop.control("POST", "faults", {
      kind: "status",
      status: 503,
      times: 9,
      match: { method: "GET", path },
    });
    const { status, facts, text } = await pageOf(id);
    await shop.control("DELETE", "faults");
    expect([status, facts]).toEqual([200, {}]);
    expect(text).toContain("Subscription creation");
  });

  it("a subscription that has ended is not said to renew", async () => {
    const id = await aSubscription();
    const payment = await paymentOf(id);
    await shop.stripe.subscriptions.cancel(id);
    expect((await pageOf(payment)).text).not.toMatch(/It renews|It ends|per month/);
  });
});

describe("given a payer who comes back from the bank's own page", () => {
  it.each(["payment_intent_client_secret", "setup_intent_client_secret"])(
    "an address with %s is left at once for one without, on the same site",
    async (name) => {
      const { id } = await shop.stripe.setupIntents.create({});
      const { status, headers, text, token } = await pageOf(id, {
        [name]: `${id}_secret_x`,
        redirect_status: "failed",
      });
      expect([status, headers.location, text]).toEqual([303, `./${token}?returned=1`, ""]);
    },
  );

  it("a token that looks like another site leads to no other site", async () => {
    const token = "https:evil.example.com";
    const query = { payment_intent_client_secret: "x" };
    const path = `/pay/${token}`;
    const { headers } = await when.calls(handler, {
      method: "GET",
      path,
      pathParameters: { token },
      query,
      authorizer: null,
    });
    expect(new URL(String(headers.location), "http://pay.example.com/pay/x").host).toBe("pay.example.com");
  });
});

describe("given the application's own page", () => {
  const returnTo = {
    url: "https://shop.example.com/done?order=7&status=mine",
    ids: { setup_intent: "seti_1", subscription: "sub_1" },
    isCapturedLater: false,
  };

  it.each([
    ["paid", "succeeded"],
    ["processing", "processing"],
    ["voucher", "requires_action"],
    ["redirect", "requires_action"],
    ["payable", "requires_payment_method"],
    ["canceled", "canceled"],
    ["nothing-due", "nothing_due"],
  ] as const)(
    "a page that is %s sends the payer back with the status %s, and the application's own parameters",
    (state, status) => {
      const link = new URL(String(returnLink(returnTo, state)));
      expect(Object.fromEntries(link.searchParams)).toEqual({ order: "7", ...returnTo.ids, status });
    },
  );

  it("a payment that is captured later is not said to have succeeded; a page for nothing sends nobody anywhere", () => {
    expect(returnStatus("paid", true)).toBe("requires_capture");
    for (const state of ["expired", "unknown", "unavailable"] as const)
      expect(returnLink(returnTo, state)).toBeUndefined();
  });

  it("a payment with manual capture: the page that is open, and the one that is opened later, say the same", async () => {
    const { id } = await shop.stripe.paymentIntents.create({
      amount: 4200,
      currency: "usd",
      capture_method: "manual",
    });
    const url = "https://shop.example.com/done";
    const paidLink = async () => {
      const section = /data-outcome="paid".*?<\/section>/s.exec((await pageOf(id, {}, url)).text)?.[0] ?? "";
      return /status&#x3D;(\w+)/.exec(section)?.[1];
    };
    expect(await paidLink()).toBe("requires_capture");
    await shop.stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa", return_url: url });
    expect(await paidLink()).toBe("requires_capture");
    await shop.stripe.paymentIntents.capture(id);
    expect(await paidLink()).toBe("succeeded");
  });
});
