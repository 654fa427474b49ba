/** As for a new invoice. The contract cannot say so: with a subscription, no currency must be sent. */
export const DEFAULT_CURRENCY = "usd";
