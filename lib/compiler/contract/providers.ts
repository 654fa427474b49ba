/** The services that a capability can run on: those that the product has an adapter for. */
export const PROVIDERS = ["stripe", "ses"] as const;
export type Provider = (typeof PROVIDERS)[number];
