/** The console's pages about events, on a running stack. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf, textOf } from "../../../lib/untrusted.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { accessibilityFaults } from "./axe.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

/** A message that failed is delivered again after two minutes. */
const REDELIVERY_SECONDS = 130;
const MOST_LOOKS = 60;

let site: ConsoleSite;
let customerId: string;
let paymentId: string;
beforeAll(async () => {
  site = await startConsoleSite();
  const customer = await site.call("capabilities/stripe-create-customer", { email: "ada@example.com" });
  customerId = textOf(fieldOf(customer.body, "customerId")) ?? "";
  const payment = await site.call("capabilities/stripe-create-payment-intent", {
    amount: 4200,
    currency: "usd",
  });
  paymentId = textOf(fieldOf(payment.body, "paymentIntentId")) ?? "";
  await site.emulator("pay", { paymentIntent: paymentId, card: "4000000000000002" });
  // Not in the same second: then the later event is the newer one.
  await site.emulator("clock", { advance: 2 });
  await site.emulator("pay", { paymentIntent: paymentId, card: "4242424242424242" });
  await eventOf("payment_intent.payment_failed", "done");
  await eventOf("payment_intent.succeeded", "done");
}, 240_000);
afterAll(() => site.close());

const api = async (path: string): Promise<unknown> => (await fetch(`${site.url}/api/${path}`)).json();

/** The id of the newest event of this type, once it has this state. */
async function eventOf(type: string, state: string): Promise<string> {
  for (;;) {
    const found = await api(`events?type=${type}&state=${state}`);
    const eventId = textOf(fieldOf(found, "events", "0", "eventId"));
    if (eventId !== undefined) return eventId;
  }
}

async function opened(path: string, width = 1280, isDark = false) {
  const { page, faults } = await openPage(site.browser, {
    viewport: { width, height: 900 },
    colorScheme: isDark ? "dark" : "light",
  });
  await page.goto(`${site.url}/${path}`);
  return { page, faults };
}

/** Presses the button, and confirms what it says. */
async function confirmed(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("npm run events --").or(dialog.getByText("curl -X POST")).first().waitFor();
  await dialog.getByRole("button", { name, exact: true }).click();
  await dialog.waitFor({ state: "detached" });
}

describe("given a payment that was declined and then paid", () => {
  it("the filters choose its events, are in the address, and lead to one event", async () => {
    const { page, faults } = await opened("events");
    await page.getByLabel("Type").fill("payment_intent.*");
    await page.getByLabel("Object").fill(paymentId);
    await page.getByLabel("State").selectOption("done");
    await page.getByRole("button", { name: "Filter" }).click();
    await page.waitForURL(/type=payment_intent/);
    // The rows from before are shown until the filtered ones are there.
    const others = page.getByRole("row").filter({ hasText: "customer.created" });
    await others.first().waitFor({ state: "detached" });
    await page.getByRole("row").filter({ hasText: "payment_intent.payment_failed" }).waitFor();
    expect(new URL(page.url()).searchParams.get("object")).toBe(paymentId);
    await page.reload();
    const row = page.getByRole("row").filter({ hasText: "payment_intent.payment_failed" });
    await row.getByRole("link", { name: /^evt_/ }).click();
    await page.getByRole("heading", { name: /^payment_intent\.payment_failed/ }).waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("the event of the refusal shows its payload without secrets, and why the record differs from it", async () => {
    const eventId = await eventOf("payment_intent.payment_failed", "done");
    const { page } = await opened(`events/${eventId}`);
    await page.getByRole("row", { name: /differs: status/ }).waitFor();
    const status = page.getByRole("row", { name: /differs: status/ });
    expect(await status.getByRole("cell").allTextContents()).toEqual([
      '"requires_payment_method"',
      '"succeeded"',
      '"succeeded"',
    ]);
    await page.getByText("Right: a newer event has been applied since").waitFor();
    const payload = await page.getByRole("region", { name: /^Payload/ }).textContent();
    expect(payload).toContain('"last_payment_error"');
    expect(payload).not.toMatch(/_secret_/);
    await page
      .getByRole("row")
      .filter({ hasText: "received, and put into the queue payment-intent" })
      .waitFor();
    await page.getByRole("listitem").filter({ hasText: "requires_payment_method" }).first().waitFor();
    await page.context().close();
  });

  it("resent, it reaches the webhook again, and the page shows it by itself", async () => {
    const eventId = await eventOf("payment_intent.succeeded", "done");
    const { page } = await opened(`events/${eventId}`);
    await page.getByRole("heading", { name: "Payload" }).waitFor();
    await confirmed(page, "Resend from Stripe");
    await page.getByText(`${eventId} is sent to the webhook once more.`).waitFor();
    await page.getByRole("row").filter({ hasText: "received, and put into the queue" }).nth(1).waitFor();
    await page.context().close();
  });

  it("replayed, it says what the command says", async () => {
    const eventId = await eventOf("payment_intent.succeeded", "done");
    const { page } = await opened(`events/${eventId}`);
    await confirmed(page, "Replay again");
    await page.getByText("queued (was done)").waitFor();
    await page.context().close();
  });

  it("the lag is drawn, and said in words", async () => {
    const { page } = await opened("events/lag");
    await page.getByRole("img", { name: /^Lag of \d+ events in the last hour: median/ }).waitFor();
    await page.getByText("The same as a table").click();
    await page.getByRole("columnheader", { name: "From (UTC)" }).waitFor();
    await page.context().close();
  });
});

describe("given an event that never arrived", () => {
  it("the comparison with Stripe names it, and queues it", async () => {
    await site.emulator("faults", { kind: "drop_webhooks", times: 1, match: { type: "customer.updated" } });
    const { events } = await given({ delinquent: false });
    const [{ id }] = events;
    // What is younger than a minute may be on its way.
    await site.emulator("clock", { advance: 120 });
    const { page } = await opened("events/comparison?since=3d");
    const missing = page.getByRole("listitem").filter({ hasText: id });
    await missing.filter({ hasText: "never received" }).waitFor();
    await confirmed(page, "Queue what is missing");
    await page.getByRole("heading", { name: "No event is missing" }).waitFor();
    await page.getByText(`${id} customer.updated of ${customerId}: missing, queued`).waitFor();
    await page.context().close();
  });
});

describe("given a poisoned event: one that fails whenever it is delivered", () => {
  it("it is in the dead letters with the reason, and a redrive applies it once the cause is removed", async () => {
    await site.emulator("faults", {
      ...{ kind: "status", status: 400, times: 1_000_000 },
      match: { method: "GET", path: `/v1/customers/${customerId}` },
    });
    const { events } = await given({ delinquent: true });
    const [{ id }] = events;
    await untilDead("customer");

    const { page } = await opened("events/dead-letters");
    const letter = page.getByRole("listitem").filter({ hasText: id });
    await letter.getByText("Stripe refuses what the consumer asks of it").waitFor();
    await letter.getByText("deliveries: 5").waitFor();
    expect(await accessibilityFaults(page)).toEqual([]);

    await fetch(`${site.stack.urls.stripeEmulator}/_emulator/faults`, { method: "DELETE" });
    await confirmed(page, "Redrive customer");
    await page.getByText("dead-letter queues are empty").waitFor();
    await page.getByRole("status").filter({ hasText: "goes back to customer-events" }).waitFor();
    await eventOf("customer.updated", "done");
    await page.goto(`${site.url}/events/${id}`);
    await page.getByText("✓ done").waitFor();
    await page.getByText("Right: Stripe rendered the event in another API version").waitFor();
    await page.context().close();
  }, 180_000);
});

describe("given a message that somebody else has put into a queue", () => {
  it("it is shown as text, with what is wrong with it", async () => {
    const body = '<img src=x onerror="alert(1)"> ada@example.com';
    await sendTo("charge-events-dead-letter", body);
    const { page, faults } = await opened("events/dead-letters");
    await page
      .getByText("It has no MAC: no function of this stage has sent it. It is not even JSON.")
      .waitFor();
    await page.getByText("Content of the message").click();
    expect(await page.getByRole("region", { name: /^Content/ }).textContent()).toBe(
      '<img src=x onerror="alert(1)"> [email]',
    );
    expect(await page.locator("main img").count()).toBe(0);
    await confirmed(page, "Redrive charge, and discard what is foreign");
    await page.getByText("dead-letter queues are empty").waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });
});

describe("given requests that are not signed with the secret", () => {
  it("the page names the likely cause", async () => {
    const url = `${site.stack.urls.api}/api/webhooks/stripe`;
    await fetch(url, { method: "POST", body: "{}" });
    const { page } = await opened("events/lag");
    const refused = page.getByRole("region", { name: "Refused by the webhook" });
    await refused.getByRole("heading", { name: "1 × no-header" }).waitFor();
    await refused.getByText("Likely cause:").first().waitFor();
    await page.context().close();
  });
});

describe("given a phone, 360 px wide, and a dark screen", () => {
  it.each([
    ["the inbox", "events", "columnheader"],
    ["the dead letters", "events/dead-letters", "paragraph"],
    ["the lag", "events/lag", "img"],
    ["the comparison", "events/comparison", "paragraph"],
  ] as const)("%s needs no scrolling sideways, and axe finds nothing", async (_what, path, role) => {
    const { page, faults } = await opened(path, 360, true);
    await page.getByRole("main").getByRole(role).first().waitFor({ state: "attached" });
    await checkPhone(page);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("an event needs no scrolling sideways, and axe finds nothing", async () => {
    const eventId = await eventOf("payment_intent.payment_failed", "done");
    const { page } = await opened(`events/${eventId}`, 360, true);
    await page.getByRole("heading", { name: "Payload" }).waitFor();
    await page.getByText("fields are equal").click();
    await checkPhone(page);
    await page.getByRole("button", { name: "Resend from Stripe" }).click();
    await page.getByRole("dialog").waitFor();
    await checkPhone(page);
    await page.context().close();
  });
});

async function checkPhone(page: Page): Promise<void> {
  expect(await scrollsSideways(page)).toBe(false);
  expect(await accessibilityFaults(page)).toEqual([]);
}

/** Records an event of the customer at Stripe, in a version whose objects our consumers do not read. */
async function given(changes: object): Promise<{ readonly events: readonly [{ readonly id: string }] }> {
  const answer = await site.emulator("events", {
    type: "customer.updated",
    api_version: "2020-08-27",
    object: { id: customerId, object: "customer", ...changes },
  });
  const id = textOf(fieldOf(answer, "events", "0", "id"));
  if (id === undefined) throw new Error(`The emulator gave no event: ${JSON.stringify(answer)}`);
  return { events: [{ id }] };
}

/** Moves the clock from delivery to delivery until the queue has given a message up. */
async function untilDead(queue: string): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const { queues } = Object(await api("event-lag"));
    if (Array.isArray(queues) && queues.some((each) => each.queue === queue && each.dead > 0)) return;
    await site.emulator("clock", { advance: REDELIVERY_SECONDS });
  }
  throw new Error(`Nothing was given up in the queue ${queue}`);
}

async function sendTo(queue: string, body: string): Promise<void> {
  const { SQSClient, SendMessageCommand } = await import("@aws-sdk/client-sqs");
  const endpoint = site.stack.settings.endpoints.sqs;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const sqs = new SQSClient({ endpoint, region: "us-east-1", credentials });
  const QueueUrl = `${endpoint}/000000000000/contractspec-stripe-dev-${queue}`;
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: body }));
  sqs.destroy();
}
