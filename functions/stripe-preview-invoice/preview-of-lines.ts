/**
 * Previews an invoice with nothing but these lines. A preview for the customer itself would be that of the customer's next renewal,
 * and have its pending items, which stripe-create-invoice leaves out. So Stripe gets what of the customer changes the totals.
 */
import { randomUUID } from "node:crypto";
import type Stripe from "stripe";
import type { Inputs } from "../../generated/capabilities/stripe-preview-invoice.ts";
import type { OperationContext } from "../../lib/capability/capability.ts";
import { invalidField } from "../../lib/errors.ts";
import { lineParameters, stripeLine } from "../../lib/invoices/invoice-lines.ts";
import { readStripe, withStripe } from "../../lib/stripe/stripe-client.ts";
import { idOf } from "../../lib/stripe/stripe-fields.ts";
import { promotionCodeId } from "../../lib/subscriptions/promotion-code.ts";
import { type Fields, fieldOf, textOf } from "../../lib/untrusted.ts";
import { DEFAULT_CURRENCY } from "./default-currency.ts";

export async function previewOfLines(
  { customerId = "", lines = [], currency = DEFAULT_CURRENCY, promotionCode }: Inputs,
  context: OperationContext,
): Promise<Stripe.Invoice> {
  const customer = await readStripe(`/v1/customers/${customerId}`, context);
  if (customer === undefined || customer.deleted === true)
    throw invalidField("customerId", "does not exist at Stripe");
  const coupon =
    promotionCode === undefined
      ? couponOf(customer.discount)
      : await couponOfCode(promotionCode, customerId, context);
  const parameters = {
    currency: "currency",
    [promotionCode === undefined ? "customerId" : "promotionCode"]: ["discounts[0][coupon]", "discounts[0]"],
    ...Object.assign({}, ...lines.map((_, index) => lineParameters(index, `invoice_items[${index}]`))),
  };
  return withStripe(context, parameters, (stripe, options) =>
    stripe.invoices.createPreview(
      {
        currency,
        customer_details: { tax_exempt: textOf(customer.tax_exempt) ?? "none" },
        invoice_items: lines.map((line) => ({ currency, ...stripeLine(line) })),
        ...(coupon === undefined ? {} : { discounts: [{ coupon }] }),
      },
      // Under the call's own key, Stripe would repeat an earlier preview.
      { ...options, idempotencyKey: randomUUID() },
    ),
  );
}

/** A promotion code can belong to one customer, so it is its coupon that is previewed. */
async function couponOfCode(
  code: string,
  customerId: string,
  context: OperationContext,
): Promise<string | undefined> {
  const id = await promotionCodeId(code, customerId, context);
  const found: Fields = (await readStripe(`/v1/promotion_codes/${id}`, context)) ?? {};
  return idOf(fieldOf(found.promotion, "coupon"));
}

/** The coupon of a discount that a customer has. */
const couponOf = (discount: unknown): string | undefined => idOf(fieldOf(discount, "source", "coupon"));
