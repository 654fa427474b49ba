/** The specification's workflow through the whole local stack, over HTTP, as its users call it. */
import { randomUUID } from "node:crypto";
import {
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from "@aws-sdk/client-sfn";
import { describe, expect, it } from "@jest/globals";
import { payLinkIn, paymentIntentOn } from "../../../local/stack-client.ts";
import { client, printed, urls } from "./shared-stack.ts";

const GOOD_CARD = "4242424242424242";
const CARD_WITHOUT_FUNDS = "4000000000009995";
const DECLINED_CARD = "4000000000000002";

const aPayer = () => ({
  customerEmail: `${randomUUID()}@example.com`,
  customerName: "Ada Lovelace",
  amount: 4200,
});

/** Runs process-payment for a payer and returns the payment intent of the mailed page. */
async function requestedPayment(payer = aPayer()) {
  const run = await client().endedRun(
    "process-payment",
    await client().startRun("process-payment", payer, randomUUID()),
  );
  const mail = await client().mailTo(payer.customerEmail);
  const page = await fetch(payLinkIn(mail));
  return { run, mail, page, intent: paymentIntentOn(await page.clone().text()) };
}

describe("given a payer and an amount", () => {
  it("the run completes, the mail links to a page, the card is charged and the event is recorded", async () => {
    const { run, mail, page, intent } = await requestedPayment();
    expect(run).toMatchObject({
      status: "completed",
      steps: [
        { id: "create-customer", status: "completed", attempts: 1 },
        { id: "create-payment-intent", status: "completed" },
        { id: "send-payment-link", status: "completed" },
        { id: "notify-error", status: "skipped" },
      ],
    });
    expect(mail.subject).toBe("Your payment of $42.00");
    expect(`${mail.html}${mail.text}`).not.toContain("_secret_");
    expect(page.status).toBe(200);
    expect((await client().pay(intent, GOOD_CARD)).status).toBe(200);
    expect(await client().recordedState(intent, ({ status }) => status === "succeeded")).toMatchObject({
      objectType: "payment_intent",
      amount: 4200,
      currency: "usd",
      eventType: "payment_intent.succeeded",
    });
  });

  it.each([
    [CARD_WITHOUT_FUNDS, "insufficient_funds"],
    [DECLINED_CARD, "generic_decline"],
  ])("card %s is declined with %s, and another card then pays", async (card, declineCode) => {
    const { intent } = await requestedPayment();
    expect((await client().pay(intent, card)).status).toBe(402);
    expect(await client().recordedState(intent, (state) => state.declineCode === declineCode)).toMatchObject({
      status: "requires_payment_method",
    });
    expect((await client().pay(intent, GOOD_CARD)).status).toBe(200);
    expect(await client().recordedState(intent, ({ status }) => status === "succeeded")).toMatchObject({
      final: true,
    });
  });

  it("the same idempotency key starts only one run, and is refused with another input", async () => {
    const payer = aPayer();
    const key = randomUUID();
    const runId = await client().startRun("process-payment", payer, key);
    await client().endedRun("process-payment", runId);
    const again = await client().call("POST", "/api/workflows/process-payment/runs", {
      body: payer,
      idempotencyKey: key,
    });
    expect({
      status: again.status,
      runId: again.body.runId,
      replayed: again.headers.get("idempotency-replayed"),
    }).toEqual({
      status: 202,
      runId,
      replayed: "true",
    });
    const other = { ...payer, amount: 1 };
    const refused = await client().call("POST", "/api/workflows/process-payment/runs", {
      body: other,
      idempotencyKey: key,
    });
    expect(refused).toMatchObject({ status: 422, body: { code: "VALIDATION_FAILED" } });
  });
});

describe("given a payment that Stripe would refuse", () => {
  it("the run fails with the original error, and the administrator gets a mail", async () => {
    await client().control("POST", "faults", [
      { match: { method: "POST", path: "/v1/payment_intents" }, kind: "status", status: 400 },
    ]);
    const [payer, key] = [aPayer(), randomUUID()];
    const run = await client().endedRun(
      "process-payment",
      await client().startRun("process-payment", payer, key),
    );
    expect(run).toMatchObject({
      status: "failed",
      error: {
        code: "VALIDATION_FAILED",
        step: "create-payment-intent",
        message: expect.stringContaining("Stripe refuses these values together"),
      },
      steps: [
        { status: "completed" },
        { status: "failed", error: { code: "VALIDATION_FAILED" } },
        { status: "skipped" },
        { id: "notify-error", status: "completed" },
      ],
    });
    const { text } = await client().mailTo("admin@example.com");
    expect(text).toContain("Stripe refuses these values");
    expect(text).toContain(`Run: ${run.runId}`);
    expect(text).toMatch(/Customer: cus_\w+/);
    expect(text).toContain(`Amount: ${payer.amount}, in the smallest unit of the currency`);

    const again = await client().call("POST", "/api/workflows/process-payment/runs", {
      body: payer,
      idempotencyKey: key,
    });
    expect(again).toMatchObject({ status: 202, body: { runId: run.runId, status: "failed" } });
  });
});

describe("given Stripe in trouble", () => {
  it("a failing request is repeated with the same key, and the run completes", async () => {
    await client().control("POST", "faults", [
      { match: { method: "POST", path: "/v1/payment_intents" }, times: 2, kind: "reset_after_commit" },
    ]);
    const { run, intent } = await requestedPayment();
    expect(run.status).toBe("completed");
    expect(intent).toMatch(/^pi_/);
  });
});

describe("given a subscription", () => {
  it("the response contains the end of its period, and its events are recorded", async () => {
    const secretKey = {
      authorization: "Bearer sk_test_local",
      "content-type": "application/x-www-form-urlencoded",
    };
    const made = async (path: string, body: string): Promise<{ id: string }> => {
      const answer = await fetch(`${urls().stripeEmulator}/v1/${path}`, {
        method: "POST",
        headers: secretKey,
        body,
      });
      return JSON.parse(await answer.text());
    };
    const product = await made("products", "name=Plan");
    const price = await made(
      "prices",
      `product=${product.id}&currency=usd&unit_amount=900&recurring[interval]=month`,
    );
    const customer = await client().invoke(
      "stripe-create-customer",
      { email: `${randomUUID()}@example.com` },
      randomUUID(),
    );
    const created = await client().invoke(
      "stripe-create-subscription",
      { customerId: customer.body.customerId, priceId: price.id, trialDays: 14 },
      randomUUID(),
    );
    expect(created).toMatchObject({
      status: 200,
      body: { status: "trialing", currentPeriodEnd: expect.stringMatching(/Z$/) },
    });
    const inDays = (Date.parse(String(created.body.currentPeriodEnd)) - Date.now()) / 86_400_000;
    expect(Math.round(inDays)).toBe(14);
    expect(
      await client().recordedState(
        String(created.body.subscriptionId),
        ({ status }) => status === "trialing",
      ),
    ).toMatchObject({ objectType: "subscription", currentPeriodEnd: created.body.currentPeriodEnd });
  });
});

describe("given a wrong call", () => {
  const invoke = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    client().call("POST", path, { body, idempotencyKey: randomUUID(), headers });

  it.each<[string, string, unknown, number, string]>([
    [
      "an unknown field",
      "/api/capabilities/stripe-create-customer",
      { email: "a@example.com", nmae: "A" },
      422,
      "nmae",
    ],
    ["a missing field", "/api/capabilities/stripe-create-payment-intent", {}, 422, "amount"],
    ["text for a number", "/api/capabilities/stripe-create-payment-intent", { amount: "5" }, 422, "amount"],
    ["half a cent", "/api/capabilities/stripe-create-payment-intent", { amount: 100.5 }, 422, "amount"],
    ["a negative amount", "/api/capabilities/stripe-create-payment-intent", { amount: -100 }, 422, "amount"],
    [
      "a currency in capitals",
      "/api/capabilities/stripe-create-payment-intent",
      { amount: 100, currency: "USD" },
      422,
      "currency",
    ],
    [
      "a customer that does not exist",
      "/api/capabilities/stripe-create-payment-intent",
      { amount: 100, customerId: "cus_x" },
      422,
      "customerId",
    ],
    [
      "nested metadata",
      "/api/capabilities/stripe-create-customer",
      { email: "a@example.com", metadata: { a: {} } },
      422,
      "metadata.a",
    ],
    ["an address without an at", "/api/capabilities/stripe-create-customer", { email: "ada" }, 422, "email"],
    [
      "a price that does not exist",
      "/api/capabilities/stripe-create-subscription",
      { customerId: "cus_x", priceId: "price_x" },
      422,
      "customerId",
    ],
    [
      "zero trial days",
      "/api/capabilities/stripe-create-subscription",
      { customerId: "c", priceId: "p", trialDays: 0 },
      422,
      "trialDays",
    ],
    [
      "an unknown template",
      "/api/capabilities/send-email",
      { to: "a@example.com", template: "nope" },
      422,
      "template",
    ],
    [
      "missing template data",
      "/api/capabilities/send-email",
      { to: "a@example.com", template: "payment-error" },
      422,
      "data.error",
    ],
    [
      "a run without its payer",
      "/api/workflows/process-payment/runs",
      { amount: 4200 },
      422,
      "customerEmail",
    ],
    ["an unknown workflow", "/api/workflows/nope/runs", {}, 404, "workflowId"],
  ])("the response to %s is a problem that names the field", async (_what, path, body, status, field) => {
    const answer = await invoke(path, body);
    expect(answer.status).toBe(status);
    expect(answer.headers.get("content-type")).toContain("application/problem+json");
    expect(answer.body.issues).toContainEqual(expect.objectContaining({ path: field }));
  });

  it("an unknown API key is a 401, and a missing Idempotency-Key a 400 that names the header", async () => {
    const unknown = await invoke(
      "/api/capabilities/stripe-create-customer",
      {},
      { authorization: "Bearer nope" },
    );
    expect(unknown).toMatchObject({ status: 401, body: { code: "UNAUTHENTICATED" } });
    const noKey = await client().call("POST", "/api/capabilities/stripe-create-customer", {
      body: { email: "a@example.com" },
    });
    expect(noKey).toMatchObject({ status: 400, body: { issues: [{ path: "headers.Idempotency-Key" }] } });
  });

  it.each([
    ["forged", "/pay/pi_1.zzzzzz.0000000000000000000000000000000000000000000", 404],
    ["cut off", "/pay/pi_1", 404],
  ])("a link that is %s opens a page that says so", async (_what, path, status) => {
    const answer = await fetch(urls().api + path);
    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain("This payment link is not valid");
  });
});

describe("given the data of all tests above", () => {
  it("no client secret and no personal data is in Step Functions' histories or in the log", async () => {
    const payer = { ...aPayer(), customerName: "Canary Featherstone" };
    await requestedPayment(payer);
    const sfn = new SFNClient({
      endpoint: urls().stepFunctions,
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
    });
    const { stateMachines = [] } = await sfn.send(new ListStateMachinesCommand({}));
    const written: string[] = [];
    for (const { stateMachineArn } of stateMachines) {
      const { executions = [] } = await sfn.send(new ListExecutionsCommand({ stateMachineArn }));
      for (const { executionArn } of executions) {
        const { events } = await sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
        written.push(JSON.stringify(events));
      }
    }
    sfn.destroy();
    expect(written.length).toBeGreaterThan(3);
    expect(printed.length).toBeGreaterThan(50);
    for (const text of [...written, ...printed]) {
      expect(text).not.toContain("Featherstone");
      expect(text).not.toContain(payer.customerEmail);
      expect(text).not.toMatch(/pi_\w+_secret_\w+/);
      expect(text).not.toContain("sk_test_local");
    }
  });
});
