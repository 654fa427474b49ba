/**
 * How often a test tries what it tries many times: generated inputs, orders, crashes, attacks. `npm test` tries a sample, so
 * that it stays fast; `npm run test:whole`, which CI runs too, runs the files that import this module with all tries.
 */
const IS_WHOLE = process.env.TEST_EFFORT === "whole";

export interface Tries {
  /** In `npm test`. */
  readonly sample: number;
  /** In `npm run test:whole`. */
  readonly whole: number;
}

export function tries({ sample, whole }: Tries): number {
  return IS_WHOLE ? whole : sample;
}

/** All items in `npm run test:whole`; in `npm test` every n-th one, beginning with the first. */
export function sampleOf<Item>(
  items: readonly Item[],
  { every }: { readonly every: number },
): readonly Item[] {
  return IS_WHOLE ? items : items.filter((_item, index) => index % every === 0);
}
