import { accountEndpoints } from "./account.ts";
import { balanceEndpoints } from "./balance.ts";
import { cashBalanceEndpoints } from "./cash-balances.ts";
import { chargeEndpoints } from "./charges.ts";
import { checkoutSessionEndpoints } from "./checkout-sessions.ts";
import { couponEndpoints } from "./coupons.ts";
import { creditNoteEndpoints } from "./credit-notes.ts";
import { customerBalanceTransactionEndpoints } from "./customer-balance-transactions.ts";
import { customerDiscountEndpoints } from "./customer-discounts.ts";
import { customerSourceEndpoints } from "./customer-sources.ts";
import { customerEndpoints } from "./customers.ts";
import { disputeEndpoints } from "./disputes.ts";
import { earlyFraudWarningEndpoints } from "./early-fraud-warnings.ts";
import type { Endpoint } from "./endpoint.ts";
import { entitlementEndpoints } from "./entitlements.ts";
import { eventEndpoints } from "./events.ts";
import { invoiceItemEndpoints } from "./invoice-items.ts";
import { invoicePaymentEndpoints } from "./invoice-payments.ts";
import { invoiceEndpoints } from "./invoices.ts";
import { mandateEndpoints } from "./mandates.ts";
import { meterEndpoints } from "./meters.ts";
import { paymentIntentEndpoints } from "./payment-intents.ts";
import { paymentLinkEndpoints } from "./payment-links.ts";
import { paymentMethodEndpoints } from "./payment-methods.ts";
import { payoutEndpoints } from "./payouts.ts";
import { planEndpoints } from "./plans.ts";
import { portalEndpoints } from "./portal.ts";
import { priceEndpoints } from "./prices.ts";
import { productFeatureEndpoints } from "./product-features.ts";
import { productEndpoints } from "./products.ts";
import { promotionCodeEndpoints } from "./promotion-codes.ts";
import { quoteEndpoints } from "./quotes.ts";
import { refundEndpoints } from "./refunds.ts";
import { setupAttemptEndpoints } from "./setup-attempts.ts";
import { setupIntentEndpoints } from "./setup-intents.ts";
import { subscriptionItemEndpoints } from "./subscription-items.ts";
import { subscriptionScheduleEndpoints } from "./subscription-schedules.ts";
import { subscriptionEndpoints } from "./subscriptions.ts";
import { taxIdEndpoints } from "./tax-ids.ts";
import { taxRateEndpoints } from "./tax-rates.ts";
import { testClockEndpoints } from "./test-clocks.ts";
import { tokenEndpoints } from "./tokens.ts";
import { webhookEndpointEndpoints } from "./webhook-endpoints.ts";

/** Every endpoint under `/v1` and `/v2`. The first one that matches a request serves it. */
export const endpoints: readonly Endpoint[] = [
  ...accountEndpoints,
  ...balanceEndpoints,
  ...cashBalanceEndpoints,
  ...chargeEndpoints,
  ...checkoutSessionEndpoints,
  ...customerEndpoints,
  ...customerSourceEndpoints,
  ...disputeEndpoints,
  ...earlyFraudWarningEndpoints,
  ...entitlementEndpoints,
  ...eventEndpoints,
  ...invoiceEndpoints,
  ...invoiceItemEndpoints,
  ...invoicePaymentEndpoints,
  ...mandateEndpoints,
  ...meterEndpoints,
  ...paymentIntentEndpoints,
  ...paymentLinkEndpoints,
  ...paymentMethodEndpoints,
  ...payoutEndpoints,
  ...planEndpoints,
  ...portalEndpoints,
  ...priceEndpoints,
  ...productFeatureEndpoints,
  ...productEndpoints,
  ...quoteEndpoints,
  ...refundEndpoints,
  ...setupAttemptEndpoints,
  ...setupIntentEndpoints,
  ...subscriptionItemEndpoints,
  ...subscriptionEndpoints,
  ...couponEndpoints,
  ...creditNoteEndpoints,
  ...customerBalanceTransactionEndpoints,
  ...customerDiscountEndpoints,
  ...promotionCodeEndpoints,
  ...taxIdEndpoints,
  ...taxRateEndpoints,
  ...tokenEndpoints,
  ...subscriptionScheduleEndpoints,
  ...testClockEndpoints,
  ...webhookEndpointEndpoints,
];
