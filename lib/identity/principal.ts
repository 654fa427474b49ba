/** Who calls. Comes from the authorizer (or from the run that a workflow task belongs to), never from the body. */
export interface Principal {
  readonly id: string;
  readonly roles: readonly string[];
  /** The one Stripe customer that this principal may act for; left out for a principal that acts for every customer. */
  readonly customerId?: string;
}
