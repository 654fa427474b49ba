/** How Stripe names the subscription in the address of a request, when it does not exist. */
export const SUBSCRIPTION_IN_ADDRESS: readonly string[] = ["id", "subscription", "subscription_exposed_id"];
