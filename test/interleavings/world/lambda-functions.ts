/** The entry of the bundle with the functions under test: the same handlers that are deployed, by the names of their functions. */
import { handler as checkDrift } from "../../../functions/check-drift/handler.ts";
import { handler as followUpFailedPayments } from "../../../functions/follow-up-failed-payments/handler.ts";
import { handler as onChargeEvent } from "../../../functions/on-charge-event/handler.ts";
import { handler as onCustomerEvent } from "../../../functions/on-customer-event/handler.ts";
import { handler as onInvoiceEvent } from "../../../functions/on-invoice-event/handler.ts";
import { handler as onPaymentIntentEvent } from "../../../functions/on-payment-intent-event/handler.ts";
import { handler as onSubscriptionEvent } from "../../../functions/on-subscription-event/handler.ts";
import { handler as onUnroutedEvent } from "../../../functions/on-unrouted-event/handler.ts";
import { handler as onUsageEvent } from "../../../functions/on-usage-event/handler.ts";
import { handler as reconcileEvents } from "../../../functions/reconcile-events/handler.ts";
import { handler as stripeWebhook } from "../../../functions/stripe-webhook/handler.ts";
import { handler as sendEmail } from "../../../generated/handlers/send-email.ts";
import { handler as cancelPaymentIntent } from "../../../generated/handlers/stripe-cancel-payment-intent.ts";
import { handler as cancelSubscription } from "../../../generated/handlers/stripe-cancel-subscription.ts";
import { handler as capturePaymentIntent } from "../../../generated/handlers/stripe-capture-payment-intent.ts";
import { handler as createCustomer } from "../../../generated/handlers/stripe-create-customer.ts";
import { handler as createPaymentIntent } from "../../../generated/handlers/stripe-create-payment-intent.ts";
import { handler as createSubscription } from "../../../generated/handlers/stripe-create-subscription.ts";
import { handler as recordUsage } from "../../../generated/handlers/stripe-record-usage.ts";
import { handler as refundPayment } from "../../../generated/handlers/stripe-refund-payment.ts";

export const FUNCTIONS = {
  "check-drift": checkDrift,
  "follow-up-failed-payments": followUpFailedPayments,
  "on-charge-event": onChargeEvent,
  "on-customer-event": onCustomerEvent,
  "on-invoice-event": onInvoiceEvent,
  "on-payment-intent-event": onPaymentIntentEvent,
  "on-subscription-event": onSubscriptionEvent,
  "on-unrouted-event": onUnroutedEvent,
  "on-usage-event": onUsageEvent,
  "reconcile-events": reconcileEvents,
  "send-email": sendEmail,
  "stripe-cancel-payment-intent": cancelPaymentIntent,
  "stripe-cancel-subscription": cancelSubscription,
  "stripe-capture-payment-intent": capturePaymentIntent,
  "stripe-create-customer": createCustomer,
  "stripe-create-payment-intent": createPaymentIntent,
  "stripe-create-subscription": createSubscription,
  "stripe-record-usage": recordUsage,
  "stripe-refund-payment": refundPayment,
  "stripe-webhook": stripeWebhook,
};
