/** The entry of the bundle with the functions that agents reach: the same handlers that are deployed. */
import { handler as decideApproval } from "../../functions/decide-approval/handler.ts";
import { handler as mcp } from "../../functions/mcp/handler.ts";
import { handler as cancelPaymentIntent } from "../../generated/handlers/stripe-cancel-payment-intent.ts";
import { handler as createPaymentIntent } from "../../generated/handlers/stripe-create-payment-intent.ts";
import { handler as getPaymentIntent } from "../../generated/handlers/stripe-get-payment-intent.ts";
import { handler as refundPayment } from "../../generated/handlers/stripe-refund-payment.ts";

export const FUNCTIONS = {
  "decide-approval": decideApproval,
  mcp,
  "stripe-cancel-payment-intent": cancelPaymentIntent,
  "stripe-create-payment-intent": createPaymentIntent,
  "stripe-get-payment-intent": getPaymentIntent,
  "stripe-refund-payment": refundPayment,
};
