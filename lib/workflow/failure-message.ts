import type { Problem } from "../errors.ts";
import { failureMac } from "./run-data.ts";

/** The message of a failed step's error: the problem's document, signed, so that an error handler believes it. */
export function failureMessage(
  problem: Problem,
  { runId, step }: { readonly runId: string; readonly step: string },
  secrets: readonly string[],
): string {
  const failure = { ...problem.toDocument(), step };
  const mac = secrets.length === 0 ? undefined : failureMac(runId, failure, secrets);
  return JSON.stringify({ ...failure, mac });
}
