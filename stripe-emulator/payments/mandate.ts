import type Stripe from "stripe";
import { newId, randomText } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import { isDetailedType } from "./payment-method-fields.ts";
import { methodTypeOf } from "./payment-method-types.ts";

/** Stores the customer's permission to debit a bank account. Other methods need none: undefined. */
export function storeMandate(context: Context, method: Stripe.PaymentMethod): Stripe.Mandate | undefined {
  const { id, type } = method;
  if (!isDetailedType(type) || methodTypeOf(type).flow !== "debit") return undefined;
  return context.store.put("mandate", {
    id: newId("mandate"),
    object: "mandate",
    customer_acceptance: {
      accepted_at: context.clock.now(),
      online: { ip_address: "127.0.0.1", user_agent: "emulator" },
      type: "online",
    },
    livemode: false,
    multi_use: {},
    payment_method: id,
    payment_method_details: { type, [type]: detailsOf(type) },
    status: "active",
    type: "multi_use",
  });
}

function detailsOf(type: string): object {
  const reference = randomText(16).toUpperCase();
  switch (type) {
    case "acss_debit":
      return { interval_description: null, payment_schedule: "sporadic", transaction_type: "personal" };
    case "au_becs_debit":
      return { url: "" };
    case "bacs_debit":
      return {
        ...{ display_name: null, network_status: "accepted", reference, revocation_reason: null },
        ...{ service_user_number: null, url: "" },
      };
    case "sepa_debit":
      return { reference, url: "" };
    default:
      return {};
  }
}
