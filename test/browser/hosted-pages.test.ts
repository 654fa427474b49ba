/**
 * The stand-ins of the Stripe emulator for Checkout, the portal and the page of an invoice, as a person on a phone uses them. Their
 * pictures are in docs/hosted-pages.md.
 */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Browser, BrowserContextOptions } from "playwright-core";
import Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../stripe-emulator/index.ts";
import { launchChromium, openPage, scrollsSideways, takePicture } from "./chromium.ts";

const PHONE = { viewport: { width: 360, height: 740 } };
const SHOP = "https://shop.example.com";

let emulator: StripeEmulator;
let stripe: Stripe;
let browser: Browser;
beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = new Stripe("sk_test_local", { host: "127.0.0.1", port: emulator.port, protocol: "http" });
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await emulator.close();
});

/** The page at this address. The shop responds with a blank page. */
async function onPhone(url: string, options: BrowserContextOptions = {}) {
  const { page, faults } = await openPage(browser, { ...PHONE, ...options });
  await page.route(`${SHOP}/**`, (route) => route.fulfill({ contentType: "text/html", body: "<p>Shop</p>" }));
  await page.goto(url);
  const screenshot = (name: string) => takePicture(page, `hosted-${name}`);
  return { page, faults, screenshot };
}

async function aCustomer() {
  return (await stripe.customers.create({ email: "ada@example.com" })).id;
}

async function aPrice(unit_amount: number, name = "Pro") {
  const { id } = await stripe.prices.create({
    currency: "usd",
    unit_amount,
    recurring: { interval: "month" },
    product_data: { name },
  });
  return id;
}

async function aSubscriber() {
  const customer = await aCustomer();
  const { id: card } = await stripe.paymentMethods.attach("pm_card_visa", { customer });
  await stripe.customers.update(customer, { invoice_settings: { default_payment_method: card } });
  const price = await aPrice(1000);
  const { id } = await stripe.subscriptions.create({ customer, items: [{ price }] });
  return { customer, id };
}

describe("given a page of Checkout on a phone", () => {
  it("the payer types in a promotion code, is declined, pays with another card, and is sent back", async () => {
    const coupon = await stripe.coupons.create({ percent_off: 25, duration: "once" });
    await stripe.promotionCodes.create({ promotion: { type: "coupon", coupon: coupon.id }, code: "SPRING" });
    const session = await stripe.checkout.sessions.create({
      mode: "subscription",
      customer: await aCustomer(),
      line_items: [{ price: await aPrice(2000), quantity: 1 }],
      allow_promotion_codes: true,
      success_url: `${SHOP}/thanks?session={CHECKOUT_SESSION_ID}`,
      cancel_url: `${SHOP}/cart`,
    });
    const { page, faults, screenshot } = await onPhone(session.url ?? "");
    expect(await scrollsSideways(page)).toBe(false);
    await screenshot("checkout");
    await page.getByLabel("Promotion code").fill("WINTER");
    await page.getByRole("button", { name: "Apply" }).click();
    expect(await page.getByRole("alert").textContent()).toBe("This code is invalid.");
    await page.getByLabel("Promotion code").fill("spring");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByText("SPRING: −$5.00").waitFor();
    await page.getByText("Due today: $15.00").waitFor();
    await page.getByLabel("Card number").fill("4000 0000 0000 0002");
    await page.getByLabel("Name on card").fill("Ada");
    await page.getByRole("button", { name: "Subscribe" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("declined");
    expect(await scrollsSideways(page)).toBe(false);
    await screenshot("checkout-declined");
    await page.getByLabel("Card number").fill("4242 4242 4242 4242");
    await page.getByLabel("Name on card").fill("Ada");
    await page.getByRole("button", { name: "Subscribe" }).click();
    await page.waitForURL(`${SHOP}/thanks?session=${session.id}`);
    const paid = await stripe.checkout.sessions.retrieve(session.id);
    expect(paid).toMatchObject({ status: "complete", amount_total: 1500 });
    expect((await stripe.invoices.retrieve(String(paid.invoice))).amount_paid).toBe(1500);
    expect(faults).toEqual([]);
  });

  it("a payer who does not want to pay is sent back to the cart", async () => {
    const session = await stripe.checkout.sessions.create({
      mode: "payment",
      customer: await aCustomer(),
      line_items: [
        { price_data: { currency: "eur", unit_amount: 500, product_data: { name: "Book" } }, quantity: 2 },
      ],
      success_url: `${SHOP}/thanks`,
      cancel_url: `${SHOP}/cart`,
    });
    const { page } = await onPhone(session.url ?? "");
    await page.getByText("Book × 2: €10.00").waitFor();
    await page.getByRole("link", { name: "Back" }).click();
    await page.waitForURL(`${SHOP}/cart`);
    expect((await stripe.checkout.sessions.retrieve(session.id)).status).toBe("open");
  });
});

describe("given the page of an invoice on a phone, in the dark", () => {
  it("the payer sees what it is for, is declined, authenticates with another card, and sees that it is paid", async () => {
    const customer = await aCustomer();
    const invoiceItem = { customer, currency: "eur" };
    await stripe.invoiceItems.create({ ...invoiceItem, amount: 12_000, description: "Consulting, November" });
    await stripe.invoiceItems.create({ ...invoiceItem, amount: -2000, description: "Discount for a friend" });
    const rate = await stripe.taxRates.create({ display_name: "VAT", percentage: 20, inclusive: false });
    const draft = await stripe.invoices.create({
      customer,
      collection_method: "send_invoice",
      days_until_due: 14,
      pending_invoice_items_behavior: "include",
      default_tax_rates: [rate.id],
    });
    const { hosted_invoice_url, number, id } = await stripe.invoices.finalizeInvoice(draft.id);
    const { page, faults, screenshot } = await onPhone(String(hosted_invoice_url), { colorScheme: "dark" });
    await page.getByRole("heading", { name: `Invoice ${number}` }).waitFor();
    for (const text of ["Consulting, November × 1: €120.00", "Tax: €20.00", "Total: €120.00"])
      await page.getByText(text).waitFor();
    expect(await scrollsSideways(page)).toBe(false);
    expect(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor")).toBe(
      "rgb(23, 28, 40)",
    );
    await screenshot("invoice");
    await page.getByLabel("Card number").fill("4000 0000 0000 0002");
    await page.getByRole("button", { name: "Pay" }).click();
    expect(await page.getByRole("alert").textContent()).toContain("declined");
    await page.getByLabel("Card number").fill("4000 0027 6000 3184");
    await page.getByRole("button", { name: "Pay" }).click();
    await page.getByRole("button", { name: "Complete" }).click();
    await page.getByText("Status: paid").waitFor();
    expect(await page.getByRole("button").count()).toBe(0);
    expect(await stripe.invoices.retrieve(id)).toMatchObject({ status: "paid", amount_paid: 12_000 });
    expect(faults).toEqual([]);
  });
});

describe("given the portal on a phone", () => {
  it("the customer changes the plan, replaces the card, cancels, and returns", async () => {
    const { customer, id } = await aSubscriber();
    const team = await aPrice(3000, "Team");
    const session = await stripe.billingPortal.sessions.create({ customer, return_url: `${SHOP}/account` });
    const { page, faults, screenshot } = await onPhone(session.url);
    expect(await scrollsSideways(page)).toBe(false);
    await screenshot("portal");
    const [current] = (await stripe.subscriptions.retrieve(id)).items.data;
    expect(await page.getByLabel("Plan").inputValue()).toBe(current?.price.id);
    await page.getByLabel("Plan").selectOption(team);
    await page.getByRole("button", { name: "Change subscription" }).click();
    await page.getByText("1 × Team").first().waitFor();
    await page.getByLabel("Card number").fill("5555 5555 5555 4444");
    await page.getByRole("button", { name: "Replace card" }).click();
    await page.getByRole("button", { name: "Cancel subscription" }).click();
    await page.getByText("Status: ends with this period").waitFor();
    await page.getByRole("link", { name: "Return" }).click();
    await page.waitForURL(`${SHOP}/account`);
    expect(await stripe.subscriptions.retrieve(id)).toMatchObject({
      cancel_at_period_end: true,
      items: { data: [{ price: { id: team } }] },
    });
    const { data } = await stripe.customers.listPaymentMethods(customer);
    expect(data[0]?.card?.last4).toBe("4444");
    expect(faults).toEqual([]);
  });

  it("a session that is only for cancelling shows nothing else, and leads back by itself", async () => {
    const { customer, id } = await aSubscriber();
    const session = await stripe.billingPortal.sessions.create({
      customer,
      return_url: `${SHOP}/account`,
      flow_data: {
        type: "subscription_cancel",
        subscription_cancel: { subscription: id },
        after_completion: { type: "redirect", redirect: { return_url: `${SHOP}/canceled` } },
      },
    });
    const { page, screenshot } = await onPhone(session.url);
    await screenshot("portal-cancel");
    expect(await page.getByRole("button").allInnerTexts()).toEqual(["Cancel subscription"]);
    await page.getByRole("button", { name: "Cancel subscription" }).click();
    await page.waitForURL(`${SHOP}/canceled`);
    expect((await stripe.subscriptions.retrieve(id)).cancel_at_period_end).toBe(true);
  });
});
