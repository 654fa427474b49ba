/**
 * `amount * numerator / denominator` in whole units, halves away from zero. Exact: the product is not a floating-point
 * number.
 */
export function share(amount: number, numerator: number, denominator: number): number {
  if (denominator === 0) return 0;
  const product = BigInt(amount) * BigInt(numerator);
  const divisor = BigInt(denominator);
  const isNegative = product < 0n !== divisor < 0n;
  const size = product < 0n ? -product : product;
  const by = divisor < 0n ? -divisor : divisor;
  const rounded = Number((2n * size + by) / (2n * by));
  return isNegative && rounded !== 0 ? -rounded : rounded;
}

/** That percentage of an amount, in whole units. Percentages have up to four decimals. */
export function percentage(amount: number, percent: number): number {
  return share(amount, Math.round(percent * 10_000), 1_000_000);
}

/** Divides an amount in proportion to the weights, to the unit: the parts add up to it. No weight is negative. */
export function distribute(amount: number, weights: readonly number[]): number[] {
  let weightLeft = weights.reduce((sum, weight) => sum + weight, 0);
  let amountLeft = amount;
  return weights.map((weight) => {
    const part = share(amountLeft, weight, weightLeft);
    weightLeft -= weight;
    amountLeft -= part;
    return part;
  });
}
