/**
 * What the portal offers: a configuration at Stripe that is created with the first page, and that is changed when the account sells
 * other prices. It is found by its mark, so that it exists once.
 */
import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { callMark, portalMark, portalMarkOn } from "../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { workAlone } from "../../lib/subscriptions/work-alone.ts";
import { numberOf } from "../../lib/untrusted.ts";
import { type Offer, offerOf } from "./portal-offer.ts";

/**
 * The id of the configuration, which offers what is sold now. Throws CONFLICT at `flow` if a change is wanted and nothing is sold
 * to which a subscription could be changed.
 */
export async function portalConfiguration(
  flow: string | undefined,
  context: OperationContext,
): Promise<string> {
  const [found, offer] = await Promise.all([findOwn(context), offerOf(context)]);
  if (flow === "change" && offer.products.length === 0) {
    const message = "cannot be change: no active price is recurring";
    throw new Problem("CONFLICT", `flow ${message}`, { issues: [{ path: "flow", message }] });
  }
  if (found?.mark === offer.digest) return found.id;
  const mark = callMark(context.idempotencyKey);
  return workAlone({ id: "portal-configuration", mark }, context, async () => {
    const now = await findOwn(context);
    if (now === undefined) return create(offer, context);
    return now.mark === offer.digest ? now.id : change(now.id, offer, context);
  });
}

interface Found {
  readonly id: string;
  readonly mark: string;
}

/** The oldest one: everyone must choose the same. */
async function findOwn(context: OperationContext): Promise<Found | undefined> {
  const all = await allOf("/v1/billing_portal/configurations", context, { active: true });
  const own = all.flatMap((object) => {
    const mark = portalMarkOn(object);
    return mark === undefined
      ? []
      : [{ id: String(object.id), mark, created: numberOf(object.created) ?? 0 }];
  });
  return own.toSorted((a, b) => a.created - b.created || (a.id < b.id ? -1 : 1))[0];
}

async function create(offer: Offer, context: OperationContext): Promise<string> {
  const { id } = await withStripe(
    context,
    {},
    (stripe, options) =>
      stripe.billingPortal.configurations.create(
        {
          name: "contractspec-stripe",
          features: {
            invoice_history: { enabled: true },
            payment_method_update: { enabled: true },
            // Names and mail addresses are the application's own.
            customer_update: { enabled: true, allowed_updates: ["address", "tax_id"] },
            subscription_cancel: { enabled: true, mode: "at_period_end" },
            subscription_update: changesTo(offer),
          },
          metadata: portalMark(offer.digest),
        },
        options,
      ),
    "configure",
  );
  return id;
}

/** Changes nothing else, so that what an operator has changed in the dashboard stays. */
async function change(id: string, offer: Offer, context: OperationContext): Promise<string> {
  await withStripe(
    context,
    {},
    (stripe, options) =>
      stripe.billingPortal.configurations.update(
        id,
        { features: { subscription_update: changesTo(offer) }, metadata: portalMark(offer.digest) },
        options,
      ),
    "configure",
  );
  return id;
}

/** A change is charged at once, as by stripe-change-subscription. Stripe refuses a choice of nothing. */
function changesTo({
  products,
}: Offer): Stripe.BillingPortal.ConfigurationCreateParams.Features.SubscriptionUpdate {
  if (products.length === 0) return { enabled: false };
  return {
    enabled: true,
    default_allowed_updates: ["price", "promotion_code"],
    proration_behavior: "always_invoice",
    products: [...products],
  };
}
