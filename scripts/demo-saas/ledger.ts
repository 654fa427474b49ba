/**
 * What became of every cent: of each customer what was paid, refunded, disputed and credited, and what is open, in one place that
 * knows it. Places are compared with each other. Pure. Amounts are integers in the currency's smallest unit; currencies are never
 * added to each other.
 */

/** What a place knows of one object that has an amount; the same shape for every place. */
export interface MoneyFact {
  /** Stripe's name for the kind, such as `payment_intent`. */
  readonly objectType: string;
  readonly id: string;
  readonly status: string;
  /** Of a payment intent what was received, of an invoice what is still to be paid. */
  readonly amount: number;
  /** ISO 4217, lowercase. */
  readonly currency: string;
  readonly customerId?: string;
  /** Of a refund or a dispute: the payment, which knows the customer. */
  readonly paymentIntentId?: string;
}

/** The columns, in the order in which they are shown. */
export const COLUMNS = ["paid", "refunded", "disputed", "credited", "open"] as const;
export type Column = (typeof COLUMNS)[number];
export type Sums = Readonly<Record<Column, number>>;

export interface LedgerRow {
  readonly customerId: string;
  readonly currency: string;
  readonly sums: Sums;
}

/** Of a payment, refund or dispute whose customer is not known to the place. */
export const UNKNOWN_CUSTOMER = "unknown";

interface Rule {
  readonly column: Column;
  /** The statuses in which the amount counts. */
  readonly statuses: readonly string[];
}

/** https://docs.stripe.com/api: the statuses of each object. */
const RULES: ReadonlyMap<string, Rule> = new Map([
  ["payment_intent", { column: "paid", statuses: ["succeeded"] }],
  // A pending refund has left the account, and comes back if it fails.
  ["refund", { column: "refunded", statuses: ["pending", "succeeded"] }],
  // Stripe takes the amount when the dispute is opened, and gives it back when it is won. An inquiry takes nothing.
  ["dispute", { column: "disputed", statuses: ["needs_response", "under_review", "lost"] }],
  ["credit_note", { column: "credited", statuses: ["issued"] }],
  ["invoice", { column: "open", statuses: ["open"] }],
]);

/** The kinds of objects that the ledger is made of. */
export const MONEY_OBJECTS: ReadonlySet<string> = new Set(RULES.keys());

/** A row for each customer and currency with an amount that counts, in alphabetical order. Each object is one of the facts at most. */
export function ledgerOf(facts: readonly MoneyFact[]): readonly LedgerRow[] {
  const payments = new Map(
    facts.filter(({ objectType }) => objectType === "payment_intent").map((fact) => [fact.id, fact]),
  );
  const rows = new Map<string, LedgerRow>();
  for (const fact of facts) {
    const rule = RULES.get(fact.objectType);
    if (rule === undefined || fact.amount === 0 || !rule.statuses.includes(fact.status)) continue;
    const { currency } = fact;
    const customerId =
      fact.customerId ?? payments.get(fact.paymentIntentId ?? "")?.customerId ?? UNKNOWN_CUSTOMER;
    const row = rows.get(keyOf({ customerId, currency })) ?? { customerId, currency, sums: NOTHING };
    const sums = { ...row.sums, [rule.column]: row.sums[rule.column] + fact.amount };
    rows.set(keyOf(row), { ...row, sums });
  }
  return [...rows.values()].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

/** The sums of all customers, a row for each currency; their `customerId` is `total`. */
export function totalsOf(ledger: readonly LedgerRow[]): readonly LedgerRow[] {
  const currencies = [...new Set(ledger.map(({ currency }) => currency))].sort();
  return currencies.map((currency) => {
    const rows = ledger.filter((row) => row.currency === currency);
    const sums = Object.fromEntries(
      COLUMNS.map((column) => [column, rows.reduce((sum, row) => sum + row.sums[column], 0)]),
    );
    return { customerId: "total", currency, sums: { ...NOTHING, ...sums } };
  });
}

/** What is left of the payments: paid, and neither refunded nor disputed. */
export const keptOf = ({ paid, refunded, disputed }: Sums): number => paid - refunded - disputed;

export interface Difference {
  readonly customerId: string;
  readonly currency: string;
  readonly column: Column;
  /** What each place says, in the order of the places. */
  readonly amounts: readonly number[];
}

/** Every sum that is not the same in all ledgers; none if they are equal. A row that a ledger lacks is one of zeros. */
export function differencesBetween(ledgers: readonly (readonly LedgerRow[])[]): readonly Difference[] {
  const found = ledgers.map((ledger) => new Map(ledger.map((row) => [keyOf(row), row])));
  const rows = new Map(ledgers.flat().map((row) => [keyOf(row), row]));
  return [...rows].sort().flatMap(([key, { customerId, currency }]) =>
    COLUMNS.flatMap((column): Difference[] => {
      const amounts = found.map((ledger) => ledger.get(key)?.sums[column] ?? 0);
      return new Set(amounts).size > 1 ? [{ customerId, currency, column, amounts }] : [];
    }),
  );
}

export interface CashDifference {
  readonly currency: string;
  /** What is in the account, and what should be, in the currency's smallest unit. */
  readonly held: number;
  readonly kept: number;
}

/** The currencies in which the money in the account is not what was kept; none if every cent is there. */
export function cashDifferences(
  cash: ReadonlyMap<string, number>,
  ledger: readonly LedgerRow[],
): readonly CashDifference[] {
  const kept = new Map(totalsOf(ledger).map(({ currency, sums }) => [currency, keptOf(sums)]));
  return [...new Set([...cash.keys(), ...kept.keys()])].sort().flatMap((currency) => {
    const difference = { currency, held: cash.get(currency) ?? 0, kept: kept.get(currency) ?? 0 };
    return difference.held === difference.kept ? [] : [difference];
  });
}

const NOTHING: Sums = { paid: 0, refunded: 0, disputed: 0, credited: 0, open: 0 };

const keyOf = ({ customerId, currency }: Pick<LedgerRow, "customerId" | "currency">) =>
  `${customerId} ${currency}`;
