import { describe, expect, it } from "@jest/globals";
import { givenAnEmulator, rawCall } from "./running-emulator.ts";

async function givenAPrice() {
  const running = await givenAnEmulator();
  const price = await running.stripe.prices.create({
    currency: "usd",
    unit_amount: 1500,
    recurring: { interval: "month" },
    product_data: { name: "Pro" },
  });
  return { ...running, price: price.id };
}

describe("given a payment link", () => {
  it("everybody who opens it gets a checkout session of their own", async () => {
    const { stripe, price, control, eventTypes } = await givenAPrice();
    const link = await stripe.paymentLinks.create({
      line_items: [{ price, quantity: 2 }],
      metadata: { campaign: "may" },
      subscription_data: { metadata: { plan: "pro" } },
    });
    expect(link).toMatchObject({ active: true, currency: "usd", metadata: { campaign: "may" } });
    expect((await stripe.paymentLinks.listLineItems(link.id)).data).toMatchObject([{ quantity: 2 }]);
    const open = () =>
      fetch(`${link.url}?prefilled_email=ada@shop.example&client_reference_id=u1`, { redirect: "manual" });
    await open();
    const location = String((await open()).headers.get("location"));
    const sessions = await stripe.checkout.sessions.list({ payment_link: link.id });
    expect(sessions.data).toHaveLength(2);
    expect(sessions.data[0]).toMatchObject({
      mode: "subscription",
      amount_total: 3000,
      metadata: { campaign: "may" },
      client_reference_id: "u1",
      customer_email: "ada@shop.example",
      url: location,
    });
    const { body } = await control("checkout", { session: sessions.data[0]?.id, card: "4242424242424242" });
    const subscription = await stripe.subscriptions.retrieve(String(body.subscription));
    expect(subscription).toMatchObject({ status: "active", metadata: { plan: "pro" } });
    expect(await eventTypes()).toContain("payment_link.created");
  });

  it("switched off or used up, it leads nowhere and says so", async () => {
    const { stripe, price, control } = await givenAPrice();
    const link = await stripe.paymentLinks.create({
      line_items: [{ price, quantity: 1 }],
      restrictions: { completed_sessions: { limit: 1 } },
      inactive_message: "Sold out",
    });
    await fetch(link.url, { redirect: "manual" });
    const [session] = (await stripe.checkout.sessions.list({ payment_link: link.id })).data;
    await control("checkout", { session: session?.id, card: "4242424242424242" });
    const usedUp = await fetch(link.url, { redirect: "manual" });
    expect([usedUp.status, await usedUp.text()]).toEqual([400, expect.stringContaining("Sold out")]);
    const other = await stripe.paymentLinks.create({ line_items: [{ price, quantity: 1 }] });
    const updated = await stripe.paymentLinks.update(other.id, {
      active: false,
      allow_promotion_codes: true,
    });
    expect(updated).toMatchObject({ active: false, allow_promotion_codes: true });
    expect((await fetch(other.url, { redirect: "manual" })).status).toBe(400);
  });

  it.each([
    ["line_items", "metadata[a]=b"],
    ["line_items[0][price]", "line_items[0][price]=no&line_items[0][quantity]=1"],
    [
      "after_completion[redirect]",
      "line_items[0][price]={price}&line_items[0][quantity]=1&after_completion[type]=redirect",
    ],
  ])("the error for a wrong %s names it", async (param, form) => {
    const { emulator, price } = await givenAPrice();
    const body = form.replace("{price}", price);
    const refused = await rawCall(emulator, "POST", "/v1/payment_links", { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });
});
