/** Every kind of event counts where it belongs, and the three places say the same of the same money, in every order. */
import { describe, expect, it } from "@jest/globals";
import * as fc from "fast-check";
import { objectState } from "../../../lib/events/object-state.ts";
import type { StripeObject } from "../../../lib/events/stripe-event.ts";
import {
  COLUMNS,
  cashDifferences,
  differencesBetween,
  keptOf,
  ledgerOf,
  type MoneyFact,
  type Sums,
  totalsOf,
} from "../../../scripts/demo-saas/ledger.ts";
import { differenceLines, ledgerTable } from "../../../scripts/demo-saas/ledger-table.ts";
import {
  factsAtStripe,
  factsInNotifications,
  factsInRecords,
} from "../../../scripts/demo-saas/money-facts.ts";
import { Account, MOVES, nth } from "../../steps/account-at-stripe.ts";
import { tries } from "../../steps/effort.ts";

const NOTHING: Sums = { paid: 0, refunded: 0, disputed: 0, credited: 0, open: 0 };

const fact = (objectType: string, status: string, fields: Partial<MoneyFact> = {}): MoneyFact => ({
  ...{ objectType, id: `${objectType}_1`, status, amount: 1000, currency: "usd", customerId: "cus_ada" },
  ...fields,
});
const sumsOf = (...facts: readonly MoneyFact[]) => ledgerOf(facts)[0]?.sums ?? NOTHING;

describe("given one object", () => {
  it.each([
    ["payment_intent", "succeeded", "paid"],
    ["refund", "succeeded", "refunded"],
    ["refund", "pending", "refunded"],
    ["dispute", "needs_response", "disputed"],
    ["dispute", "under_review", "disputed"],
    ["dispute", "lost", "disputed"],
    ["credit_note", "issued", "credited"],
    ["invoice", "open", "open"],
  ] as const)("a %s that is %s counts as %s, and as nothing else", (objectType, status, column) => {
    expect(sumsOf(fact(objectType, status))).toEqual({ ...NOTHING, [column]: 1000 });
  });

  it.each([
    ["payment_intent", "requires_payment_method"],
    ["payment_intent", "processing"],
    ["payment_intent", "canceled"],
    ["refund", "failed"],
    ["refund", "canceled"],
    ["dispute", "won"],
    ["dispute", "warning_needs_response"],
    ["dispute", "warning_closed"],
    ["credit_note", "void"],
    ["invoice", "draft"],
    ["invoice", "paid"],
    ["invoice", "void"],
    ["invoice", "uncollectible"],
    ["charge", "succeeded"],
  ])("a %s that is %s does not count", (objectType, status) => {
    expect(ledgerOf([fact(objectType, status)])).toEqual([]);
  });
});

describe("given an object at Stripe", () => {
  it.each([
    [{ object: "payment_intent", status: "succeeded", amount: 1000, amount_received: 800 }, "paid", 800],
    [{ object: "invoice", status: "open", amount_due: 1000, amount_remaining: 600 }, "open", 600],
  ] as const)("of %j, %s is %d", (object, column, amount) => {
    const [row] = ledgerOf(factsAtStripe([{ id: "one", currency: "usd", customer: "cus_ada", ...object }]));
    expect(row?.sums[column]).toBe(amount);
  });
});

describe("given objects of several customers", () => {
  const payment = fact("payment_intent", "succeeded", { id: "pi_1", amount: 5000 });
  const back = (objectType: string, status: string, fields: Partial<MoneyFact>): MoneyFact => {
    const { customerId: _none, ...rest } = fact(objectType, status, fields);
    return rest;
  };

  it("a refund and a dispute belong to the customer of their payment, in any order", () => {
    const facts = [
      back("refund", "succeeded", { id: "re_1", amount: 700, paymentIntentId: "pi_1" }),
      back("dispute", "lost", { id: "dp_1", amount: 200, paymentIntentId: "pi_1" }),
      payment,
    ];
    const row = {
      customerId: "cus_ada",
      currency: "usd",
      sums: { ...NOTHING, paid: 5000, refunded: 700, disputed: 200 },
    };
    expect(ledgerOf(facts)).toEqual([row]);
    expect(ledgerOf(facts.toReversed())).toEqual([row]);
    expect(keptOf(row.sums)).toBe(4100);
  });

  it("what belongs to nobody known is shown, and not lost", () => {
    expect(
      ledgerOf([back("refund", "succeeded", { id: "re_1", paymentIntentId: "pi_unknown" })]),
    ).toMatchObject([{ customerId: "unknown", sums: { refunded: 1000 } }]);
  });

  it("currencies are never added to each other", () => {
    const ledger = ledgerOf([
      payment,
      fact("payment_intent", "succeeded", { id: "pi_2", currency: "eur", amount: 300 }),
      fact("payment_intent", "succeeded", { id: "pi_3", customerId: "cus_alan", amount: 40 }),
    ]);
    expect(totalsOf(ledger).map(({ currency, sums }) => [currency, sums.paid])).toEqual([
      ["eur", 300],
      ["usd", 5040],
    ]);
    expect(ledger).toHaveLength(3);
  });

  it("what the places do not agree about is named with its amounts", () => {
    const [here, there] = [ledgerOf([payment]), ledgerOf([{ ...payment, amount: 4999 }])];
    expect(differencesBetween([here, here, here])).toEqual([]);
    const differences = differencesBetween([here, there, []]);
    expect(differences).toEqual([
      { customerId: "cus_ada", currency: "usd", column: "paid", amounts: [5000, 4999, 0] },
    ]);
    const places = [{ name: "Stripe" }, { name: "our records" }, { name: "notifications" }];
    expect(differenceLines(differences, places, () => "ada")).toEqual([
      "ada, paid: $50.00 in Stripe, $49.99 in our records, $0.00 in notifications",
    ]);
  });

  it("money that is in the account and not in the ledger is found, and the other way round", () => {
    const cash = new Map([
      ["eur", 1],
      ["usd", 4999],
    ]);
    expect(cashDifferences(cash, ledgerOf([payment]))).toEqual([
      { currency: "eur", held: 1, kept: 0 },
      { currency: "usd", held: 4999, kept: 5000 },
    ]);
    expect(cashDifferences(new Map(), ledgerOf([payment]))).toEqual([
      { currency: "usd", held: 0, kept: 5000 },
    ]);
  });

  it("the table has a row for each customer, and the totals of every place", () => {
    const ledger = ledgerOf([
      payment,
      fact("invoice", "open", { id: "in_1", customerId: "cus_mary", amount: 48_000 }),
    ]);
    const places = [
      { name: "Stripe", ledger },
      { name: "our records", ledger: [] },
    ];
    const names = new Map([
      ["cus_ada", "ada"],
      ["cus_mary", "mary"],
    ]);
    const lines = ledgerTable(places, (id) => names.get(id) ?? id).split("\n");
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ["customer", ...COLUMNS, "kept"],
      [expect.stringMatching(/^-+$/)],
      ["ada", "$50.00", "$0.00", "$0.00", "$0.00", "$0.00", "$50.00"],
      ["mary", "$0.00", "$0.00", "$0.00", "$0.00", "$480.00", "$0.00"],
      [expect.stringMatching(/^-+$/)],
      ["total: Stripe", "$50.00", "$0.00", "$0.00", "$0.00", "$480.00", "$50.00"],
    ]);
  });
});

const history = fc
  .array(
    fc.tuple(
      fc.constantFrom(...Object.keys(MOVES)),
      fc.integer({ min: 1, max: 100_000 }),
      fc.constantFrom("cus_ada", "cus_alan", "cus_grace"),
      fc.nat(),
    ),
    { maxLength: 40 },
  )
  .map((moves) => {
    const account = new Account();
    for (const [name, amount, customer, pick] of moves) MOVES[name]?.(account, amount, customer, pick);
    return account;
  });

const recordOf = (object: StripeObject) => ({ objectId: object.id, ...objectState(object) });

/** What an application is told of every state, with the revisions that our records count. */
function notificationsOf({ states }: Account): object[] {
  const revisions = new Map<string, number>();
  return states.map((state) => {
    const revision = (revisions.get(state.id) ?? 0) + 1;
    revisions.set(state.id, revision);
    const { objectType, ...rest } = objectState(state);
    return { object: { type: objectType, id: state.id, ...rest, revision } };
  });
}

describe("given any history of an account", () => {
  const runs = { numRuns: tries({ sample: 30, whole: 2_000 }) };

  it("Stripe, our records and the notifications say the same, however often and in whatever order these came", () => {
    const example = history.chain((account) => {
      const told = notificationsOf(account);
      const again = fc.subarray(told).chain((some) => {
        const all = [...told, ...some];
        return fc.shuffledSubarray(all, { minLength: all.length });
      });
      return fc.record({ account: fc.constant(account), told: again });
    });
    fc.assert(
      fc.property(example, ({ account, told }) => {
        const atStripe = ledgerOf(factsAtStripe([...account.objects.values()]));
        const inRecords = ledgerOf(factsInRecords([...account.objects.values()].map(recordOf)));
        expect(inRecords).toEqual(atStripe);
        expect(ledgerOf(factsInNotifications(told))).toEqual(atStripe);
        expect(differencesBetween([atStripe, inRecords])).toEqual([]);
      }),
      runs,
    );
  });

  it("no cent is lost: what was billed is paid, credited or open, and what is kept is in the account", () => {
    fc.assert(
      fc.property(history, (account) => {
        const [total] = totalsOf(ledgerOf(factsAtStripe([...account.objects.values()])));
        const sums = total?.sums ?? NOTHING;
        expect(sums.paid + sums.credited + sums.open).toBe(account.billed);
        expect(keptOf(sums)).toBe(account.cash);
        const ledger = ledgerOf(factsAtStripe([...account.objects.values()]));
        expect(cashDifferences(new Map([["usd", account.cash]]), ledger)).toEqual([]);
      }),
      runs,
    );
  });

  it("a cent that one place lacks is found", () => {
    fc.assert(
      fc.property(history, fc.nat(), (account, pick) => {
        const facts = factsAtStripe([...account.objects.values()]);
        const whole = ledgerOf(facts);
        const counted = facts.filter((one) => ledgerOf([one]).length > 0);
        const wrong = nth(counted, pick);
        if (wrong === undefined) return;
        const other = facts.map((one) => (one === wrong ? { ...one, amount: one.amount - 1 } : one));
        expect(differencesBetween([whole, ledgerOf(other)])).toHaveLength(1);
      }),
      runs,
    );
  });
});
