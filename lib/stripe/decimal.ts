import Stripe from "stripe";

/** A whole number as the SDK wants amounts that may have a fraction. Its type belongs to the SDK. */
export const decimalOf = (amount: number) => Stripe.Decimal.from(amount);
