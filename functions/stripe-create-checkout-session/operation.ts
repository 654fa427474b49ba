/**
 * Creates a page of Stripe on which a customer pays, subscribes or saves a card. Without `allowSecond`, it offers no subscription
 * to a product to which the customer has a live one, and ends earlier pages that do: see docs/decisions/0066.
 */
import { createHash } from "node:crypto";
import type Stripe from "stripe";
import type { Inputs, Outputs } from "../../generated/capabilities/stripe-create-checkout-session.ts";
import type { Operation, OperationContext } from "../../lib/capability/capability.ts";
import { Problem } from "../../lib/errors.ts";
import { present } from "../../lib/present.ts";
import { callMark } from "../../lib/stripe/own-metadata.ts";
import { withStripe } from "../../lib/stripe/stripe-client.ts";
import { alreadySubscribed } from "../../lib/subscriptions/already-subscribed.ts";
import { liveSubscriptions } from "../../lib/subscriptions/live-subscriptions.ts";
import { workAlone } from "../../lib/subscriptions/work-alone.ts";
import { isoTimeOf } from "../../lib/untrusted.ts";
import { endOtherSessions } from "./open-sessions.ts";
import { orderedPrices } from "./ordered-prices.ts";
import { parametersOf, sessionRequest } from "./session-request.ts";

export const createCheckoutSession: Operation<Inputs, Outputs> = async (inputs, context) => {
  const prices = await orderedPrices(inputs, context);
  const mark = callMark(context.idempotencyKey);
  const create = () =>
    withStripe(context, parametersOf(inputs), (stripe, options) =>
      stripe.checkout.sessions.create(sessionRequest(inputs, prices, mark), options),
    );
  const productIds = new Set(prices.flatMap(({ subscribedProductId }) => subscribedProductId ?? []));
  if (productIds.size === 0 || inputs.allowSecond) return outputsOf(await create());
  const { customerId } = inputs;
  return workAlone({ id: claimId(customerId), mark }, context, async () => {
    // Sessions end first: a subscription that one of them made until then is found below.
    const own = await endOtherSessions({ customerId, productIds, mark }, context);
    if (own !== undefined) return outputsOf(own);
    await refuseSubscribed(inputs, productIds, context);
    return outputsOf(await create());
  });
};

/** A digest, because ids that callers send can have any length. */
const claimId = (customerId: string): string =>
  `checkout#${createHash("sha256").update(customerId).digest("hex")}`;

/** Throws CONFLICT for a live subscription of the customer to one of the products. */
async function refuseSubscribed(
  inputs: Inputs,
  productIds: ReadonlySet<string>,
  context: OperationContext,
): Promise<void> {
  const live = await liveSubscriptions((after) =>
    withStripe(context, parametersOf(inputs), (stripe, options) =>
      stripe.subscriptions.list(
        { customer: inputs.customerId, limit: 100, ...present({ starting_after: after }) },
        options,
      ),
    ),
  );
  const other = live.find((subscription) => subscription.productIds.some((id) => productIds.has(id)));
  if (other !== undefined) throw alreadySubscribed(other);
}

function outputsOf({ id, url, expires_at: expires }: Stripe.Checkout.Session): Outputs {
  const expiresAt = isoTimeOf(expires);
  if (url !== null && expiresAt !== undefined) return { sessionId: id, url, expiresAt };
  throw new Problem("BAD_GATEWAY", "Stripe returned a checkout session without an address or an end");
}
