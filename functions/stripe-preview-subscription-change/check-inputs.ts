import type { Inputs } from "../../generated/capabilities/stripe-preview-subscription-change.ts";
import { changeIn } from "../../lib/subscriptions/subscription-change.ts";

/** Throws VALIDATION_FAILED without a change. */
export function checkInputs(inputs: Inputs): void {
  changeIn(inputs);
}
