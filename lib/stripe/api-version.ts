/** The only version of Stripe's API whose shapes this product reads. It sends its calls, and makes its webhook endpoint, in it. */
export const STRIPE_API_VERSION = "2026-10-28.endive";
