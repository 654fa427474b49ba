import type { Inputs } from "../../generated/capabilities/stripe-list-prices.ts";
import { invalidFields } from "../../lib/errors.ts";
import { IssueList } from "../../lib/issue-list.ts";

/** Stripe's limit. */
const MAX_KEYS = 10;

/** Throws VALIDATION_FAILED for lookup keys that Stripe would ignore, or not compare. */
export function checkInputs({ lookupKeys }: Inputs): void {
  if (lookupKeys === undefined) return;
  const issues = new IssueList();
  if (lookupKeys.length === 0) issues.add("lookupKeys", "must name a key; leave it out for every price");
  if (lookupKeys.length > MAX_KEYS) issues.add("lookupKeys", `may have at most ${MAX_KEYS} keys`);
  for (const [index, key] of lookupKeys.entries())
    if (key.trim() === "") issues.add(`lookupKeys.${index}`, "must not be blank");
  if (!issues.isEmpty) throw invalidFields(issues);
}
