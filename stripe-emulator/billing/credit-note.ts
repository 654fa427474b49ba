/** Credit notes: what they take off an invoice that is open, or pay back of one that was paid. */
import type Stripe from "stripe";
import { cancelIntent } from "../payments/cancel-intent.ts";
import { changeInvoice, markPaid } from "../payments/settle-invoice.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { intentOf } from "./collect-invoice.ts";
import { changeBalance } from "./customer-balance.ts";

/**
 * Stores a credit note and takes what it credits before the payment off its invoice: `credit_note.created`,
 * `invoice.updated`. An invoice with nothing left to pay is paid.
 */
export function issueCreditNote(
  context: Context,
  note: Stripe.CreditNote,
  creditAmount: number,
): Stripe.CreditNote {
  const { store } = context;
  const invoice = store.get("invoice", String(note.invoice));
  const stored = store.put("credit_note", note);
  const credited =
    creditAmount === 0
      ? stored
      : store.patch("credit_note", stored, {
          customer_balance_transaction: changeBalance(context, String(note.customer), -creditAmount, {
            credit_note: note.id,
            currency: note.currency,
            invoice: invoice.id,
            type: "credit_note",
          }).id,
        });
  context.emit("credit_note.created", credited);
  changeByCreditNote(context, invoice, note, 1);
  return credited;
}

/** Takes a credit note of an open invoice back: `credit_note.voided`, `invoice.updated`. */
export function voidCreditNote(context: Context, note: Stripe.CreditNote): Stripe.CreditNote {
  const voided = context.store.patch("credit_note", note, {
    status: "void",
    voided_at: context.clock.now(),
  });
  context.emit("credit_note.voided", voided);
  changeByCreditNote(context, context.store.get("invoice", String(note.invoice)), note, -1);
  return voided;
}

function changeByCreditNote(
  context: Context,
  invoice: Stripe.Invoice,
  note: Stripe.CreditNote,
  sign: 1 | -1,
): void {
  const { store } = context;
  const before = sign * note.pre_payment_amount;
  const changes: Partial<Stripe.Invoice> = {
    amount_due: invoice.amount_due - before,
    amount_remaining: invoice.amount_remaining - before,
    pre_payment_credit_notes_amount: invoice.pre_payment_credit_notes_amount + before,
    post_payment_credit_notes_amount:
      invoice.post_payment_credit_notes_amount + sign * note.post_payment_amount,
  };
  const intent = intentOf(context, invoice.id);
  const left = invoice.amount_remaining - before;
  if (before !== 0 && intent !== undefined && left > 0)
    store.patch("payment_intent", intent, { amount: left });
  if (before === 0 || left > 0) {
    changeInvoice(context, invoice, changes);
    return;
  }
  if (intent !== undefined) cancelIntent(context, intent, "automatic");
  const paid = markPaid(context, store.patch("invoice", invoice, changes), 0);
  context.emit("invoice.updated", paid, previousAttributes(invoice, paid));
  context.emit("invoice.paid", paid);
}
