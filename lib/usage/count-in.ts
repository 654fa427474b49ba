import { Problem } from "../errors.ts";

/** The number in a counter. Throws SERVICE_UNAVAILABLE: a non-number compares below every limit, so the call must not run. */
export function countIn(value: unknown): number {
  if (typeof value === "number") return value;
  throw new Problem("SERVICE_UNAVAILABLE", "A usage counter does not contain a number");
}
