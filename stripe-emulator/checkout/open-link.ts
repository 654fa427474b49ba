import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { orderOf } from "./order.ts";

/** The checkout session of somebody who opens a payment link. Throws a 400 when the link is not active. */
export function openLink(
  context: Context,
  link: Stripe.PaymentLink,
  given: { clientReferenceId?: string; email?: string },
): Stripe.Checkout.Session {
  const { store } = context;
  const { completed_sessions: completed } = link.restrictions ?? {};
  const isUsedUp = completed !== undefined && completedSessions(context, link.id) >= completed.limit;
  if (!link.active || isUsedUp)
    throw invalidRequest(link.inactive_message ?? "This link is no longer active.");
  const { lineItems, data } = orderOf(context, link.id);
  const recurring = lineItems.some(({ price }) => price?.recurring);
  const redirect = link.after_completion.redirect?.url;
  const id = apiRequest(context, "POST", "/v1/checkout/sessions", {
    ...data.session,
    mode: recurring ? "subscription" : "payment",
    line_items: lineItems.map(({ price, quantity }) => ({ price: price?.id ?? "", quantity: quantity ?? 1 })),
    ...(recurring ? { subscription_data: data.subscription } : { payment_intent_data: data.payment }),
    metadata: { ...link.metadata },
    success_url: redirect ?? link.url,
    ...present({ client_reference_id: given.clientReferenceId, customer_email: given.email }),
  });
  return store.patch("checkout.session", store.get("checkout.session", id), {
    payment_link: link.id,
    ...(redirect === undefined ? { success_url: null } : {}),
  });
}

/** How many sessions of the link were completed. */
export function completedSessions({ store }: Context, link: string): number {
  return store
    .all("checkout.session")
    .filter(({ payment_link: from, status }) => from === link && status === "complete").length;
}
