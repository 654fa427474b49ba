/** A model of an account at Stripe, in which money moves as it does there: for properties of what reads its objects. */
import type { StripeObject } from "../../lib/events/stripe-event.ts";

/** What it holds, and the states that its objects had, oldest first. */
export class Account {
  readonly objects = new Map<string, StripeObject>();
  readonly states: StripeObject[] = [];
  /** The balance, and what was ever asked for by invoices. */
  cash = 0;
  billed = 0;

  put(object: StripeObject): void {
    this.objects.set(object.id, object);
    this.states.push(object);
  }

  of(kind: string, accept: (object: StripeObject) => boolean): StripeObject[] {
    return [...this.objects.values()].filter((object) => object.object === kind && accept(object));
  }
}

/** `amount`: in cents; a refund, a dispute or a credit note takes at most this much. */
export type Move = (account: Account, amount: number, customer: string, pick: number) => void;

export const nth = <Item>(items: readonly Item[], pick: number) => items[pick % Math.max(1, items.length)];
const idIn = (account: Account, prefix: string) => `${prefix}_${account.states.length}`;

/** `authorized`: of which `amount` is captured. */
function pay(account: Account, amount: number, customer: string, authorized = amount): string {
  const id = idIn(account, "pi");
  const intent = { id, object: "payment_intent", currency: "usd", customer, amount: authorized };
  account.put({ ...intent, status: "requires_payment_method", amount_received: 0 });
  account.put({ ...intent, status: "succeeded", amount_received: amount });
  account.cash += amount;
  return id;
}

/** What the refunds and the disputes of a payment that were not undone have taken. */
const takenBack = (account: Account, intent: string) =>
  [...account.objects.values()]
    .filter((object) => object.payment_intent === intent)
    .filter(({ status }) => status !== "failed" && status !== "won")
    .reduce((sum, object) => sum + Number(object.amount), 0);

function takeBack(account: Account, kind: "refund" | "dispute", limit: number, pick: number): void {
  const intent = nth(
    account.of("payment_intent", (one) => one.status === "succeeded"),
    pick,
  );
  const amount = Math.min(limit, Number(intent?.amount_received ?? 0) - takenBack(account, intent?.id ?? ""));
  if (intent === undefined || amount <= 0) return;
  const status = kind === "refund" ? "succeeded" : "needs_response";
  account.put({
    ...{ id: idIn(account, kind), object: kind, status, amount, currency: "usd" },
    payment_intent: intent.id,
  });
  account.cash -= amount;
}

function giveBack(
  account: Account,
  kind: "refund" | "dispute",
  from: string,
  to: string,
  pick: number,
): void {
  const found = nth(
    account.of(kind, ({ status }) => status === from),
    pick,
  );
  if (found === undefined) return;
  account.put({ ...found, status: to });
  if (to !== "lost") account.cash += Number(found.amount);
}

const openInvoice = (account: Account, pick: number) =>
  nth(
    account.of("invoice", ({ status }) => status === "open"),
    pick,
  );

/** What can happen in the account: each does nothing where it cannot happen. `pick` chooses the object. */
export const MOVES: Readonly<Record<string, Move>> = {
  pay: (account, amount, customer) => {
    account.billed += amount;
    pay(account, amount, customer);
  },
  capturePart: (account, amount, customer, pick) => {
    account.billed += amount;
    pay(account, amount, customer, amount + (pick % 1000));
  },
  decline: (account, amount, customer) =>
    account.put({
      ...{ id: idIn(account, "pi"), object: "payment_intent", currency: "usd", customer, amount },
      ...{ status: "requires_payment_method", amount_received: 0 },
    }),
  refund: (account, amount, _customer, pick) => takeBack(account, "refund", amount, pick),
  failRefund: (account, _amount, _customer, pick) => giveBack(account, "refund", "succeeded", "failed", pick),
  dispute: (account, amount, _customer, pick) => takeBack(account, "dispute", amount, pick),
  win: (account, _amount, _customer, pick) => giveBack(account, "dispute", "needs_response", "won", pick),
  lose: (account, _amount, _customer, pick) => giveBack(account, "dispute", "needs_response", "lost", pick),
  invoice: (account, amount, customer) => {
    account.billed += amount;
    const invoice = { id: idIn(account, "in"), object: "invoice", currency: "usd", customer };
    account.put({ ...invoice, status: "open", amount_due: amount, amount_remaining: amount });
  },
  credit: (account, limit, _customer, pick) => {
    const invoice = openInvoice(account, pick);
    const due = Number(invoice?.amount_due ?? 0);
    if (invoice === undefined || limit >= due) return;
    account.put({
      ...{ id: idIn(account, "cn"), object: "credit_note", status: "issued", total: limit, currency: "usd" },
      ...{ customer: invoice.customer, invoice: invoice.id },
    });
    account.put({ ...invoice, amount_due: due - limit, amount_remaining: due - limit });
  },
  payInvoice: (account, _amount, _customer, pick) => {
    const invoice = openInvoice(account, pick);
    if (invoice === undefined) return;
    pay(account, Number(invoice.amount_due), String(invoice.customer));
    account.put({ ...invoice, status: "paid", amount_remaining: 0 });
  },
  voidInvoice: (account, _amount, _customer, pick) => {
    const invoice = openInvoice(account, pick);
    if (invoice === undefined) return;
    account.billed -= Number(invoice.amount_due);
    account.put({ ...invoice, status: "void", amount_remaining: 0 });
  },
};
