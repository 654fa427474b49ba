/** What must not happen, whatever agents do. */
export const PROMISES = [
  "no double effect",
  "no limit exceeded",
  "nothing unaudited",
  "no effect without approval",
  "no wrong response",
  "every conversation ends",
] as const;

export type Promised = (typeof PROMISES)[number];

export interface Finding {
  readonly promise: Promised;
  readonly wrong: string;
}

export const about =
  (promise: Promised) =>
  (wrong: string): Finding => ({ promise, wrong });
