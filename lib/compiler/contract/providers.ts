/** The services that a capability can run on: the product has an adapter for each. */
export const PROVIDERS = ["stripe", "ses", "sqs"] as const;
export type Provider = (typeof PROVIDERS)[number];
