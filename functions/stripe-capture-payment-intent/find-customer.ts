import type { Inputs } from "../../generated/capabilities/stripe-capture-payment-intent.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";

export const findCustomer: FindCustomer<Inputs> = ({ paymentIntentId }, context) =>
  customerOfObject("payment_intents", paymentIntentId, "paymentIntentId", context);
