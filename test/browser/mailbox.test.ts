/** The page of the local mailbox. */
import { SESClient, SendEmailCommand, VerifyEmailIdentityCommand } from "@aws-sdk/client-ses";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import type { Browser } from "playwright-core";
import type { EmulatorThread } from "../../local/emulator-thread.ts";
import { startMailbox } from "../../local/mailbox.ts";
import { launchChromium, openPage } from "./chromium.ts";
import { type PayPageSite, startPayPageSite } from "./pay-page-site.ts";

let site: PayPageSite;
let mailbox: EmulatorThread;
let browser: Browser;
beforeAll(async () => {
  site = await startPayPageSite();
  mailbox = await startMailbox();
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  await mailbox.close();
  await site.close();
});

it("given a mail with a payment link, the link opens the pay page outside the mail's frame", async () => {
  const { id } = await site.stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
  const link = site.link(id);
  const ses = new SESClient({
    endpoint: mailbox.url,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  await ses.send(new VerifyEmailIdentityCommand({ EmailAddress: "shop@example.com" }));
  const html = `<!doctype html><html><body><a href="${link}">Pay $42.00</a></body></html>`;
  await ses.send(
    new SendEmailCommand({
      Source: "shop@example.com",
      Destination: { ToAddresses: ["ada@example.com"] },
      Message: { Subject: { Data: "Your payment" }, Body: { Html: { Data: html }, Text: { Data: "-" } } },
    }),
  );
  ses.destroy();
  const { page } = await openPage(browser);
  await page.goto(mailbox.url);
  await page.getByRole("button", { name: "Toggle HTML view" }).click();
  const opened = page.context().waitForEvent("page");
  await page.frameLocator("iframe").getByText("Pay $42.00").click();
  const payPage = await opened;
  await payPage.getByRole("heading", { name: "Payment details" }).waitFor();
  expect(payPage.url()).toBe(link);
  await page.context().close();
});
