/** What people call the kinds of Stripe's objects. Pure. */
import { entryOf } from "../../lib/untrusted.ts";

const KINDS: Readonly<Record<string, string>> = {
  payment_intent: "payment",
  "checkout.session": "checkout session",
  "entitlements.active_entitlement_summary": "entitlements",
};

/** `payment_intent` -> `payment`, `credit_note` -> `credit note` */
export const kindName = (objectType: string): string =>
  entryOf(KINDS, objectType) ?? objectType.replaceAll(/[._]/g, " ");
