/** How many payments begin in each second: a daily curve with bursts, and chance around it. Pure: the seed decides. */

export interface Burst {
  /** The rate is multiplied by it. */
  readonly times: number;
  /** Seconds since midnight UTC of the first day. */
  readonly from: number;
  readonly until: number;
}

const DAY = 86_400;
/** The afternoon has 1.6 times the average, the night 0.4 times. */
const SWING = 0.6;
const BUSIEST = 14 * 3600;

/** The expected payments in this second. */
export function expectedAt(second: number, average: number, bursts: readonly Burst[]): number {
  const curve = 1 + SWING * Math.cos((2 * Math.PI * (second - BUSIEST)) / DAY);
  const burst = bursts.reduce(
    (times, { from, until, times: more }) => (second >= from && second < until ? times * more : times),
    1,
  );
  return average * curve * burst;
}

/** A number with this expectation, as many independent payers make it (Poisson); above 50, its normal approximation. */
export function chance(expected: number, random: () => number): number {
  if (expected <= 0) return 0;
  if (expected > 50) {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.max(0, Math.round(expected + Math.sqrt(expected) * normal));
  }
  const least = Math.exp(-expected);
  let count = 0;
  for (let product = random(); product > least; product *= random()) count += 1;
  return count;
}
