/** The Stripe.js stand-in in a host page of its own, under the strictest policy that an application may have. */
import { createServer, type Server } from "node:http";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../../index.ts";
import { launchChromium, openPage, type WatchedPage } from "./watched-page.ts";

const NUMBER = "4242 4242 4242 4242";
const NEEDS_AUTHENTICATION = "4000 0027 6000 3184";

let emulator: StripeEmulator;
let stripe: Stripe;
let host: Server;
let origin: string;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = new Stripe("sk_test_local", {
    host: "127.0.0.1",
    port: emulator.port,
    protocol: "http",
    telemetry: false,
  });
  const policy = `default-src 'none'; script-src 'self' ${emulator.url}; style-src 'self'; frame-src ${emulator.url}; connect-src ${emulator.url}`;
  const html = `<!doctype html><title>Shop</title><div id="payment"></div><script src="${emulator.url}/v3/"></script>`;
  host = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html", "content-security-policy": policy }).end(html);
  });
  await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
  const address = host.address();
  if (address === null || typeof address === "string") throw new Error("The host page's server has no port");
  origin = `http://127.0.0.1:${address.port}`;
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  host.closeAllConnections();
  await new Promise((resolve) => host.close(resolve));
  await emulator.close();
});
beforeEach(async () => {
  watched = await openPage(browser);
  page = watched.page;
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});

const frame = () => page.frameLocator('iframe[title="Secure payment input frame"]');
const field = (label: string) => frame().getByLabel(label, { exact: true });
const bank = () => page.frameLocator('iframe[title="3D Secure authentication"]');

interface Result {
  paymentIntent?: { id: string; status: string };
  setupIntent?: { id: string; status: string };
  error?: {
    type: string;
    code?: string;
    decline_code?: string;
    message: string;
    payment_intent?: { status: string };
    setup_intent?: { status: string };
  };
}

/** Opens the host page with the payment element on it, ready; its events are in `window.events`. */
async function givenThePaymentElement(appearance: object = {}): Promise<{ id: string; secret: string }> {
  const { id, client_secret: secret } = await stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
  if (secret === null) throw new Error("The intent has no client secret");
  await mountTheElement({ clientSecret: secret, appearance });
  return { id, secret };
}

/** Like {@link givenThePaymentElement}, to save a card for a customer. */
async function givenTheElementForASetup(): Promise<{ id: string; customer: string; secret: string }> {
  const { id: customer } = await stripe.customers.create();
  const { id, client_secret: secret } = await stripe.setupIntents.create({ customer });
  if (secret === null) throw new Error("The intent has no client secret");
  await mountTheElement({ clientSecret: secret });
  return { id, customer, secret };
}

async function mountTheElement(elementsOptions: object): Promise<void> {
  await page.goto(origin);
  const options = JSON.stringify(elementsOptions);
  await page.evaluate(`new Promise((resolve) => {
    window.events = [];
    window.messages = [];
    addEventListener("message", ({ data }) => messages.push(JSON.stringify(data)));
    window.stripe = Stripe("pk_test_local");
    window.elements = stripe.elements(${options});
    window.payment = elements.create("payment");
    for (const name of ["ready", "change", "focus", "blur", "loaderror"]) {
      payment.on(name, (event) => events.push({ name, ...event }));
    }
    payment.on("ready", () => resolve());
    payment.mount("#payment");
  })`);
}

async function typeCard(number: string): Promise<void> {
  await field("Card number").pressSequentially(number.replaceAll(" ", ""));
  await field("Expiration date").pressSequentially("1234");
  await field("Security code").pressSequentially("123");
}

const confirmPayment = (redirect: "always" | "if_required" = "if_required") =>
  page.evaluate<Result>(
    `stripe.confirmPayment({ elements, confirmParams: { return_url: "${origin}/done" }, redirect: "${redirect}" })`,
  );
const confirmSetup = (redirect: "always" | "if_required" = "if_required") =>
  page.evaluate<Result>(
    `stripe.confirmSetup({ elements, confirmParams: { return_url: "${origin}/saved" }, redirect: "${redirect}" })`,
  );
const eventsNamed = (name: string) =>
  page.evaluate<number>(`events.filter((e) => e.name === "${name}").length`);

describe("given a mounted payment element", () => {
  it("it groups the digits of the card and pays, and the host page never sees the number", async () => {
    const { id } = await givenThePaymentElement();
    await typeCard(NUMBER);
    expect(await field("Card number").inputValue()).toBe(NUMBER);
    expect(await field("Expiration date").inputValue()).toBe("12 / 34");
    await page.waitForFunction("events.some((event) => event.name === 'change' && event.complete)");
    const { paymentIntent } = await confirmPayment();
    expect(paymentIntent).toMatchObject({ id, status: "succeeded" });
    const seen = await page.evaluate<string>(
      "document.documentElement.outerHTML + JSON.stringify(events) + JSON.stringify(messages)",
    );
    expect(seen.replaceAll(/[\s"]/g, "")).not.toContain("42424242");
  });

  it("a decline has the shape of Stripe.js's errors", async () => {
    await givenThePaymentElement();
    await typeCard("4000000000009995");
    expect((await confirmPayment()).error).toMatchObject({
      type: "card_error",
      code: "card_declined",
      decline_code: "insufficient_funds",
      message: expect.stringContaining("insufficient funds"),
      payment_intent: { status: "requires_payment_method" },
    });
  });

  it.each([
    ["4242", "incomplete_number"],
    ["4242424242424241", "invalid_number"],
  ])("submit refuses the number %s with %s, and says so in the form", async (number, code) => {
    await givenThePaymentElement();
    await typeCard(number);
    const { error } = await page.evaluate<Result>("elements.submit()");
    expect(error).toMatchObject({ type: "validation_error", code });
    await frame()
      .getByRole("alert")
      .filter({ hasText: error?.message ?? "" })
      .waitFor();
    await field("Card number").fill(NUMBER);
    expect(await page.evaluate("elements.submit()")).toEqual({});
  });

  it("focus and blur are reported for the whole element, not for each field", async () => {
    await givenThePaymentElement();
    await page.evaluate("payment.focus()");
    await field("Card number").and(frame().locator(":focus")).waitFor();
    await page.keyboard.press("Tab");
    await field("Expiration date").and(frame().locator(":focus")).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.waitForFunction("events.some((event) => event.name === 'blur')");
    expect([await eventsNamed("focus"), await eventsNamed("blur")]).toEqual([1, 1]);
  });

  it("it applies the appearance of the host page, also when that changes", async () => {
    await givenThePaymentElement({ theme: "night", variables: { borderRadius: "11px" } });
    const css = async (property: string) =>
      String(
        await field("Card number").evaluate(
          `getComputedStyle(document.querySelector("#number")).${property}`,
        ),
      );
    expect([await css("backgroundColor"), await css("borderRadius")]).toEqual(["rgb(48, 49, 61)", "11px"]);
    await page.evaluate(`elements.update({ appearance: { variables: { colorText: "rgb(1, 2, 3)" } } })`);
    await frame().locator("html[style*='rgb(1, 2, 3)']").waitFor();
    expect(await css("color")).toBe("rgb(1, 2, 3)");
  });

  it("it can be made read-only and writable again", async () => {
    await givenThePaymentElement();
    await page.evaluate("payment.update({ readOnly: true })");
    await frame().locator("#number:read-only").waitFor();
    await page.evaluate("payment.update({ readOnly: false })");
    await frame().locator("#number:read-write").waitFor();
  });

  it("its frame grows with its content", async () => {
    await givenThePaymentElement();
    const height = () => page.evaluate<number>("document.querySelector('#payment iframe').offsetHeight");
    const before = await height();
    await page.evaluate("elements.submit()");
    await page.waitForFunction(`document.querySelector('#payment iframe').offsetHeight > ${before}`);
    expect(
      await frame().locator("html").evaluate("document.documentElement.scrollHeight <= innerHeight"),
    ).toBe(true);
  });

  it("it can be removed from the page", async () => {
    await givenThePaymentElement();
    await page.evaluate("payment.destroy()");
    expect(await page.locator("#payment iframe").count()).toBe(0);
    expect((await page.evaluate<Result>("elements.submit()")).error?.message).toContain("mount");
  });

  it("with redirect: always, the browser goes to the return_url", async () => {
    const { id } = await givenThePaymentElement();
    await typeCard(NUMBER);
    const left = page.waitForURL(`${origin}/done?**`);
    // The browser leaves the page, so this never resolves.
    void confirmPayment("always").catch(() => {});
    await left;
    const query = Object.fromEntries(new URL(page.url()).searchParams);
    expect(query).toMatchObject({ payment_intent: id, redirect_status: "succeeded" });
  });
});

describe("given a card whose bank asks for authentication", () => {
  it("only the emulator's own message closes the dialog", async () => {
    await givenThePaymentElement();
    await typeCard(NEEDS_AUTHENTICATION);
    const result = confirmPayment();
    await bank().getByRole("button", { name: "Complete" }).waitFor();
    await page.evaluate(`new Promise((resolve) => {
      addEventListener("message", () => resolve(), { once: true });
      postMessage("authentication-finished", "*");
    })`);
    expect(await page.getByRole("dialog").count()).toBe(1);
    await bank().getByRole("button", { name: "Complete" }).click();
    expect((await result).paymentIntent?.status).toBe("succeeded");
    expect(await page.getByRole("dialog").count()).toBe(0);
  });

  it("a failed authentication is reported as payment_intent_authentication_failure", async () => {
    await givenThePaymentElement();
    await typeCard(NEEDS_AUTHENTICATION);
    const result = confirmPayment();
    await bank().getByRole("button", { name: "Fail" }).click();
    expect((await result).error).toMatchObject({
      code: "payment_intent_authentication_failure",
      payment_intent: { status: "requires_payment_method" },
    });
  });

  it("handleNextAction finishes a payment that the server confirmed", async () => {
    const { id, secret } = await givenThePaymentElement();
    await stripe.paymentIntents.confirm(id, {
      payment_method: "pm_card_threeDSecure2Required",
      return_url: `${origin}/done`,
    });
    const result = page.evaluate<Result>(`stripe.handleNextAction({ clientSecret: "${secret}" })`);
    await bank().getByRole("button", { name: "Complete" }).click();
    expect((await result).paymentIntent).toMatchObject({ id, status: "succeeded" });
  });
});

describe("given a payment element for a setup intent", () => {
  it("confirmSetup saves the card for the customer", async () => {
    const { id, customer } = await givenTheElementForASetup();
    await typeCard(NUMBER);
    expect((await confirmSetup()).setupIntent).toMatchObject({ id, status: "succeeded" });
    const [saved] = (await stripe.customers.listPaymentMethods(customer)).data;
    expect(saved?.card?.last4).toBe("4242");
  });

  it("a decline has the setup intent in its error, and another card can be saved", async () => {
    const { id } = await givenTheElementForASetup();
    await typeCard("4000000000009995");
    expect((await confirmSetup()).error).toMatchObject({
      type: "card_error",
      decline_code: "insufficient_funds",
      setup_intent: { status: "requires_payment_method" },
    });
    await field("Card number").fill(NUMBER);
    expect((await confirmSetup()).setupIntent).toMatchObject({ id, status: "succeeded" });
  });

  it.each([
    ["Complete", { setupIntent: { status: "succeeded" } }],
    ["Fail", { error: { code: "setup_intent_authentication_failure", setup_intent: {} } }],
  ])("the bank's dialog, left with %s, decides", async (button, outcome) => {
    await givenTheElementForASetup();
    await typeCard(NEEDS_AUTHENTICATION);
    const result = confirmSetup();
    await bank().getByRole("button", { name: button }).click();
    expect(await result).toMatchObject(outcome);
  });

  it("with redirect: always, the browser goes to the return_url", async () => {
    const { id } = await givenTheElementForASetup();
    await typeCard(NUMBER);
    const left = page.waitForURL(`${origin}/saved?**`);
    // The browser leaves the page, so this never resolves.
    void confirmSetup("always").catch(() => {});
    await left;
    const query = Object.fromEntries(new URL(page.url()).searchParams);
    expect(query).toMatchObject({ setup_intent: id, redirect_status: "succeeded" });
  });

  it("retrieveSetupIntent finds it by its client secret, and confirmPayment refuses it", async () => {
    const { id, secret } = await givenTheElementForASetup();
    const found = await page.evaluate<Result>(`stripe.retrieveSetupIntent("${secret}")`);
    expect(found.setupIntent).toMatchObject({ id, status: "requires_payment_method" });
    await expect(confirmPayment()).rejects.toThrow("the client secret of a PaymentIntent");
  });
});

describe("given Stripe.js without a payment element", () => {
  it("an intent is found only by its whole client secret", async () => {
    const { id, secret } = await givenThePaymentElement();
    const lookUp = (clientSecret: string) =>
      page.evaluate<Result>(`stripe.retrievePaymentIntent("${clientSecret}")`);
    expect((await lookUp(secret)).paymentIntent).toMatchObject({ id, status: "requires_payment_method" });
    expect((await lookUp(`${secret}x`)).error?.type).toBe("invalid_request_error");
  });

  it("a secret key is refused", async () => {
    await page.goto(origin);
    await expect(page.evaluate(`Stripe("sk_test_local")`)).rejects.toThrow("publishable key");
  });
});
