/** What is recorded of an object, in words. Pure. */
import type { ObjectState } from "../../../lib/events/object-state.ts";

export interface Fact {
  readonly name: string;
  readonly value: string;
  /** The id that the value is, if it has a page. */
  readonly id?: string;
}

/** In the order in which they are read; what is in the table of amounts is left out. */
export function factsOf(state: ObjectState): readonly Fact[] {
  const linked = (name: string, id: string | undefined): Fact[] =>
    id === undefined ? [] : [{ name, value: id, id }];
  const said = (name: string, value: string | number | undefined): Fact[] =>
    value === undefined ? [] : [{ name, value: String(value) }];
  const dated = (name: string, time: string | undefined) =>
    said(name, time === undefined ? undefined : `${time.slice(0, 16).replace("T", " ")} UTC`);
  return [
    ...said("Decline code", state.declineCode),
    ...said("Reason", state.reason),
    ...(state.objectType === "customer" ? [] : linked("Customer", state.customerId)),
    ...linked("Payment", state.paymentIntentId),
    ...linked("Invoice", state.invoiceId),
    ...linked("Subscription", state.subscriptionId),
    ...said("Attempts to collect it", state.attemptCount),
    ...(state.items ?? []).map(({ priceId, productId, quantity }) => ({
      name: "Item",
      value: `${quantity} × ${priceId}${productId === undefined ? "" : ` of ${productId}`}`,
    })),
    ...dated("Created", state.createdAt),
    ...dated("Trial until", state.trialEnd),
    ...dated(nextDateName(state), state.status === "canceled" ? undefined : state.currentPeriodEnd),
    ...dated("Ends at", state.cancelAt),
    ...dated("Overdue since", state.overdueSince),
    ...said("Collection paused", state.pausedCollection),
    ...dated("Collection resumes", state.collectionResumesAt),
    ...said("Default payment method", state.defaultPaymentMethodId),
    ...(state.delinquent === undefined ? [] : said("Delinquent", state.delinquent ? "yes" : "no")),
    ...said("Card works until", state.expires),
    ...(state.entitlements === undefined
      ? []
      : said("Entitled to", state.entitlements.length === 0 ? "nothing" : state.entitlements.join(", "))),
    ...sealedFact(state),
  ];
}

function nextDateName({ cancelAtPeriodEnd, status }: ObjectState): string {
  if (cancelAtPeriodEnd === true) return "Ends with the period on";
  return status === "trialing" ? "First payment" : "Next payment";
}

/** The names only: what an application puts into metadata can be personal, and is sealed in the table. */
function sealedFact({ metadata, email }: ObjectState): Fact[] {
  const names = [...Object.keys(metadata ?? {}), ...(email === undefined ? [] : ["mail address"])];
  return names.length === 0
    ? []
    : [{ name: "Sealed", value: `${names.join(", ")} (the search finds it by their values)` }];
}
