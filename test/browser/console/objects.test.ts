/** The console's search and the pages of objects, on a running stack. */
import { readFileSync } from "node:fs";
import { DynamoDBClient, PutItemCommand, QueryCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { Page } from "playwright-core";
import { fieldOf, listOf, textOf } from "../../../lib/untrusted.ts";
import { waitFor } from "../../../local/stack-client.ts";
import { openPage, scrollsSideways } from "../chromium.ts";
import { type ConsoleSite, startConsoleSite } from "./console-site.ts";

const AXE = readFileSync("node_modules/axe-core/axe.min.js", "utf8");
const ADDRESS = "ada@example.com";
const DAY_SECONDS = 86_400;
const STARTS_WITHIN_MS = 240_000;

/** What was made before the first test. */
interface Shop {
  readonly customer: string;
  readonly paid: string;
  readonly refunded: string;
  readonly disputed: string;
  readonly declined: string;
  readonly reserved: string;
  readonly subscription: string;
  readonly requestId: string;
}

describe("given a shop with payments of every kind", () => {
  let site: ConsoleSite;
  let shop: Shop;
  beforeAll(async () => {
    site = await startConsoleSite();
    shop = await aShop(site);
  }, STARTS_WITHIN_MS);
  afterAll(() => site.close());

  const at = async (path: string, options: Parameters<typeof openPage>[1] = {}) => {
    const { page, faults } = await openPage(site.browser, options);
    await page.goto(`${site.url}${path}`);
    return { page, faults };
  };
  const heading = (page: Page, name: RegExp) => page.getByRole("heading", { level: 1, name }).waitFor();
  const amount = async (page: Page, label: string) =>
    page
      .getByRole("row", { name: new RegExp(`^${label}`, "i") })
      .last()
      .getByRole("cell")
      .textContent();

  it.each([
    ["the id of the order", () => "order-1", () => shop.paid],
    ["the payment's id", () => shop.declined, () => shop.declined],
    ["the customer's address", () => ADDRESS.toUpperCase(), () => shop.customer],
    ["the amount", () => "$51.07", () => shop.refunded],
    ["the subscription's id", () => shop.subscription, () => shop.subscription],
  ])("the search by %s shows the page at once", async (_what, text, id) => {
    const { page, faults } = await at("");
    await page.getByRole("heading", { name: "Time line" }).waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type(text());
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/console/objects/${id()}`);
    await page.getByText(id(), { exact: true }).first().waitFor();
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it.each([
    ["the user's id", () => "user-7", () => [shop.customer, shop.paid, shop.disputed]],
    ["a request's id", () => shop.requestId, () => [shop.requestId, shop.refunded]],
  ])("the search by %s lists what was found", async (_what, text, ids) => {
    const { page } = await at(`/find?q=${encodeURIComponent(text())}`);
    for (const id of ids()) await page.getByRole("link", { name: id, exact: true }).waitFor();
    await page.context().close();
  });

  it("a search without a result says what was looked for and where, and how to repeat it", async () => {
    const { page } = await at("/find?q=order-that-is-not-there-1");
    await page.getByText(/Nothing has order-that-is-not-there-1.*an id of the application/).waitFor();
    await page.getByText(/Searched: the index of the application's ids/).waitFor();
    await page.getByText("npm run find -- order-that-is-not-there-1", { exact: true }).waitFor();
    await page.context().close();
  });

  it.each([
    ["paid", () => shop.paid, { captured: "$42.00", kept: "$42.00" }, "Refund it"],
    [
      "refunded in part",
      () => shop.refunded,
      { captured: "$51.07", refunded: "$20.00", kept: "$31.07" },
      "Refund it",
    ],
    [
      "disputed",
      () => shop.disputed,
      { captured: "$30.00", "disputed, not decided": "$30.00" },
      "Look at the dispute",
    ],
    ["declined", () => shop.declined, { captured: "$0.00", "open: still": "$25.00" }, "Cancel it"],
    ["reserved", () => shop.reserved, { "authorized, not captured": "$80.00" }, "Capture it"],
  ])(
    "the page of a payment that is %s: its amounts add up, its entries are verified, and what comes next",
    async (_what, id, parts, next) => {
      const { page, faults } = await at(`/objects/${id()}`);
      await heading(page, /^payment/);
      await page.getByText(/ adds up$/).waitFor();
      for (const [label, shown] of Object.entries(parts))
        expect(await amount(page, `of that: ${label}`)).toBe(shown);
      await page
        .getByText(/chain verified for/)
        .first()
        .waitFor();
      await page.getByRole("listitem").filter({ hasText: next }).first().waitFor();
      expect(await page.locator(".entry").count()).toBeGreaterThan(0);
      expect(faults).toEqual([]);
      await page.context().close();
    },
  );

  it("the command to capture does capture, and the page then says so", async () => {
    const { page } = await at(`/objects/${shop.reserved}`);
    await page.getByText("Capture it", { exact: true }).click();
    const command = await page.locator("details[open] pre").textContent();
    expect(command).toContain(`'{"paymentIntentId":"${shop.reserved}"}'`);
    await site.call("capabilities/stripe-capture-payment-intent", { paymentIntentId: shop.reserved });
    await waitFor("the capture on the page", async () => {
      const again = page.getByRole("button", { name: "Read again" });
      await Promise.all([page.waitForResponse(/\/api\/objects\//), again.click()]);
      return (await page.getByText("How it became succeeded").isVisible()) || undefined;
    });
    await page.context().close();
  });

  it("a payment that was declined is paid on its page, as the payer pays", async () => {
    const { body } = await site.call("capabilities/stripe-create-payment-intent", { amount: 1900 });
    const paymentIntent = String(fieldOf(body, "paymentIntentId"));
    await site.emulator("pay", { paymentIntent, card: "pm_card_chargeDeclined" });
    const { page, faults } = await at("");
    await waitFor("the record of the payment", async () => {
      await page.goto(`${site.url}/objects/${paymentIntent}`);
      await page.locator("h1, .problem").first().waitFor();
      return (await page.locator("h1").filter({ hasText: "payment" }).isVisible()) || undefined;
    });
    await page.getByLabel("The card").selectOption({ label: "is paid" });
    const pay = page.getByRole("button", { name: "Pay", exact: true });
    await pay.click();
    await page.getByRole("dialog").getByRole("button", { name: "Pay", exact: true }).click();
    await waitFor("the payment on the page", async () => {
      const again = page.getByRole("button", { name: "Read again" });
      await Promise.all([page.waitForResponse(/\/api\/objects\//), again.click()]);
      return (await page.getByText("How it became succeeded").isVisible()) || undefined;
    });
    expect(await pay.count()).toBe(0);
    expect(faults).toEqual([]);
    await page.context().close();
  });

  it("a subscription that is past due says since when, what is next, and what to do", async () => {
    const { page } = await at(`/objects/${shop.subscription}`);
    await heading(page, /^subscription.*past_due/);
    for (const fact of ["Overdue since", "Item", "Customer"])
      await page.getByText(fact, { exact: true }).first().waitFor();
    await page.getByText("Let the payer replace the card", { exact: true }).waitFor();
    await page.getByText(/^Send the open invoice in_/).waitFor();
    await page.context().close();
  });

  it("a customer has their payments, subscriptions and cards", async () => {
    const { page } = await at(`/objects/${shop.customer}`);
    await heading(page, /^customer/);
    const related = page.getByRole("region", { name: "Belongs to it" });
    for (const id of [shop.paid, shop.declined, shop.subscription])
      await related.getByRole("link", { name: id, exact: true }).waitFor();
    await related
      .getByText(/works until/)
      .first()
      .waitFor();
    await page.context().close();
  });

  it("an id of which nothing is recorded says so", async () => {
    const { page } = await at("/objects/pi_thatIsNotThere1");
    await page
      .getByRole("alert")
      .getByText(/Nothing is recorded of pi_thatIsNotThere1/)
      .waitFor();
    await page.context().close();
  });

  it.each([
    ["a payment", () => `/objects/${shop.refunded}`],
    ["a customer", () => `/objects/${shop.customer}`],
    ["a subscription", () => `/objects/${shop.subscription}`],
    ["a list of results", () => "/find?q=user-7"],
    ["no result", () => "/find?q=nothing-1"],
  ])("axe finds nothing in the view of %s, and a phone does not scroll sideways", async (_what, path) => {
    for (const colorScheme of ["light", "dark"] as const) {
      const { page } = await at(path(), { viewport: { width: 360, height: 780 }, colorScheme });
      await page.getByRole("heading", { level: 1 }).waitFor();
      await page.getByRole("heading", { level: 2 }).first().waitFor();
      for (const summary of await page.locator("summary").all()) await summary.click();
      expect(await scrollsSideways(page)).toBe(false);
      await page.evaluate(AXE);
      const violations = await page.evaluate(
        "axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]))",
      );
      expect(violations).toEqual([]);
      await page.context().close();
    }
  });

  it("a tampered audit entry is named, with what is wrong, and the others stay verified", async () => {
    const eventId = await tamperWithAnEntry(site, shop.paid);
    const { page } = await at(`/objects/${shop.paid}`);
    const audit = page.getByRole("region", { name: "Audit entries" });
    await audit
      .getByText(/1 of \d+ NOT as written/)
      .first()
      .waitFor();
    await audit
      .getByRole("row")
      .filter({ hasText: eventId })
      .getByText(/was altered, or was not written/)
      .waitFor();
    expect(await audit.getByText(/ verified$/).count()).toBeGreaterThan(0);
    await page.context().close();
  });
});

async function aShop(site: ConsoleSite): Promise<Shop> {
  const stripe = atStripe(site);
  const idOf = async (answer: Promise<{ readonly body: unknown }>, name: string) =>
    textOf(fieldOf((await answer).body, name)) ?? "";
  const customer = await idOf(
    site.call("capabilities/stripe-create-customer", { email: ADDRESS, metadata: { userId: "user-7" } }),
    "customerId",
  );
  // A month passes for it, in which the bank would release what is reserved.
  const subscription = await anOverdueSubscription(site, customer);
  let orders = 0;
  const payment = async (amount: number, card: string, more = {}) => {
    const metadata = { orderId: `order-${++orders}`, userId: "user-7" };
    const input = { amount, currency: "usd", customerId: customer, metadata, ...more };
    const id = await idOf(site.call("capabilities/stripe-create-payment-intent", input), "paymentIntentId");
    await stripe(`payment_intents/${id}/confirm`, {
      payment_method: card,
      return_url: "https://shop.example.com",
    });
    return id;
  };
  const paid = await payment(4200, "pm_card_visa");
  const refunded = await payment(5107, "pm_card_visa");
  await stripe("refunds", { payment_intent: refunded, amount: "500" });
  const requestId = await idOf(refund(site, refunded), "requestId");
  const disputed = await payment(3000, "pm_card_createDispute");
  const declined = await payment(2500, "pm_card_chargeDeclined");
  const reserved = await payment(8000, "pm_card_visa", { captureMethod: "manual" });
  const shop = { customer, paid, refunded, disputed, declined, reserved, subscription, requestId };
  await waitFor("the records", () => isRecorded(site, shop), 120);
  return shop;
}

/** With a call's X-Request-Id. */
async function refund(site: ConsoleSite, paymentIntentId: string) {
  const response = await fetch(`${site.stack.urls.api}/api/capabilities/stripe-refund-payment`, {
    method: "POST",
    headers: {
      authorization: "Bearer local-dev-key",
      "idempotency-key": "refund-of-the-test",
      "content-type": "application/json",
    },
    body: JSON.stringify({ paymentIntentId, amount: 1500 }),
  });
  return { body: { requestId: response.headers.get("x-request-id") } };
}

/** Its first invoice was paid; the card of the second one is declined. */
async function anOverdueSubscription(site: ConsoleSite, customer: string): Promise<string> {
  const stripe = atStripe(site);
  const attach = async (card: string) => {
    const method = textOf(fieldOf(await stripe(`payment_methods/${card}/attach`, { customer }), "id")) ?? "";
    await stripe(`customers/${customer}`, { "invoice_settings[default_payment_method]": method });
  };
  await attach("pm_card_visa");
  const price = await stripe("prices", {
    ...{ currency: "usd", unit_amount: "1900", "recurring[interval]": "month" },
    "product_data[name]": "Pro",
  });
  const subscription = await stripe("subscriptions", {
    customer,
    "items[0][price]": textOf(fieldOf(price, "id")) ?? "",
  });
  await attach("pm_card_chargeCustomerFail");
  await site.emulator("clock", { advance: 32 * DAY_SECONDS });
  return textOf(fieldOf(subscription, "id")) ?? "";
}

/** Whether the console shows all of it: the consumers take a moment. */
async function isRecorded(site: ConsoleSite, shop: Shop): Promise<true | undefined> {
  const read = async (id: string) =>
    (await fetch(`${new URL(site.url).origin}/console/api/objects/${id}`)).json();
  const [paid, refunded, disputed, reserved, subscription] = await Promise.all(
    [shop.paid, shop.refunded, shop.disputed, shop.reserved, shop.subscription].map(read),
  );
  const statusOf = (page: unknown) => fieldOf(page, "status");
  const kinds = (page: unknown) => listOf(fieldOf(page, "related")).map((row) => fieldOf(row, "kind"));
  const isThere =
    statusOf(paid) === "succeeded" &&
    kinds(refunded).filter((kind) => kind === "refund").length === 2 &&
    kinds(disputed).includes("dispute") &&
    statusOf(reserved) === "requires_capture" &&
    statusOf(subscription) === "past_due" &&
    // Its second one, which is open.
    JSON.stringify(subscription).includes("Send the open invoice in_");
  return isThere || undefined;
}

function atStripe({ stack }: ConsoleSite) {
  return async (path: string, form: Readonly<Record<string, string>>): Promise<unknown> => {
    const response = await fetch(`${stack.urls.stripeEmulator}/v1/${path}`, {
      method: "POST",
      headers: {
        authorization: "Bearer sk_test_local",
        "content-type": "application/x-www-form-urlencoded",
      },
      body: new URLSearchParams(form).toString(),
    });
    return response.json();
  };
}

/** Changes who made the first call about the object; returns the id of the entry. */
async function tamperWithAnEntry({ stack }: ConsoleSite, objectId: string): Promise<string> {
  const TableName = "contractspec-stripe-dev-audit-log";
  const client = new DynamoDBClient({
    endpoint: stack.urls.dynamodb,
    region: "us-east-1",
    credentials: { accessKeyId: "local", secretAccessKey: "local" },
  });
  const query = async (partition: string, sort?: string) => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: sort === undefined ? "#p = :p" : "#p = :p AND #s = :s",
        ExpressionAttributeNames: { "#p": "partition", ...(sort === undefined ? {} : { "#s": "sort" }) },
        ExpressionAttributeValues: {
          ":p": { S: partition },
          ...(sort === undefined ? {} : { ":s": { S: sort } }),
        },
      }),
    );
    return Items[0] ?? {};
  };
  const link = await query(`object#${objectId}`);
  const entry = await query(link.entry?.S ?? "", link.sort?.S ?? "");
  await client.send(new PutItemCommand({ TableName, Item: { ...entry, action: { S: "tampered" } } }));
  client.destroy();
  return entry.eventId?.S ?? "";
}
