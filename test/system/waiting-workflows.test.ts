/** The shipped workflows that wait, on every path. */
import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it, jest } from "@jest/globals";
import * as given from "../steps/given.ts";
import { movableClock } from "../steps/movable-clock.ts";
import { type RunningWorkflows, runningWorkflows } from "../steps/running-workflows.ts";

const DAY_MS = 86_400_000;

let running: RunningWorkflows;
let clock: ReturnType<typeof movableClock>;
given.capturedLog();
beforeAll(async () => {
  running = await runningWorkflows();
  clock = movableClock();
});
afterAll(async () => {
  jest.useRealTimers();
  await running.close();
});

const newAddress = () => `ada-${randomUUID()}@example.com`;

/** Lets as much time pass that waits of this length end. */
function pass(milliseconds: number): void {
  clock.advance(milliseconds);
  running.endDue();
}

const pay = (paymentIntent: string, card = "4242424242424242") =>
  running.control("POST", "pay", { paymentIntent, card });

describe("process-payment-and-receipt", () => {
  const workflow = "process-payment-and-receipt";

  async function waitingRun(customerEmail: string) {
    const runId = await running.start(workflow, { customerEmail, amount: 4200, currency: "eur" });
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    const { data } = await running.stripe.paymentIntents.list({ limit: 1 });
    return { runId, paymentIntentId: data[0]?.id ?? "" };
  }

  it("mails the link, waits until it is paid, and mails the receipt", async () => {
    const email = newAddress();
    const { runId, paymentIntentId } = await waitingRun(email);
    expect(await running.mailsTo(email)).toHaveLength(1);
    await running.deliver();
    expect((await running.read(workflow, runId)).status).toBe("running");

    await pay(paymentIntentId);
    await running.deliver();
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({ status: "completed" });
    expect(run.output?.["wait-for-payment"]).toMatchObject({
      objectId: paymentIntentId,
      event: "payment_intent.succeeded",
      status: "succeeded",
      amount: 4200,
      currency: "eur",
    });
    expect(await running.mailsTo(email)).toEqual([
      expect.stringContaining("€42.00"),
      expect.stringContaining("Receipt"),
    ]);
  });

  it("a declined card does not end the wait, and the next one does", async () => {
    const { runId, paymentIntentId } = await waitingRun(newAddress());
    await pay(paymentIntentId, "4000000000000002").catch(() => undefined);
    await running.deliver();
    expect((await running.read(workflow, runId)).status).toBe("running");
    await pay(paymentIntentId);
    await running.deliver();
    expect(await running.ended(workflow, runId)).toMatchObject({ status: "completed" });
  });

  it("what is not paid within seven days is canceled, and the run fails with TIMEOUT", async () => {
    const { runId, paymentIntentId } = await waitingRun(newAddress());
    await running.deliver();
    pass(7 * DAY_MS);
    expect(await running.ended(workflow, runId)).toMatchObject({
      status: "failed",
      error: { code: "TIMEOUT", step: "wait-for-payment" },
    });
    expect(await running.stripe.paymentIntents.retrieve(paymentIntentId)).toMatchObject({
      status: "canceled",
    });
    await running.deliver();
  });

  it("when the link cannot be mailed, nobody can pay: the payment is canceled, and the run fails", async () => {
    const email = newAddress();
    running.refuseNextMail();
    const runId = await running.start(workflow, { customerEmail: email, amount: 4200, currency: "eur" });
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({ status: "failed", error: { step: "send-payment-link" } });
    expect(run.steps.map(({ id, status }) => `${id} ${status}`)).toEqual(
      expect.arrayContaining(["send-payment-link failed", "cancel-payment completed"]),
    );
    const { data } = await running.stripe.paymentIntents.list({ limit: 1 });
    expect(data[0]).toMatchObject({ status: "canceled", cancellation_reason: "abandoned" });
    expect(await running.mailsTo(email)).toEqual([]);
    await running.deliver();
  });

  it("a payment that is canceled fails the run at once, and says which event did", async () => {
    const { runId, paymentIntentId } = await waitingRun(newAddress());
    await running.stripe.paymentIntents.cancel(paymentIntentId);
    await running.deliver();
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({
      status: "failed",
      error: { code: "PRECONDITION_FAILED", step: "wait-for-payment" },
    });
    expect(run.error?.message).toContain(`payment_intent.canceled happened to ${paymentIntentId}`);
  });
});

describe("recover-failed-payment", () => {
  const workflow = "recover-failed-payment";

  async function failedPayment(): Promise<string> {
    const intent = await running.stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    await pay(intent.id, "4000000000009995").catch(() => undefined);
    await running.deliver();
    return intent.id;
  }

  it("mails a link, waits until it is paid, and mails the receipt", async () => {
    const [email, paymentIntentId] = [newAddress(), await failedPayment()];
    const runId = await running.start(workflow, { paymentIntentId, customerEmail: email });
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    await pay(paymentIntentId);
    await running.deliver();
    expect(await running.ended(workflow, runId)).toMatchObject({ status: "completed" });
    expect(await running.mailsTo(email)).toEqual([
      expect.stringContaining("$42.00"),
      expect.stringContaining("Receipt"),
    ]);
  });

  it("cancels what is not paid within seven days", async () => {
    const paymentIntentId = await failedPayment();
    const runId = await running.start(workflow, { paymentIntentId, customerEmail: newAddress() });
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    pass(7 * DAY_MS);
    expect(await running.ended(workflow, runId)).toMatchObject({
      status: "failed",
      error: { code: "TIMEOUT" },
    });
    expect(await running.stripe.paymentIntents.retrieve(paymentIntentId)).toMatchObject({
      status: "canceled",
    });
  });

  it("is refused at the start for an id that is not a payment's", async () => {
    const input = { paymentIntentId: "sub_1", customerEmail: newAddress() };
    await expect(running.start(workflow, input)).rejects.toThrow(/422.*paymentIntentId/s);
  });
});

describe("refund-payment", () => {
  const workflow = "refund-payment";

  async function paidPayment(): Promise<string> {
    const intent = await running.stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    await pay(intent.id);
    await running.deliver();
    return intent.id;
  }

  it("refunds, waits until the refund is recorded, and mails the payer", async () => {
    const [email, paymentIntentId] = [newAddress(), await paidPayment()];
    const input = { paymentIntentId, amount: 1000, reference: "return-7", customerEmail: email };
    const runId = await running.start(workflow, input);
    await running.step(workflow, runId, "wait-for-refund", "waiting");
    await running.deliver();
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({ status: "completed" });
    expect(run.output?.["wait-for-refund"]).toMatchObject({
      event: "refund.created",
      amount: 1000,
      paymentIntentId,
    });
    expect(await running.mailsTo(email)).toEqual([expect.stringMatching(/refund|10\.00/i)]);
  });

  it("fails without a mail when there is nothing to refund", async () => {
    const intent = await running.stripe.paymentIntents.create({ amount: 4200, currency: "usd" });
    const email = newAddress();
    const runId = await running.start(workflow, { paymentIntentId: intent.id, customerEmail: email });
    expect(await running.ended(workflow, runId)).toMatchObject({
      status: "failed",
      error: { step: "refund" },
    });
    expect(await running.mailsTo(email)).toEqual([]);
  });
});

describe("start-subscription", () => {
  const workflow = "start-subscription";

  async function subscriber(card?: string) {
    const email = newAddress();
    const customer = await running.stripe.customers.create({ email });
    const paymentMethodId =
      card === undefined ? undefined : await running.savedCard(customer.id, card, { isDefault: true });
    const price = await running.monthlyPrice(900);
    return {
      email,
      input: {
        customerId: customer.id,
        customerEmail: email,
        priceId: price.id,
        ...(paymentMethodId === undefined ? {} : { paymentMethodId }),
      },
    };
  }

  it("starts the subscription with the saved card, and welcomes the customer when it is paid", async () => {
    const { email, input } = await subscriber("pm_card_visa");
    const runId = await running.start(workflow, input);
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    await running.deliver();
    expect(await running.ended(workflow, runId)).toMatchObject({ status: "completed" });
    expect(await running.mailsTo(email)).toHaveLength(1);
  });

  it("starts a trial without a card: its first invoice is for nothing", async () => {
    const { email, input } = await subscriber();
    const runId = await running.start(workflow, { ...input, trialDays: 14 });
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    await running.deliver();
    expect(await running.ended(workflow, runId)).toMatchObject({ status: "completed" });
    expect(await running.mailsTo(email)).toHaveLength(1);
  });

  it("cancels a subscription whose first invoice is not paid within 22 hours, and welcomes nobody", async () => {
    const { email, input } = await subscriber();
    const runId = await running.start(workflow, input);
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    pass(22 * 3_600_000);
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
    const { data } = await running.stripe.subscriptions.list({ customer: input.customerId, status: "all" });
    expect(data.map(({ status }) => status)).toEqual([expect.stringMatching(/canceled|incomplete_expired/)]);
    expect(await running.mailsTo(email)).toEqual([]);
    await running.deliver();
  });
});

describe("send-invoice", () => {
  const workflow = "send-invoice";

  async function waitingRun() {
    const email = newAddress();
    const customer = await running.stripe.customers.create({ email });
    const lines = [{ description: "Consulting", amount: 5000, quantity: 2 }];
    const runId = await running.start(workflow, { customerId: customer.id, customerEmail: email, lines });
    await running.step(workflow, runId, "wait-for-payment", "waiting");
    const { data } = await running.stripe.invoices.list({ customer: customer.id });
    return { email, runId, invoiceId: data[0]?.id ?? "" };
  }

  it("sends the invoice, waits until it is paid, and mails the receipt", async () => {
    const { email, runId, invoiceId } = await waitingRun();
    await running.deliver();
    expect((await running.read(workflow, runId)).status).toBe("running");
    await running.stripe.invoices.pay(invoiceId, { paid_out_of_band: true });
    await running.deliver();
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({ status: "completed" });
    expect(run.output?.["wait-for-payment"]).toMatchObject({ event: "invoice.paid", status: "paid" });
    expect(await running.mailsTo(email)).toHaveLength(2);
  });

  it.each([
    ["voided", (id: string) => running.stripe.invoices.voidInvoice(id), "invoice.voided"],
    [
      "given up",
      (id: string) => running.stripe.invoices.markUncollectible(id),
      "invoice.marked_uncollectible",
    ],
  ])("fails when the invoice is %s, and mails no receipt", async (_what, act, event) => {
    const { email, runId, invoiceId } = await waitingRun();
    await act(invoiceId);
    await running.deliver();
    const run = await running.ended(workflow, runId);
    expect(run).toMatchObject({
      status: "failed",
      error: { code: "PRECONDITION_FAILED", step: "wait-for-payment" },
    });
    expect(run.error?.message).toContain(event);
    expect(await running.mailsTo(email)).toHaveLength(1);
  });

  it("fails with TIMEOUT when it is not paid within 90 days", async () => {
    const { runId } = await waitingRun();
    pass(90 * DAY_MS);
    expect(await running.ended(workflow, runId)).toMatchObject({
      status: "failed",
      error: { code: "TIMEOUT" },
    });
    await running.deliver();
  });
});
