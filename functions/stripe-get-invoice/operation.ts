/** Returns an invoice as it is at Stripe now. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-get-invoice.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { INVOICE_IN_ADDRESS } from "../../lib/invoices/invoice-address.ts";
import { INVOICE_PAYMENTS, invoiceOutputs } from "../../lib/invoices/invoice-outputs.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { invoiceId: INVOICE_IN_ADDRESS };

export const getInvoice: Operation<Inputs, Outputs> = async ({ invoiceId }, context) =>
  invoiceOutputs(
    await withStripe(context, parameters, (stripe, options) =>
      stripe.invoices.retrieve(invoiceId, { expand: [INVOICE_PAYMENTS] }, options),
    ),
  );
