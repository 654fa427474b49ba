/** The scenarios that the emulator and Stripe must answer alike. */
import type { Scenario } from "./scenario.ts";
import { customers } from "./suite/customers.ts";
import { invoices } from "./suite/invoices.ts";
import { payments } from "./suite/payments.ts";
import { refusals } from "./suite/refusals.ts";
import { subscriptions } from "./suite/subscriptions.ts";

export const SUITE: readonly Scenario[] = [
  ...payments,
  ...customers,
  ...subscriptions,
  ...invoices,
  ...refusals,
];
