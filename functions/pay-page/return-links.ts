/**
 * The addresses with which payers go back to the application. They say how it ended, with ids and a status and never with a
 * client secret; docs/pay-page.md describes them. Pure.
 */
import type { ReturnTo } from "./found.ts";
import type { PageState } from "./page-states.ts";

export type ReturnStatus =
  | "succeeded"
  | "requires_capture"
  | "processing"
  | "requires_action"
  | "requires_payment_method"
  | "canceled"
  | "nothing_due";

/** Undefined for a page that does not know what the link was for. */
export function returnStatus(state: PageState, isCapturedLater: boolean): ReturnStatus | undefined {
  switch (state) {
    case "payable":
      return "requires_payment_method";
    case "paid":
      return isCapturedLater ? "requires_capture" : "succeeded";
    case "processing":
    case "canceled":
      return state;
    case "nothing-due":
      return "nothing_due";
    case "expired":
    case "unknown":
    case "unavailable":
      return undefined;
    default:
      return "requires_action";
  }
}

/** The application's own parameters are kept, unless they have the name of one of ours. */
export function returnLink({ url, ids, isCapturedLater }: ReturnTo, state: PageState): string | undefined {
  const status = returnStatus(state, isCapturedLater);
  if (status === undefined) return undefined;
  const address = new URL(url);
  for (const [name, id] of Object.entries(ids)) address.searchParams.set(name, id);
  address.searchParams.set("status", status);
  return address.href;
}

/** The site's name, for a payer who does not know the business by name. */
export function hostOf({ url }: ReturnTo): string {
  return new URL(url).host;
}
