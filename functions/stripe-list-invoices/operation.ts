/** Lists a customer's invoices as they are at Stripe now, the newest first. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-list-invoices.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { invalidField } from "../../lib/errors.ts";
import { INVOICE_PAYMENTS, invoiceOutputs } from "../../lib/invoices/invoice-outputs.ts";
import { present } from "../../lib/present.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = {
  customerId: "customer",
  status: "status",
  limit: "limit",
  after: "starting_after",
};

export const listInvoices: Operation<Inputs, Outputs> = async (inputs, context) => {
  const { customerId, status, limit, after } = inputs;
  await checkAfter(inputs, context);
  const page = await withStripe(context, parameters, (stripe, options) =>
    stripe.invoices.list(
      {
        customer: customerId,
        limit,
        expand: [`data.${INVOICE_PAYMENTS}`],
        ...present({ status, starting_after: after }),
      },
      options,
    ),
  );
  return {
    items: page.data.map(invoiceOutputs),
    ...present({ next: page.has_more ? page.data.at(-1)?.id : undefined }),
  };
};

/** Stripe would also continue after another customer's invoice. */
async function checkAfter({ customerId, after }: Inputs, context: OperationContext): Promise<void> {
  if (after === undefined) return;
  if ((await customerOfObject("invoices", after, "after", context)) === customerId) return;
  throw invalidField("after", "must be the next of a page of this customer's invoices");
}
