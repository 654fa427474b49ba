/** Creates the draft of an invoice. Nothing is collected or sent: see stripe-finalize-invoice and stripe-send-invoice. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-invoice.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { statusOf } from "../../lib/invoices/invoice-outputs.ts";
import { promotionCodeId } from "../../lib/subscriptions/promotion-code.ts";
import { filledDraft } from "./filled-draft.ts";

export const createInvoice: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { promotionCode, customerId } = inputs;
  const codeId =
    promotionCode === undefined ? undefined : await promotionCodeId(promotionCode, customerId, context);
  const invoice = await filledDraft(inputs, codeId, context);
  const { id, total, currency } = invoice;
  return { invoiceId: id, status: statusOf(invoice), total, currency };
};
