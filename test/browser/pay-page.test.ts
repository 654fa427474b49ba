import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { launchChromium, openPage, scrollsSideways, type WatchedPage } from "./chromium.ts";
import { type PayPageSite, startPayPageSite } from "./pay-page-site.ts";

const GOOD_CARD = "4242 4242 4242 4242";
const NO_FUNDS = "4000 0000 0000 9995";
const DECLINED = "4000 0000 0000 0002";
const ASKS_THE_BANK = "4000 0027 6000 3184";

let site: PayPageSite;
let browser: Browser;
let watched: WatchedPage;
let page: Page;

beforeAll(async () => {
  site = await startPayPageSite();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await site.close();
});
beforeEach(async () => {
  watched = await openPage(browser);
  page = watched.page;
});
afterEach(async () => {
  expect(watched.faults).toEqual([]);
  await page.context().close();
});

const aPayment = () =>
  site.stripe.paymentIntents.create({
    amount: 4200,
    currency: "usd",
    description: "Invoice 1815",
    automatic_payment_methods: { enabled: true },
  });
const statusOf = async (id: string) => (await site.stripe.paymentIntents.retrieve(id)).status;

const cardField = (label: string) =>
  page.frameLocator('iframe[title="Secure payment input frame"]').getByLabel(label);
const payButton = () => page.getByRole("button", { name: "Pay $42.00" });
const alert = () => page.locator("#error");
const heading = (name: string) => page.getByRole("heading", { name });

async function typeCard(number: string): Promise<void> {
  await cardField("Card number").fill(number);
  await cardField("Expiration date").fill("12 / 34");
  await cardField("Security code").fill("123");
}

async function payWith(number: string): Promise<void> {
  await typeCard(number);
  await payButton().click();
}

const outcome = (name: string) => heading(name).waitFor();
const said = async (words: RegExp) => {
  await alert().filter({ hasText: words }).waitFor();
  await payButton().and(page.locator(":enabled")).waitFor();
};

describe("given a payment link", () => {
  it("a good card pays: the page says so without a reload, and the intent at Stripe has succeeded", async () => {
    const { id } = await aPayment();
    const link = site.link(id);
    await page.goto(link);
    await page.getByText("$42.00 USD").waitFor();
    await page.getByText("Invoice 1815").waitFor();
    await payWith(GOOD_CARD);
    await outcome("Payment received");
    expect(page.url()).toBe(link);
    expect(await page.title()).toBe("Payment received");
    expect(await page.locator("form").isVisible()).toBe(false);
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Payment received");
    expect(await statusOf(id)).toBe("succeeded");
    await page.reload();
    await outcome("Payment received");
    expect(await page.locator("form").count()).toBe(0);
  });

  it.each([
    ["insufficient funds", NO_FUNDS, /insufficient funds/],
    ["a decline", DECLINED, /declined/],
  ])("the page explains %s, nothing is charged, and another card pays", async (_what, card, words) => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await payWith(card);
    await said(words);
    expect(await statusOf(id)).toBe("requires_payment_method");
    await payWith(GOOD_CARD);
    await outcome("Payment received");
    expect(await statusOf(id)).toBe("succeeded");
  });

  it("an incomplete card is not sent", async () => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await cardField("Card number").fill("4242");
    await payButton().click();
    await said(/incomplete/);
    expect((await site.stripe.paymentIntents.retrieve(id)).latest_charge).toBeNull();
  });

  it("the button cannot be pressed a second time while the payment is in progress", async () => {
    const { id } = await aPayment();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    await page.route("**/confirm", async (route) => {
      await held;
      await route.continue();
    });
    await page.goto(site.link(id));
    await payWith(GOOD_CARD);
    const busy = page.getByRole("button", { name: "Paying…" });
    await busy.waitFor();
    expect(await busy.isDisabled()).toBe(true);
    release();
    await outcome("Payment received");
  });

  it("the page works with only a keyboard", async () => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await typeCard(GOOD_CARD);
    await payButton().and(page.locator(":enabled")).waitFor();
    await cardField("Security code").focus();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await outcome("Payment received");
  });

  it("a payment that takes longer is followed until it succeeds", async () => {
    const { id } = await aPayment();
    await page.route("**/confirm", async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: { ...(await response.json()), status: "processing" } });
    });
    await page.goto(site.link(id));
    await payWith(GOOD_CARD);
    await outcome("Your payment is being processed");
    await outcome("Payment received");
  });

  it("after a lost response, the page asks Stripe and finds that the payment succeeded", async () => {
    const { id } = await aPayment();
    await page.route("**/confirm", async (route) => {
      await route.fetch();
      await route.abort();
    });
    await page.goto(site.link(id));
    await payWith(GOOD_CARD);
    await outcome("Payment received");
  });

  it("after a lost request, the page asks Stripe, finds that nothing was charged, and lets the payer try again", async () => {
    const { id } = await aPayment();
    await page.route("**/confirm", (route) => route.abort(), { times: 1 });
    await page.goto(site.link(id));
    await payWith(GOOD_CARD);
    await said(/not been charged/);
    await payButton().click();
    await outcome("Payment received");
  });

  it("without Stripe.js the page says what to do", async () => {
    const { id } = await aPayment();
    await page.route(`${site.emulatorUrl}/v3/`, (route) => route.abort());
    await page.goto(site.link(id));
    await alert()
      .filter({ hasText: /could not be loaded/ })
      .waitFor();
    expect(await payButton().isDisabled()).toBe(true);
  });

  it("when the intent was paid in another tab meanwhile, the page says so instead of paying twice", async () => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await typeCard(GOOD_CARD);
    await site.payElsewhere(id, GOOD_CARD);
    await payButton().click();
    await outcome("Payment received");
    expect((await site.stripe.charges.list({ payment_intent: id })).data).toHaveLength(1);
  });
});

describe("given a card whose bank asks for authentication", () => {
  const inTheDialog = (name: string) =>
    page.frameLocator('iframe[title="3D Secure authentication"]').getByRole("button", { name }).click();

  it("an approved payment succeeds", async () => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await payWith(ASKS_THE_BANK);
    await inTheDialog("Complete");
    await outcome("Payment received");
    expect(await statusOf(id)).toBe("succeeded");
  });

  it("a refused payment does not succeed, and the payer can try another card", async () => {
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await payWith(ASKS_THE_BANK);
    await inTheDialog("Fail");
    await said(/authenticat/);
    await payWith(GOOD_CARD);
    await outcome("Payment received");
  });

  it("after the return from the bank's own page, the refusal is shown and no client secret is in the address", async () => {
    const { id, client_secret } = await aPayment();
    await site.payElsewhere(id, DECLINED);
    const link = site.link(id);
    await page.goto(`${link}?payment_intent=${id}&payment_intent_client_secret=${client_secret}`);
    await said(/declined/);
    expect(page.url()).toBe(link);
  });
});

describe("given a payment that the payer completes elsewhere", () => {
  it("a voucher is shown for what it is as soon as it is chosen, and the form does not reappear", async () => {
    const { id } = await aPayment();
    await page.route("**/confirm", async (route) => {
      await site.waitElsewhere(id, "oxxo");
      await route.fulfill({ json: await site.stripe.paymentIntents.retrieve(id) });
    });
    await page.goto(site.link(id));
    await payWith(GOOD_CARD);
    await outcome("Your voucher is ready to be paid");
    await page.getByText("12345678901234657890123456789012").waitFor();
    const link = page.getByRole("link", { name: "Open the voucher" });
    expect(await link.getAttribute("href")).toContain(`/instructions/${id}`);
    expect(await page.locator("form").isVisible()).toBe(false);
    expect(await page.getByText("try again").count()).toBe(0);
    expect(await scrollsSideways(page)).toBe(false);
  });

  it.each([
    ["customer_balance", "Waiting for your bank transfer"],
    ["us_bank_account", "Verify your bank account"],
    ["blik", "Confirm the payment in your bank's app"],
  ])("%s: the page says what it waits for, and follows along until it is paid", async (method, words) => {
    const { id } = await aPayment();
    await site.waitElsewhere(id, method);
    await page.goto(site.link(id));
    await outcome(words);
    await site.settleElsewhere(id, "paid");
    await outcome("Payment received");
    expect(await page.title()).toBe("Payment received");
  });

  it("when the time to pay has passed, the form comes back", async () => {
    const { id } = await aPayment();
    await site.waitElsewhere(id, "oxxo");
    await page.goto(site.link(id));
    await outcome("Your voucher is ready to be paid");
    await site.settleElsewhere(id, "expired");
    await payWith(GOOD_CARD);
    await outcome("Payment received");
  });

  it("a payer who did not finish at the bank can go on there, or pay another way with only a keyboard", async () => {
    const { id } = await aPayment();
    await site.waitElsewhere(id, "ideal");
    await page.goto(site.link(id));
    await outcome("Your payment is not finished");
    expect(await page.getByRole("link", { name: "Continue" }).getAttribute("href")).toContain(id);
    expect(await page.locator("form").isVisible()).toBe(false);
    await page.getByRole("button", { name: "Pay another way" }).focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Payment details");
    await payWith(GOOD_CARD);
    await outcome("Payment received");
  });
});

describe("given a link that cannot be paid", () => {
  it.each<[string, string, number, () => Promise<string>]>([
    [
      "already paid",
      "Payment received",
      200,
      async () => {
        const { id } = await aPayment();
        await site.payElsewhere(id, GOOD_CARD);
        return site.link(id);
      },
    ],
    [
      "canceled",
      "This payment was canceled",
      410,
      async () => {
        const { id } = await aPayment();
        await site.stripe.paymentIntents.cancel(id);
        return site.link(id);
      },
    ],
    ["expired", "This payment link has expired", 410, async () => site.link((await aPayment()).id, -1)],
    ["forged", "This payment link is not valid", 404, async () => `${site.link((await aPayment()).id)}x`],
  ])("%s: the page says so and does not ask for a card", async (_what, name, status, linkTo) => {
    const response = await page.goto(await linkTo());
    expect(response?.status()).toBe(status);
    await outcome(name);
    expect(await page.locator("form, iframe, script").count()).toBe(0);
  });
});

describe.each([320, 360])("given a phone %i px wide", (width) => {
  it("the payer never has to scroll sideways: not for the form, a decline, the outcome or a bad link", async () => {
    await page.setViewportSize({ width, height: 740 });
    const { id } = await aPayment();
    await page.goto(site.link(id));
    await typeCard(DECLINED);
    expect(await scrollsSideways(page)).toBe(false);
    await payButton().click();
    await said(/declined/);
    expect(await scrollsSideways(page)).toBe(false);
    await payWith(GOOD_CARD);
    await outcome("Payment received");
    expect(await scrollsSideways(page)).toBe(false);
    await page.goto(`${site.link(id)}x`);
    await outcome("This payment link is not valid");
    expect(await scrollsSideways(page)).toBe(false);
  });
});

describe("given a payer whose device is set to dark", () => {
  it("the card fields have the page's own dark background, not a white one", async () => {
    await page.emulateMedia({ colorScheme: "dark" });
    await page.goto(site.link((await aPayment()).id));
    await payButton().and(page.locator(":enabled")).waitFor();
    const frame = await page.locator("#payment-element iframe").screenshot();
    expect(await firstPixel(frame)).toEqual(await firstPixel(await page.locator("form h1").screenshot()));
  });
});

/** Red, green, blue and opacity of a picture's upper left corner. */
async function firstPixel(png: Buffer): Promise<unknown> {
  const blank = await browser.newPage();
  const address = `data:image/png;base64,${png.toString("base64")}`;
  const color = await blank.evaluate(`(async () => {
    const picture = await createImageBitmap(await (await fetch("${address}")).blob());
    const canvas = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
    canvas.drawImage(picture, 0, 0);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  })()`);
  await blank.close();
  return color;
}
