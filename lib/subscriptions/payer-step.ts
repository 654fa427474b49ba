/** What the payer of a subscription has to do next: pay its latest invoice, or save a card for the end of its trial. */
import type Stripe from "stripe";
import type { TimeLimit } from "../call-context.ts";
import { payUrl } from "../pay-link/pay-url.ts";
import { present } from "../present.ts";
import { idOf } from "../stripe/stripe-fields.ts";

/** What `payerStep` reads: to be expanded in a request for a subscription. */
export const PAYER_STEP = ["latest_invoice.confirmation_secret", "pending_setup_intent"];

export interface PayerStep {
  readonly invoiceId?: string;
  /** Both are left out if there is nothing to do. */
  readonly clientSecret?: string;
  readonly payUrl?: string;
}

/** `subscription`: with what PAYER_STEP lists. */
export async function payerStep(
  subscription: Stripe.Subscription,
  returnUrl: string | undefined,
  context: Pick<TimeLimit, "now">,
): Promise<PayerStep> {
  const clientSecret = secretOf(subscription);
  const invoiceId = idOf(subscription.latest_invoice);
  if (clientSecret === undefined) return present({ invoiceId });
  const url = await payUrl({ objectId: subscription.id, ...present({ returnUrl }) }, context);
  return present({ invoiceId, clientSecret, payUrl: url });
}

function secretOf({
  latest_invoice: invoice,
  pending_setup_intent: setup,
}: Stripe.Subscription): string | undefined {
  if (setup !== null && typeof setup === "object") return setup.client_secret ?? undefined;
  if (invoice === null || typeof invoice !== "object" || invoice.status !== "open") return undefined;
  return invoice.confirmation_secret?.client_secret;
}
