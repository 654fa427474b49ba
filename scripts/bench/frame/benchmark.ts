/** What a file in scripts/bench/ exports as `benchmark`; the name of the file is the name of the benchmark. Pure. */

/** The limit that a figure must keep. */
export type Bar = { readonly atMost: number } | { readonly atLeast: number };

export interface Figure {
  /** What was measured, in a few words. */
  readonly what: string;
  readonly value: number;
  /** Such as "ms", "x" for a ratio, "/s"; empty for a count. */
  readonly unit: string;
  /** Not set for a figure that is only for comparison. */
  readonly bar?: Bar;
  /** Further cells of its row, by the heading of their column. */
  readonly details?: Readonly<Record<string, string>>;
}

/** What every benchmark is asked; each reads what it knows. */
export interface BenchOptions {
  /** A regular expression for the names of functions. */
  readonly functions?: string;
  /** How often each contender is measured. */
  readonly runs?: number;
}

export interface Benchmark {
  /** One line, without its full stop. */
  readonly purpose: string;
  /** About how long it takes on two cores, such as "30 s". */
  readonly takes: string;
  /** Throws if it could not measure. */
  readonly run: (options: BenchOptions) => Promise<readonly Figure[]>;
  /** Sentences below the table: how to read it. */
  readonly notes?: readonly string[];
}

/** Whether the figure keeps its bar; undefined if it has none. */
export function isMet({ value, bar }: Figure): boolean | undefined {
  if (bar === undefined) return undefined;
  return "atMost" in bar ? value <= bar.atMost : value >= bar.atLeast;
}
