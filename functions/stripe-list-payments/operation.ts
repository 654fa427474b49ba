/** Lists the payments of a customer, each with the invoice and the subscription that it belongs to. */
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-list-payments.ts";
import type { Operation } from "../../lib/capability/capability.ts";
import { present } from "../../lib/present.ts";
import { invoicesOfCustomer } from "../../lib/stripe/invoice-of-payment.ts";
import { paymentOutputs } from "../../lib/stripe/payment-outputs.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import type { ParametersOf } from "../../lib/stripe/stripe-parameters.ts";

const parameters: ParametersOf<Inputs> = { customerId: "customer", limit: "limit", after: "starting_after" };

export const listPayments: Operation<Inputs, Outputs> = async ({ customerId, limit, after }, context) => {
  const page = await withStripe(context, parameters, (stripe, options) =>
    stripe.paymentIntents.list(
      {
        customer: customerId,
        limit,
        expand: ["data.latest_charge"],
        ...present({ starting_after: after }),
      },
      options,
    ),
  );
  const invoices = page.data.length === 0 ? undefined : await invoicesOfCustomer(customerId, context);
  return {
    items: page.data.map((intent) => paymentOutputs(intent, invoices?.get(intent.id))),
    ...present({ next: page.has_more ? page.data.at(-1)?.id : undefined }),
  };
};
