/** The amounts of a payment add up, whatever happened to it and in whatever order it became known. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { recordState } from "../../../lib/events/projection.ts";
import { recordedIn } from "../../../lib/events/recorded.ts";
import { stripeReader } from "../../../lib/events/resolve-event.ts";
import { readSnapshot } from "../../../lib/events/stripe-event.ts";
import { type MoneyTable, moneyOf, partsOfPayment } from "../../../scripts/console/objects/money.ts";
import { relatedTo } from "../../../scripts/console/objects/related.ts";
import { type StripeEmulator, startStripeEmulator } from "../../../stripe-emulator/index.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { clientOf } from "../../steps/given-stripe-emulator.ts";
import { emulatorClient } from "../../steps/stripe-emulator-client.ts";

given.localAws();
given.capturedLog();

const payment = (state: Partial<ObjectState>): ObjectState => ({
  ...{ objectType: "payment_intent", status: "succeeded", final: true, amount: 5000, currency: "usd" },
  ...state,
});
const part = (objectType: string, status: string, amount: number): ObjectState => ({
  ...{ objectType, status, final: false, amount, currency: "usd", paymentIntentId: "pi_1" },
});
const NOTHING = { refunds: [], disputes: [] };
const amounts = (table: MoneyTable | undefined) =>
  Object.fromEntries(
    table?.rows.filter(({ amount }) => amount !== 0).map((row) => [row.label, row.amount]) ?? [],
  );

describe("where the money of a payment is", () => {
  it.each([
    ["paid", payment({}), NOTHING, { "Asked for": 5000, Captured: 5000, Kept: 5000 }],
    [
      "captured in part",
      payment({ amountReceived: 3000 }),
      NOTHING,
      { "Asked for": 5000, Captured: 3000, "Canceled or released": 2000, Kept: 3000 },
    ],
    [
      "reserved",
      payment({ status: "requires_capture" }),
      NOTHING,
      { "Asked for": 5000, "Authorized, not captured": 5000 },
    ],
    [
      "declined",
      payment({ status: "requires_payment_method" }),
      NOTHING,
      { "Asked for": 5000, "Open: still to be paid": 5000 },
    ],
    [
      "canceled",
      payment({ status: "canceled" }),
      NOTHING,
      { "Asked for": 5000, "Canceled or released": 5000 },
    ],
    [
      "refunded twice, once without success",
      payment({}),
      { refunds: [part("refund", "succeeded", 1000), part("refund", "failed", 700)], disputes: [] },
      { "Asked for": 5000, Captured: 5000, Kept: 4000, Refunded: 1000 },
    ],
    [
      "disputed",
      payment({}),
      { refunds: [], disputes: [part("dispute", "needs_response", 5000)] },
      { "Asked for": 5000, Captured: 5000, "Disputed, not decided": 5000 },
    ],
    [
      "a lost and a won dispute, and an inquiry",
      payment({}),
      {
        refunds: [],
        disputes: [
          part("dispute", "lost", 1000),
          part("dispute", "won", 2000),
          part("dispute", "warning_needs_response", 5000),
        ],
      },
      { "Asked for": 5000, Captured: 5000, Kept: 4000, "Lost in a dispute": 1000 },
    ],
  ])("%s", (_what, state, parts, expected) => {
    const table = moneyOf(state, parts);
    expect(amounts(table)).toEqual(expected);
    expect(table?.addsUp).toBe(true);
  });

  it("a refund that only the charge knows of is said to be missing", () => {
    const charge = { ...part("charge", "succeeded", 5000), amountRefunded: 1000 };
    const table = moneyOf(payment({}), { ...NOTHING, charge });
    expect(table).toMatchObject({ addsUp: false });
    expect(table?.check).toMatch(/charge says that \$10\.00 were refunded, the recorded refunds say \$0\.00/);
  });

  it("more refunds and disputes than were captured do not add up", () => {
    const refunds = [part("refund", "succeeded", 5000)];
    expect(moneyOf(payment({}), { refunds, disputes: [part("dispute", "lost", 5000)] })).toMatchObject({
      addsUp: false,
      check: "More was paid back and disputed than was captured.",
    });
  });

  it("for any amounts, each whole is the sum of its parts", () => {
    const money = fc.integer({ min: 0, max: 99_999_999 });
    const state = fc.record({
      amount: money,
      status: fc.constantFrom("succeeded", "canceled", "requires_capture", "requires_action", "processing"),
      taken: fc.double({ min: 0, max: 1, noNaN: true }),
      refunds: fc.array(fc.tuple(fc.constantFrom("succeeded", "pending", "failed", "canceled"), money)),
      disputes: fc.array(fc.tuple(fc.constantFrom("needs_response", "lost", "won", "warning_closed"), money)),
    });
    fc.assert(
      fc.property(state, ({ amount, status, taken, refunds, disputes }) => {
        const table = moneyOf(payment({ amount, status, amountReceived: Math.floor(amount * taken) }), {
          refunds: refunds.map(([how, of]) => part("refund", how, of)),
          disputes: disputes.map(([how, of]) => part("dispute", how, of)),
        });
        const rows = table?.rows ?? [];
        const second = rows.findLastIndex(({ isWhole }) => isWhole === true);
        for (const [whole, ...parts] of [rows.slice(0, second), rows.slice(second)])
          expect(parts.reduce((sum, row) => sum + row.amount, 0)).toBe(whole?.amount);
      }),
    );
  });
});

describe("given a payment at Stripe, and its events in any order, some of them twice", () => {
  let emulator: StripeEmulator;
  let stripe: Stripe;
  beforeAll(async () => {
    emulator = await startStripeEmulator({ port: 0 });
    stripe = clientOf(emulator);
    Object.assign(process.env, { STRIPE_API_BASE: emulator.url, STRIPE_SECRET_KEY: "sk_test_local" });
  });
  afterAll(() => emulator.close());

  it("the amounts are those at Stripe, and add up", async () => {
    const life = fc.record({
      amount: fc.integer({ min: 100, max: 90_000 }),
      card: fc.constantFrom("pm_card_visa", "pm_card_createDispute", "pm_card_chargeDeclined"),
      captured: fc.constantFrom("all", "a part", "not yet", "canceled"),
      refunds: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 3 }),
      order: fc.array(fc.nat(), { minLength: 30, maxLength: 30 }),
    });
    await fc.assert(
      fc.asyncProperty(life, async (told) => {
        const { lastEvent, eventsSince } = emulatorClient(emulator.url);
        const from = await lastEvent();
        const id = await play(told);
        const events = shuffled(await eventsSince(from), told.order);
        for (const sent of events) {
          const event = readSnapshot(sent);
          if (event !== undefined) await recordState(event, { read: reader(), now: () => new Date() });
        }
        const item = await getItem("StripeObjectsTable", { objectId: id });
        const { state } = await recordedIn(item ?? {});
        const charges = await stripe.charges.list({ payment_intent: id });
        const related = await relatedTo(
          id,
          state,
          charges.data.map((charge) => charge.id),
        );
        const table = moneyOf(state, partsOfPayment(id, state, related));
        const intent = await stripe.paymentIntents.retrieve(id);
        const shown = amounts(table);
        expect(table).toMatchObject({ addsUp: true });
        expect(shown.Captured ?? 0).toBe(intent.amount_received);
        expect(shown["Authorized, not captured"] ?? 0).toBe(intent.amount_capturable);
        const refunds = await stripe.refunds.list({ payment_intent: id });
        expect(shown.Refunded ?? 0).toBe(refunds.data.reduce((sum, refund) => sum + refund.amount, 0));
      }),
      { numRuns: tries({ sample: 8, whole: 150 }) },
    );
  });

  interface Told {
    readonly amount: number;
    readonly card: string;
    readonly captured: string;
    readonly refunds: readonly number[];
  }

  async function play({ amount, card, captured, refunds }: Told): Promise<string> {
    const { id } = await stripe.paymentIntents.create({
      amount,
      currency: "usd",
      automatic_payment_methods: { enabled: true, allow_redirects: "never" },
      capture_method: captured === "all" ? "automatic" : "manual",
    });
    await stripe.paymentIntents.confirm(id, { payment_method: card }).catch(() => undefined);
    if (captured === "a part")
      await stripe.paymentIntents
        .capture(id, { amount_to_capture: Math.ceil(amount / 2) })
        .catch(() => undefined);
    if (captured === "canceled") await stripe.paymentIntents.cancel(id).catch(() => undefined);
    // Of a payment that is disputed or not paid, Stripe refuses it.
    for (const percent of refunds)
      await stripe.refunds
        .create({ payment_intent: id, amount: Math.max(1, Math.floor((amount * percent) / 100)) })
        .catch(() => undefined);
    return id;
  }

  const reader = () =>
    stripeReader({ deadline: Date.now() + 20_000, now: () => new Date(), noteVendorRequest: () => {} });
});

/** In an order that the numbers decide, every third item twice. */
function shuffled<Item>(items: readonly Item[], numbers: readonly number[]): readonly Item[] {
  return items
    .flatMap((item, index) => (index % 3 === 0 ? [item, item] : [item]))
    .map((item, index) => ({ item, key: numbers[index % numbers.length] ?? 0 }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);
}
