/**
 * How often a test tries what it tries many times. `npm test` tries a sample, so that it stays fast; with TEST_EFFORT=whole, as
 * `npm run test:whole` sets it, the files that import this module make all tries.
 */
const IS_WHOLE = process.env.TEST_EFFORT === "whole";

export function tries({ sample, whole }: { readonly sample: number; readonly whole: number }): number {
  return IS_WHOLE ? whole : sample;
}
