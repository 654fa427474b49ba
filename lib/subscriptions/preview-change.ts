/** Asks Stripe what a change of a subscription charges, now and with the next invoice. Nothing is changed. */
import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import type { OperationContext } from "../capability/capability.ts";
import { withStripe } from "../stripe/stripe-client.ts";
import type { StripeParameters } from "../stripe/stripe-parameters.ts";
import { fieldOf } from "../untrusted.ts";
import type { Charge } from "./quote.ts";
import { type ChangedItem, type Proration, prorationBehavior } from "./subscription-change.ts";

export interface Preview {
  readonly charge: Charge;
  /** Of the invoice at once, or of the next one if there is none at once. */
  readonly lines: readonly { readonly description: string; readonly amount: number }[];
  /** Unix seconds. */
  readonly nextInvoiceAt: number;
  /** Of the next invoice; undefined if there is one at once, as Stripe previews only one of them. */
  readonly nextTotal: number | undefined;
}

export interface PreviewRequest {
  readonly subscription: Stripe.Subscription;
  readonly item: ChangedItem;
  readonly proration: Proration;
  /** Unix seconds. */
  readonly prorationDate: number;
}

/** Which of the caller's fields a request for a preview is made of. */
const PREVIEW_PARAMETERS: StripeParameters = {
  subscriptionId: "subscription",
  priceId: "subscription_details[items][0][price]",
  quantity: "subscription_details[items][0][quantity]",
};

/** The charge of the change at once: 0 if it is billed later. Throws the problems of `withStripe`. */
export async function previewChange(request: PreviewRequest, context: OperationContext): Promise<Preview> {
  const { subscription } = request;
  const { currency } = subscription;
  const invoice = await previewed(request, "next", context);
  if (invoice === undefined) {
    const charge = { isInvoiced: false, amountDue: 0, total: 0, currency };
    return { charge, lines: [], nextInvoiceAt: endOf(subscription), nextTotal: 0 };
  }
  // The next invoice is created when the period ends; only an invoice of the change comes before that.
  const isInvoiced = invoice.created < endOf(subscription);
  const lines = invoice.lines.data.map(({ description, amount }) => ({
    description: description ?? "",
    amount,
  }));
  if (!isInvoiced) {
    const charge = { isInvoiced, amountDue: 0, total: 0, currency };
    return { charge, lines, nextInvoiceAt: invoice.created, nextTotal: invoice.total };
  }
  const { amount_due: amountDue, total } = invoice;
  const nextInvoiceAt = Math.max(...invoice.lines.data.map(({ period }) => period.end));
  return { charge: { isInvoiced, amountDue, total, currency }, lines, nextInvoiceAt, nextTotal: undefined };
}

/** The total of the invoice of a whole period after the change, without prorations. */
export async function totalOfPeriod(request: PreviewRequest, context: OperationContext): Promise<number> {
  return (await previewed(request, "recurring", context))?.total ?? 0;
}

/** Undefined if there is no invoice: the subscription ends with its period. */
async function previewed(
  { subscription, item, proration, prorationDate }: PreviewRequest,
  mode: "next" | "recurring",
  context: OperationContext,
): Promise<Stripe.Invoice | undefined> {
  const { invoice } = await withStripe(context, PREVIEW_PARAMETERS, async (stripe, options) => {
    try {
      const found = await stripe.invoices.createPreview(
        {
          subscription: subscription.id,
          subscription_details: {
            items: [{ ...item }],
            proration_behavior: prorationBehavior(proration),
            ...(proration === "none" ? {} : { proration_date: prorationDate }),
          },
          preview_mode: mode,
        },
        // Under the call's own key, Stripe would repeat an earlier preview.
        { ...options, idempotencyKey: randomUUID() },
      );
      return { invoice: found, lastResponse: found.lastResponse };
    } catch (thrown) {
      if (fieldOf(thrown, "code") === "invoice_upcoming_none") return { invoice: undefined };
      throw thrown;
    }
  });
  return invoice;
}

/** When the current period ends, or the subscription does, if that is earlier. */
function endOf({ items, cancel_at: cancelAt }: Stripe.Subscription): number {
  return Math.min(...items.data.map((item) => item.current_period_end), cancelAt ?? Number.POSITIVE_INFINITY);
}

/** From when on a change counts for prorations: now, or the nearest moment of the current period. In Unix seconds. */
export function prorationDateIn({ items }: Stripe.Subscription, now: Date): number {
  const seconds = Math.floor(now.getTime() / 1000);
  const start = Math.max(...items.data.map((item) => item.current_period_start));
  const end = Math.min(...items.data.map((item) => item.current_period_end));
  return Math.max(start, Math.min(seconds, end));
}
