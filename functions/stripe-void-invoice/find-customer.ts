import type { Inputs } from "../../generated/capabilities/stripe-void-invoice.ts";
import type { FindCustomer } from "../../lib/capability/capability.ts";
import { customerOfObject } from "../../lib/stripe/customer-of-object.ts";

export const findCustomer: FindCustomer<Inputs> = ({ invoiceId }, context) =>
  customerOfObject("invoices", invoiceId, "invoiceId", context);
