/**
 * Measures several contenders on a machine that other programs use, too. Every round measures each contender once, and
 * starts with another one than the round before, so that a slow moment or a warm cache favours none. A ratio compares two
 * measurements of the same round.
 */

/** One measurement of one contender, in the unit of the benchmark. */
export type Contender = () => number | Promise<number>;

export interface Spread {
  readonly median: number;
  readonly minimum: number;
  readonly maximum: number;
}

export interface Measurements<Name extends string> {
  of(name: Name): Spread;
  /** `name` divided by `floor`, round by round. */
  ratio(name: Name, floor: Name): Spread;
}

/**
 * `rounds`: how often each contender is measured; at least 15 for figures that are compared with a bar. `warmUp` rounds
 * come before and do not count: they compile the code.
 */
export async function interleave<Name extends string>(
  contenders: Readonly<Record<Name, Contender>>,
  { rounds, warmUp = 2 }: { readonly rounds: number; readonly warmUp?: number },
): Promise<Measurements<Name>> {
  const entries: [string, Contender][] = Object.entries(contenders);
  const samples = new Map(entries.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < warmUp + rounds; round++) {
    const first = round % entries.length;
    for (const [name, measure] of [...entries.slice(first), ...entries.slice(0, first)]) {
      const value = await measure();
      if (round >= warmUp) samples.get(name)?.push(value);
    }
  }
  const samplesOf = (name: Name) => samples.get(name) ?? [];
  return {
    of: (name) => spread(samplesOf(name)),
    ratio: (name, floor) => {
      const floors = samplesOf(floor);
      return spread(samplesOf(name).map((value, round) => value / (floors[round] ?? Number.NaN)));
    },
  };
}

/** The median, the smallest and the largest of at least one number. */
export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (index: number) => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return {
    median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2,
    minimum: at(0),
    maximum: at(sorted.length - 1),
  };
}
