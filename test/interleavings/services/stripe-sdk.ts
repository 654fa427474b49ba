/** The entry of a bundle that contains nothing but Stripe's SDK. */
export { default as Stripe } from "stripe";
