/** Money is neither made nor lost, in whatever order payments are confirmed, captured, canceled, refunded and disputed. */
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { type StripeEmulator, startStripeEmulator } from "../index.ts";
import { tries } from "./effort.ts";
import { clientOf } from "./running-emulator.ts";

let emulator: StripeEmulator;
let stripe: Stripe;

beforeAll(async () => {
  emulator = await startStripeEmulator({ port: 0 });
  stripe = clientOf(emulator);
});
afterAll(() => emulator.close());

type Step =
  | { do: "confirm" | "capture" | "capture_part" | "refund"; share: number }
  | { do: "cancel" | "answer" | "close" | "increment" | "settle" | "expire"; share: number };

const CARDS = [
  ...["pm_card_visa", "pm_card_chargeDeclined", "pm_card_refundFail", "pm_card_pendingRefund"],
  ...["pm_card_createDispute", "pm_card_createDisputeInquiry", "pm_card_createMultipleDisputes"],
  ...["pm_usBankAccount_success", "pm_usBankAccount_dispute", "pm_usBankAccount_insufficientFunds"],
];
const ACTIONS = [
  ...(["confirm", "capture", "capture_part", "refund", "refund", "cancel"] as const),
  ...(["answer", "close", "increment", "settle", "expire"] as const),
];
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ do: fc.constantFrom(...ACTIONS), share: fc.integer({ min: 1, max: 120 }) }),
  { minLength: 2, maxLength: 10 },
);

/** Requests that the state of the payment does not allow are refused, and must change nothing. */
async function tried(call: Promise<unknown>): Promise<void> {
  await call.catch((error: unknown) => {
    if (!(error instanceof Error && "statusCode" in error && error.statusCode !== 500)) throw error;
  });
}

async function take(id: string, card: string, { do: action, share }: Step): Promise<void> {
  const intent = await stripe.paymentIntents.retrieve(id);
  const part = Math.max(1, Math.floor((intent.amount * share) / 100));
  const disputeId = async () => String((await stripe.disputes.list({ payment_intent: id })).data[0]?.id);
  switch (action) {
    case "confirm":
      return tried(stripe.paymentIntents.confirm(id, { payment_method: card }));
    case "capture":
      return tried(stripe.paymentIntents.capture(id, { amount_to_capture: part }));
    case "capture_part":
      return tried(stripe.paymentIntents.capture(id, { amount_to_capture: part, final_capture: false }));
    case "increment":
      return tried(stripe.paymentIntents.incrementAuthorization(id, { amount: intent.amount + part }));
    case "cancel":
      return tried(stripe.paymentIntents.cancel(id));
    case "refund":
      return tried(stripe.refunds.create({ payment_intent: id, amount: part }));
    case "answer": {
      const texts = ["winning_evidence", "losing_evidence", "escalate_inquiry_evidence"];
      const uncategorized_text = String(texts[share % texts.length]);
      return tried(stripe.disputes.update(await disputeId(), { evidence: { uncategorized_text } }));
    }
    case "close":
      return tried(stripe.disputes.close(await disputeId()));
    case "settle":
    case "expire": {
      const init = { method: "POST", headers: { "content-type": "application/json" } };
      const [path, body] =
        action === "settle"
          ? ["settle", { paymentIntent: id, outcome: share % 2 === 0 ? "paid" : "failed" }]
          : ["clock", { advance: share * 5000 }];
      await fetch(`${emulator.url}/_emulator/${path}`, { ...init, body: JSON.stringify(body) });
    }
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);

interface Objects {
  balance_transaction: Stripe.BalanceTransaction[];
  charge: Stripe.Charge[];
  dispute: Stripe.Dispute[];
  payment_intent: Stripe.PaymentIntent[];
  refund: Stripe.Refund[];
}

/** What must hold for the only payment at every moment. */
async function assertConserved(): Promise<void> {
  const state: { objects: Objects } = JSON.parse(
    await (await fetch(`${emulator.url}/_emulator/state`)).text(),
  );
  const { balance_transaction: booked, charge: charges, dispute: disputes, refund: refunds } = state.objects;
  const [intent] = state.objects.payment_intent;
  if (intent === undefined) throw new Error("There is no payment.");
  const captured = sum(charges.map((charge) => charge.amount_captured));
  const refunded = sum(refunds.filter(({ status }) => status !== "failed").map(({ amount }) => amount));
  expect(intent.amount_received).toBe(captured);
  expect(captured).toBeLessThanOrEqual(intent.amount);
  expect(refunded).toBeLessThanOrEqual(captured);
  const held = intent.status === "requires_capture" ? intent.amount - captured : 0;
  expect(intent.amount_capturable).toBe(held);
  if (intent.status === "succeeded") expect(captured).toBeGreaterThan(0);
  for (const charge of charges) expect(charge.amount_refunded).toBeLessThanOrEqual(charge.amount);

  const withdrawn = -sum(disputes.flatMap((one) => one.balance_transactions.map(({ amount }) => amount)));
  expect(withdrawn).toBeGreaterThanOrEqual(0);
  expect(refunded + withdrawn).toBeLessThanOrEqual(captured);
  expect(sum(booked.map(({ amount }) => amount))).toBe(captured - refunded - withdrawn);
  for (const { amount, fee, net } of booked) expect(net).toBe(amount - fee);
  const { available } = await stripe.balance.retrieve();
  expect(sum(available.map(({ amount }) => amount))).toBe(sum(booked.map(({ net }) => net)));
}

describe("given any order of confirming, capturing, canceling, refunding and disputing", () => {
  it("received is what was captured, refunds never exceed it, and the balance adds up", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CARDS),
        fc.constantFrom("manual", "automatic"),
        fc.integer({ min: 50, max: 5000 }),
        steps,
        async (card, capture_method, amount, taken) => {
          await fetch(`${emulator.url}/_emulator/reset`, { method: "POST" });
          const request = "if_available";
          const { id } = await stripe.paymentIntents.create({
            ...{ amount, currency: "usd", capture_method },
            automatic_payment_methods: { enabled: true, allow_redirects: "never" },
            payment_method_options: {
              card: { request_incremental_authorization: request, request_multicapture: request },
            },
          });
          for (const step of [{ do: "confirm" as const, share: 100 }, ...taken]) {
            await take(id, card, step);
            await assertConserved();
          }
        },
      ),
      { numRuns: tries({ sample: 6, whole: 100 }) },
    );
  });

  it("every refusal leaves the events, the balance and the intent as they were", async () => {
    await fetch(`${emulator.url}/_emulator/reset`, { method: "POST" });
    const { id } = await stripe.paymentIntents.create({
      ...{ amount: 2000, currency: "usd", confirm: true, payment_method: "pm_card_visa" },
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
    });
    await stripe.refunds.create({ payment_intent: id, amount: 1500 });
    const objects = async () => {
      const state = JSON.parse(await (await fetch(`${emulator.url}/_emulator/state`)).text());
      return createHash("sha256").update(JSON.stringify(state.objects)).digest("hex");
    };
    const before = await objects();
    for (const call of [
      stripe.refunds.create({ payment_intent: id, amount: 501 }),
      stripe.paymentIntents.capture(id),
      stripe.paymentIntents.cancel(id),
      stripe.paymentIntents.confirm(id, { payment_method: "pm_card_visa" }),
      stripe.paymentIntents.incrementAuthorization(id, { amount: 9000 }),
      stripe.paymentIntents.update(id, { payment_method: "pm_none" }),
    ]) {
      await expect(call).rejects.toMatchObject({ statusCode: 400 });
    }
    expect(await objects()).toBe(before);
  });
});
