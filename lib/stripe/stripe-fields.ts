/** How Stripe's objects refer to others and list them. Pure. */
import { fieldOf, listOf, textOf } from "../untrusted.ts";

/** The id of a reference, which can be expanded to the object itself. */
export function idOf(reference: unknown): string | undefined {
  return textOf(reference) || textOf(fieldOf(reference, "id")) || undefined;
}

/** Whether an object can have this id. Another text would be another address at Stripe, such as that of a list. */
export function isStripeId(id: string): boolean {
  return /^\w{1,255}$/.test(id);
}

/** The objects of a list. https://docs.stripe.com/api/pagination */
export function listed(list: unknown): readonly unknown[] {
  return listOf(fieldOf(list, "data"));
}
