/** How Stripe names the invoice in the address of a request, when it does not exist. */
export const INVOICE_IN_ADDRESS: readonly string[] = ["id", "invoice"];
