import type { Inputs } from "../../generated/capabilities/stripe-refund-payment.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";

export const findCustomer: FindCustomer<Inputs> = ({ paymentIntentId }, context) =>
  customerOfObject("payment_intents", paymentIntentId, "paymentIntentId", context);
