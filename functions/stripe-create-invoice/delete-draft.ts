import type { OperationContext } from "../../lib/capability/capability.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { isAnswered } from "../../lib/stripe/is-answered.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";

/**
 * Deletes a draft with its lines; what is gone already is ignored. The lines first: without their draft, they would wait for
 * the customer's next invoice.
 */
export async function deleteDraft(invoiceId: string, context: OperationContext): Promise<void> {
  for (const { id } of await allOf("/v1/invoiceitems", context, { invoice: invoiceId }))
    await ifItExists(
      withStripe(context, {}, (stripe, options) => stripe.invoiceItems.del(String(id), {}, options), `${id}`),
    );
  await ifItExists(
    withStripe(context, {}, (stripe, options) => stripe.invoices.del(invoiceId, {}, options), invoiceId),
  );
}

async function ifItExists(deletion: Promise<unknown>): Promise<void> {
  try {
    await deletion;
  } catch (thrown) {
    if (!isAnswered(thrown) || thrown.retryable) throw thrown;
  }
}
