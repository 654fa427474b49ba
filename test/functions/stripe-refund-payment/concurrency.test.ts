/**
 * Refunds of one payment that are asked for at the same time, by callers with keys of their own, while Stripe loses responses and
 * fails: one reference is one refund, and never is more refunded than was paid. Each schedule has a payment of its own; the
 * schedules of a batch run at once, so that the faults strike any of them.
 */
import { randomUUID } from "node:crypto";
import { expect, it } from "@jest/globals";
import fc from "fast-check";
import { refundPayment } from "../../../functions/stripe-refund-payment/operation.ts";
import { Problem } from "../../../lib/errors.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { stripeOfTheFile } from "../../steps/stripe-capability.ts";
import { timeLeft } from "../../steps/time-left.ts";

given.localAws();
given.capturedLog();
const stripe = stripeOfTheFile();

const PAID = 1000;
const SCHEDULES_AT_ONCE = 20;

interface Call {
  readonly amount: number | undefined;
  readonly reference: string | undefined;
  /** Calls with another number begin later. */
  readonly begins: number;
}

const call: fc.Arbitrary<Call> = fc.record({
  amount: fc.constantFrom(undefined, 300, 400, 600, PAID, PAID + 1),
  reference: fc.constantFrom(undefined, "A", "A", "A", "B"),
  begins: fc.nat({ max: 2 }),
});
const schedule = fc.array(call, { minLength: 2, maxLength: 5 });
const fault = fc.record({
  failure: fc.constantFrom(
    { kind: "reset_after_commit" },
    { kind: "truncate" },
    { kind: "status", status: 503 },
    { kind: "status", status: 429 },
  ),
  match: fc.constantFrom(
    { method: "POST", path: "/v1/refunds" },
    { method: "GET", path: "/v1/refunds" },
    { method: "GET", path: "/v1/payment_intents/*" },
  ),
  times: fc.integer({ min: 1, max: 4 }),
});
const batch = fc.record({
  schedules: fc.array(schedule, { minLength: SCHEDULES_AT_ONCE, maxLength: SCHEDULES_AT_ONCE }),
  faults: fc.array(fault, { maxLength: 6 }),
});

type Outcome = Awaited<ReturnType<typeof refundPayment>> | Problem;

/** Calls as a caller should: again with the same key while the problem is retryable. */
async function untilAnswered(paymentIntentId: string, { amount, reference }: Call): Promise<Outcome> {
  const idempotencyKey = randomUUID();
  const inputs = { paymentIntentId, ...(amount && { amount }), ...(reference && { reference }) };
  for (let tries = 0; tries < 40; tries++) {
    const context = {
      ...timeLeft(20_000),
      requestId: "request",
      principal: { id: "tester", roles: [] },
      idempotencyKey,
      noteVendorRequest: () => undefined,
    };
    try {
      return await refundPayment(inputs, context);
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown;
      if (!thrown.retryable) return thrown;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error("Forty tries did not succeed");
}

async function play(calls: readonly Call[]) {
  const { id } = await stripe.api.paymentIntents.create({ amount: PAID, currency: "usd" });
  await stripe.pay(id);
  const outcomes = await Promise.all(
    calls.map(async (one) => {
      await new Promise((resolve) => setTimeout(resolve, one.begins * 15));
      return { ...one, outcome: await untilAnswered(id, one) };
    }),
  );
  return { id, outcomes };
}

async function check({ id, outcomes }: Awaited<ReturnType<typeof play>>): Promise<void> {
  const { data: refunds } = await stripe.api.refunds.list({ payment_intent: id });
  expect(refunds.reduce((sum, { amount }) => sum + amount, 0)).toBeLessThanOrEqual(PAID);
  for (const reference of ["A", "B"]) {
    const atStripe = refunds.filter(({ metadata }) => metadata?.reference === reference);
    expect(atStripe.length).toBeLessThanOrEqual(1);
    const answers = outcomes.filter((one) => one.reference === reference);
    for (const { amount, outcome } of answers) {
      if (outcome instanceof Problem) {
        expect(["CONFLICT", "VALIDATION_FAILED"]).toContain(outcome.code);
        continue;
      }
      expect([outcome.refundId, outcome.amount]).toEqual([atStripe[0]?.id, atStripe[0]?.amount]);
      expect(amount ?? outcome.amount).toBe(outcome.amount);
    }
    // A refund at Stripe is somebody's: nobody is told that it was not made.
    const isReported = answers.some(({ outcome }) => !(outcome instanceof Problem));
    expect(atStripe.length === 1).toBe(isReported);
  }
  const reported = new Set(
    outcomes.flatMap(({ outcome }) => (outcome instanceof Problem ? [] : [outcome.refundId])),
  );
  expect(reported).toEqual(new Set(refunds.map((refund) => refund.id)));
}

it("any schedules of two to five simultaneous refunds: one refund for each reference, and never more than was paid", async () => {
  await fc.assert(
    fc.asyncProperty(batch, async ({ schedules, faults }) => {
      await stripe.takeBackFaults();
      await stripe.orderFaults(faults.map(({ failure, ...rest }) => ({ ...failure, ...rest })));
      const played = await Promise.all(schedules.map(play));
      // The faults are for refunds, not for what this test reads.
      await stripe.takeBackFaults();
      await Promise.all(played.map(check));
    }),
    { numRuns: tries({ sample: 2, whole: 10 }), endOnFailure: true },
  );
});
