/** Credits an amount of a finalized invoice, once for each call. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-credit-note.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { INVOICE_IN_ADDRESS } from "../../lib/invoices/invoice-address.ts";
import { INVOICE_PAYMENTS, statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { present } from "../../lib/present.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { callMark, marksOf, marksOn } from "../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";
import { numberOf, textOf } from "../../lib/untrusted.ts";
import { assertCreditable } from "./assert-creditable.ts";

const parameters: ParametersOf<Inputs> = {
  invoiceId: [...INVOICE_IN_ADDRESS, "invoice"],
  amount: ["amount", "credit_amount", "refund_amount"],
  reason: "reason",
  refund: "refunds",
};

/**
 * What a credit note does depends on whether the invoice is paid, and a credit note can itself settle an invoice. So the status is
 * read first, then the credit notes: if this call has made one, in an attempt whose response was lost, it is among them.
 */
export const createCreditNote: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { invoiceId, amount, reason, refund = false } = inputs;
  const invoice = await withStripe(context, parameters, (stripe, options) =>
    stripe.invoices.retrieve(invoiceId, { expand: [INVOICE_PAYMENTS] }, options),
  );
  const mark = callMark(context.idempotencyKey);
  const made = await madeBefore(invoiceId, mark, context);
  if (made !== undefined) return made;
  assertCreditable(invoice, inputs);
  const isPaid = statusOf(invoice) === "paid";
  const note = await withStripe(
    context,
    parameters,
    (stripe, options) =>
      stripe.creditNotes.create(
        {
          invoice: invoiceId,
          amount,
          metadata: marksOf({ mark, isSecond: false }),
          ...present({ reason }),
          ...(isPaid ? { [refund ? "refund_amount" : "credit_amount"]: amount } : {}),
        },
        options,
      ),
    isPaid ? "paid" : "unpaid",
  );
  return { creditNoteId: note.id, status: String(note.status), amount: note.total };
};

async function madeBefore(
  invoice: string,
  mark: string,
  context: OperationContext,
): Promise<Outputs | undefined> {
  const notes = await allOf("/v1/credit_notes", context, { invoice });
  const own = notes.find((note) => marksOn(note).call === mark);
  if (own === undefined) return undefined;
  return {
    creditNoteId: String(own.id),
    status: textOf(own.status) ?? "issued",
    amount: numberOf(own.total) ?? 0,
  };
}
