/**
 * Where the money of a payment is, in two sums: what was asked for is paid, reserved, still to be paid, or released; what was
 * paid is kept, paid back, or disputed. Pure.
 */
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { formatMoney } from "../../../lib/money/format-money.ts";

export interface Related {
  readonly id: string;
  readonly state: ObjectState;
}

export interface MoneyRow {
  readonly label: string;
  /** In the smallest unit of the currency. */
  readonly amount: number;
  /** The amount as people write it. */
  readonly shown: string;
  /** Left out for a part, which belongs to the whole before it. */
  readonly isWhole?: true;
}

export interface MoneyTable {
  readonly currency: string;
  readonly rows: readonly MoneyRow[];
  /** Whether the parts of each whole add up to it, and the records agree. */
  readonly addsUp: boolean;
  /** What adds up, or what does not and what to do, as sentences. */
  readonly check: string;
}

/** Refunds that have paid back, or will. */
const PAID_BACK: ReadonlySet<string> = new Set(["succeeded", "pending", "requires_action"]);
/** Inquiries: the bank asks, and takes nothing. */
const isInquiry = (status: string) => status.startsWith("warning_");
const isOver = (status: string) => status === "won" || status === "lost";

/** What the records say about the payment; undefined for one without an amount. */
export function moneyOf(
  payment: ObjectState,
  { charge, refunds, disputes }: PartsOfPayment,
): MoneyTable | undefined {
  const { amount, currency, status } = payment;
  if (amount === undefined || currency === undefined) return undefined;
  const row = (label: string, part: number): MoneyRow => ({
    label,
    amount: part,
    shown: formatMoney({ amount: part, currency }),
  });
  const whole = (label: string, part: number): MoneyRow => ({ ...row(label, part), isWhole: true });

  const captured = status === "succeeded" ? (payment.amountReceived ?? amount) : 0;
  const reserved = status === "requires_capture" ? amount : 0;
  const released = status === "canceled" ? amount : status === "succeeded" ? amount - captured : 0;
  const open = status === "succeeded" || status === "canceled" || reserved > 0 ? 0 : amount;

  const refunded = sum(refunds, (refund) => PAID_BACK.has(refund.status));
  const disputed = sum(disputes, ({ status: at }) => !isOver(at) && !isInquiry(at));
  const lost = sum(disputes, ({ status: at }) => at === "lost");
  const kept = captured - refunded - disputed - lost;

  const toldByCharge = charge?.amountRefunded;
  // Stripe counts what was released without a capture as refunded, too.
  const isMissing = toldByCharge !== undefined && ![refunded, refunded + released].includes(toldByCharge);
  const mistakes = [
    ...(captured + reserved + released + open === amount ? [] : ["The parts are not what was asked for."]),
    ...(released < 0 ? ["More was captured than was asked for."] : []),
    ...(kept < 0 ? ["More was paid back and disputed than was captured."] : []),
    ...(isMissing
      ? [
          `The charge says that ${formatMoney({ amount: toldByCharge, currency })} were refunded, the recorded refunds say ${formatMoney({ amount: refunded, currency })}: an event is missing or on its way.`,
        ]
      : []),
  ];
  return {
    currency,
    rows: [
      whole("Asked for", amount),
      row("Captured", captured),
      row("Authorized, not captured", reserved),
      row("Open: still to be paid", open),
      row("Canceled or released", released),
      whole("Captured", captured),
      row("Kept", kept),
      row("Refunded", refunded),
      row("Disputed, not decided", disputed),
      row("Lost in a dispute", lost),
    ],
    addsUp: mistakes.length === 0,
    check:
      mistakes.length === 0
        ? "Each whole is the sum of its parts. Stripe's fees are not recorded."
        : mistakes.join(" "),
  };
}

export interface PartsOfPayment {
  /** The latest charge, if it is recorded. */
  readonly charge?: ObjectState | undefined;
  readonly refunds: readonly ObjectState[];
  readonly disputes: readonly ObjectState[];
}

/** The refunds and disputes of the payment, among everything that is related to it. */
export function partsOfPayment(
  paymentId: string,
  payment: ObjectState,
  related: readonly Related[],
): PartsOfPayment {
  const isOwn = ({ state }: Related) =>
    state.paymentIntentId === paymentId ||
    (payment.chargeId !== undefined && state.chargeId === payment.chargeId);
  const own = (type: string) =>
    related.filter((one) => one.state.objectType === type && isOwn(one)).map(({ state }) => state);
  return {
    charge: related.find(({ id }) => id === payment.chargeId)?.state,
    refunds: own("refund"),
    disputes: own("dispute"),
  };
}

/** What is still there to be refunded. */
export function refundable(table: MoneyTable | undefined): number {
  return table?.rows.find(({ label }) => label === "Kept")?.amount ?? 0;
}

function sum(states: readonly ObjectState[], counts: (state: ObjectState) => boolean): number {
  return states.filter(counts).reduce((total, { amount = 0 }) => total + amount, 0);
}
