import { Problem } from "../errors.ts";
import type { LiveSubscription } from "./live-subscriptions.ts";

/** The refusal of a second live subscription of a customer to one product. */
export function alreadySubscribed({ id, status }: Pick<LiveSubscription, "id" | "status">): Problem {
  const message = `already has the subscription ${id} (${status}) to this product: change, resume or cancel it, or send allowSecond`;
  return new Problem("CONFLICT", `customerId ${message}`, { issues: [{ path: "customerId", message }] });
}
