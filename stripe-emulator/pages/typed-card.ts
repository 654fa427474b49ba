import { incorrectNumber } from "../payments/card-errors.ts";
import { createPaymentMethod } from "../payments/payment-method.ts";
import { passesLuhn } from "../payments/test-cards.ts";
import { present } from "../present.ts";
import type { FormFields } from "../protocol/form-encoding.ts";
import type { Context } from "../state/context.ts";

/** The id of a payment method with the card that was typed into a page; undefined if none was. Throws a 402. */
export function typedCard(context: Context, fields: FormFields): string | undefined {
  const number = textOf(fields, "card")?.replaceAll(/[\s-]/g, "");
  if (number === undefined) return undefined;
  if (!/^\d{12,19}$/.test(number) || !passesLuhn(number)) throw incorrectNumber();
  const expiryYear = new Date(context.clock.now() * 1000).getUTCFullYear() + 3;
  return createPaymentMethod(
    context,
    {
      type: "card",
      card: { number, exp_month: 12, exp_year: expiryYear, cvc: "123" },
      billing_details: { ...present({ email: textOf(fields, "email"), name: textOf(fields, "name") }) },
    },
    true,
  ).id;
}

/** A field of a form; undefined when it is empty. */
export function textOf(fields: FormFields, name: string): string | undefined {
  const value = fields.get(name);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}
