import type { Inputs } from "../../generated/capabilities/stripe-preview-invoice.ts";
import { invalidField } from "../../lib/errors.ts";
import { checkLines } from "../../lib/invoices/invoice-lines.ts";
import { DEFAULT_CURRENCY } from "./default-currency.ts";

/** Throws VALIDATION_FAILED for anything but a subscription alone, or a customer with lines that can be an invoice. */
export function checkInputs({ subscriptionId, ...others }: Inputs): void {
  if (subscriptionId !== undefined) {
    const [extra] = Object.entries(others).find(([, value]) => value !== undefined) ?? [];
    if (extra !== undefined)
      throw invalidField(extra, "goes with lines; leave it out with subscriptionId, which has its own");
    return;
  }
  const { customerId, lines, currency = DEFAULT_CURRENCY, promotionCode } = others;
  if (customerId === undefined)
    throw invalidField("subscriptionId", "is required, unless you send customerId with lines");
  if (lines === undefined) throw invalidField("lines", "are required with customerId");
  checkLines(lines, currency);
  if (promotionCode?.trim() === "")
    throw invalidField("promotionCode", "must not be blank; leave it out for no other discount");
}
