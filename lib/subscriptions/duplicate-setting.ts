import { optionalEnv } from "../env.ts";
import { Problem } from "../errors.ts";

export type DuplicateAction = "report" | "cancel";

/** What DUPLICATE_SUBSCRIPTIONS says; `report` if it is not set. Throws INTERNAL_ERROR for anything else. */
export function duplicateAction(): DuplicateAction {
  const value = optionalEnv("DUPLICATE_SUBSCRIPTIONS") ?? "report";
  if (value === "report" || value === "cancel") return value;
  throw new Problem("INTERNAL_ERROR", `DUPLICATE_SUBSCRIPTIONS must be report or cancel; it is "${value}"`);
}
