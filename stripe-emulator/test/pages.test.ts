import { describe, expect, it } from "@jest/globals";
import { givenAnEmulator } from "./running-emulator.ts";

describe("given a browser that loads files from the emulator", () => {
  it.each(["/v3/", "/v3", "/stripe.js"])("%s is the stand-in for Stripe.js", async (path) => {
    const { emulator } = await givenAnEmulator();
    const response = await fetch(`${emulator.url}${path}`);
    expect(response.headers.get("content-type")).toContain("text/javascript");
    expect(await response.text()).toContain("window.Stripe = Stripe");
  });

  it.each(["payment-frame", "controller-frame"])("every file that the %s loads is served", async (name) => {
    const { emulator } = await givenAnEmulator();
    const address = `${emulator.url}/_emulator/elements/${name}`;
    const page = await fetch(address);
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const files = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? "");
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) {
      const script = await fetch(new URL(file, address));
      expect(script.status).toBe(200);
      for (const [, imported] of (await script.text()).matchAll(/from "([^"]+)"/g)) {
        expect((await fetch(new URL(imported ?? "", address))).status).toBe(200);
      }
    }
  });

  it("no other file is served", async () => {
    const { emulator } = await givenAnEmulator();
    for (const path of ["/_emulator/elements/pages.ts", "/_emulator/elements/../pages.ts", "/favicon.ico"]) {
      expect((await fetch(`${emulator.url}${path}`)).status).toBe(404);
    }
  });
});

describe("given the 3D Secure page", () => {
  const confirmed = {
    amount: 2000,
    currency: "usd",
    confirm: true,
    payment_method: "pm_card_threeDSecure2Required",
    return_url: "https://shop.example/done?order=1",
  };

  it.each([
    ["jpy", 2000, "¥2,000"],
    ["mga", 2000, "MGA\u00a02,000"],
    ["isk", 2000, "ISK\u00a020.00"],
    ["kwd", 2000, "KWD\u00a02.000"],
  ])("it shows an amount in %s with Stripe's decimals", async (currency, amount, shown) => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ ...confirmed, currency, amount });
    const page = await (await fetch(String(intent.next_action?.redirect_to_url?.url))).text();
    expect(page).toContain(`<strong>${shown}</strong>`);
  });

  it("it shows the amount and two buttons, and sends the browser back with the outcome", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(confirmed);
    const url = String(intent.next_action?.redirect_to_url?.url);
    const page = await (await fetch(url)).text();
    expect(page).toContain("$20.00");
    expect(page).toMatch(/value="complete".*value="fail"/s);
    expect((await fetch(url, { method: "POST", body: "outcome=maybe" })).status).toBe(400);
    const done = await fetch(url, { method: "POST", body: "outcome=complete", redirect: "manual" });
    expect(done.status).toBe(303);
    const location = new URL(String(done.headers.get("location")));
    expect(Object.fromEntries(location.searchParams)).toEqual({
      order: "1",
      payment_intent: intent.id,
      payment_intent_client_secret: intent.client_secret,
      redirect_status: "succeeded",
    });
  });

  it("in the dialog of Stripe.js it reports to Stripe.js instead", async () => {
    const { stripe } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create(confirmed);
    const url = `${intent.next_action?.redirect_to_url?.url}?embedded=1`;
    const done = await fetch(url, { method: "POST", body: "outcome=complete", redirect: "manual" });
    expect(await done.text()).toContain("authentication-finished.js");
  });

  it("an intent that needs no authentication has nothing to decide there", async () => {
    const { stripe, emulator } = await givenAnEmulator();
    const intent = await stripe.paymentIntents.create({ amount: 2000, currency: "usd" });
    const url = `${emulator.url}/_emulator/3ds/${intent.id}`;
    expect(await (await fetch(url)).text()).toContain("nothing to authenticate");
    expect((await fetch(url, { method: "POST", body: "outcome=complete" })).status).toBe(409);
    expect((await fetch(`${emulator.url}/_emulator/3ds/pi_none`)).status).toBe(404);
  });
});

it("a receipt shows the amount that was paid", async () => {
  const { stripe, pay } = await givenAnEmulator();
  const intent = await stripe.paymentIntents.create({ amount: 2050, currency: "eur" });
  await pay(intent.id, "pm_card_visa");
  const [charge] = (await stripe.charges.list()).data;
  expect(await (await fetch(String(charge?.receipt_url))).text()).toContain("€20.50");
});
