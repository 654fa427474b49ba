/**
 * The open sessions in which a customer could subscribe to the same products: only the newest one stays open, so that the payer
 * cannot subscribe in two tabs.
 */
import type Stripe from "stripe";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { allOf } from "../../lib/stripe/all-pages.ts";
import { marksOn } from "../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf, listed } from "../../lib/stripe/stripe-fields.ts";
import { type Fields, fieldOf } from "../../lib/untrusted.ts";

/**
 * Ends the customer's open sessions for these products, as far as our calls have created them without allowSecond. Returns the one
 * that the call with this mark has created, which stays open.
 */
export async function endOtherSessions(
  { customerId, productIds, mark }: { customerId: string; productIds: ReadonlySet<string>; mark: string },
  context: OperationContext,
): Promise<Stripe.Checkout.Session | undefined> {
  const open = await allOf("/v1/checkout/sessions", context, {
    customer: customerId,
    status: "open",
    expand: ["data.line_items"],
  });
  const own = open.find((session) => marksOn(session).call === mark);
  for (const session of open) {
    const { call, isSecond } = marksOn(session);
    const isOurs = call !== undefined && !isSecond && session.mode === "subscription";
    if (session !== own && isOurs && isFor(productIds, session)) await end(String(session.id), context);
  }
  if (own === undefined) return undefined;
  return withStripe(context, {}, (stripe, options) =>
    stripe.checkout.sessions.retrieve(String(own.id), {}, options),
  );
}

/** Stripe lists ten lines; one with more counts as one for these products. */
function isFor(productIds: ReadonlySet<string>, session: Fields): boolean {
  const lines = session.line_items;
  return (
    fieldOf(lines, "has_more") === true ||
    listed(lines).some((line) => productIds.has(idOf(fieldOf(line, "price", "product")) ?? ""))
  );
}

async function end(sessionId: string, context: OperationContext): Promise<void> {
  try {
    await withStripe(
      context,
      {},
      (stripe, options) => stripe.checkout.sessions.expire(sessionId, {}, options),
      `expire:${sessionId}`,
    );
  } catch (thrown) {
    // It has been completed in the meantime: then its subscription is live.
    const isRefused = thrown instanceof Problem && !thrown.retryable && thrown.status < 500;
    if (!isRefused) throw thrown;
  }
}
