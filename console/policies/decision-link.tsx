/** From a call to the decision about it, with what is known of it. The roles come from the principal's API key. */
import type { Entry } from "../../scripts/console/journal/entry.ts";
import { href } from "../router.ts";

export function DecisionLink({ entry }: { readonly entry: Entry }) {
  const { decision, principal, title, kind } = entry;
  if (decision === undefined) return null;
  const query = new URLSearchParams({
    ...(kind === "call" || kind === "run" ? { capability: title } : {}),
    ...(principal === undefined ? {} : { id: principal }),
    rule: decision.ruleId,
    // The input is not in the log.
    partly: "1",
  });
  return (
    <a href={`${href("policies")}?${query}`}>
      {decision.decision} by {decision.ruleId}
    </a>
  );
}
