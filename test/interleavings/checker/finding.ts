/** What the checker can find. */
export const INVARIANTS = [
  "one effect per key",
  "money is conserved",
  "no event is lost",
  "no foreign event is applied",
  "object states are monotone",
  "one owner at a time",
  "audit is complete",
  "one mail at most",
  "limits hold",
  "every call gets a final answer",
] as const;

export type Invariant = (typeof INVARIANTS)[number];

export interface Finding {
  readonly invariant: Invariant;
  readonly wrong: string;
}

/** A function that makes findings about one invariant. */
export const about =
  (invariant: Invariant) =>
  (wrong: string): Finding => ({ invariant, wrong });
