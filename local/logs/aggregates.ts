/** The functions of `stats`: what many lines have in common. Pure. */
import { entryOf } from "../../lib/untrusted.ts";
import {
  type Expression,
  type Fields,
  numberOf,
  orderOf,
  type QueryReader,
  readExpression,
  type Value,
} from "./expression.ts";

export interface Aggregate {
  readonly name: string;
  readonly of: (lines: readonly Fields[]) => Value;
}

type Gather = (values: readonly Value[], parameter: number) => Value;

const numbers = (values: readonly Value[]) => values.flatMap((value) => numberOf(value) ?? []);
const sum = (values: readonly Value[]) => numbers(values).reduce((total, value) => total + value, 0);

/** Each gets the values that the lines have. */
const AGGREGATES: Readonly<Record<string, Gather>> = {
  count: (values) => values.length,
  count_distinct: (values) => new Set(values).size,
  sum,
  avg: (values) => (values.length === 0 ? undefined : sum(values) / numbers(values).length),
  min: (values) => values.toSorted(orderOf)[0],
  max: (values) => values.toSorted(orderOf).at(-1),
  pct: (values, percent) => {
    const sorted = numbers(values).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil((percent / 100) * sorted.length) - 1)];
  },
};

/** `count(*)`, `pct(durationMs, 99) as p99`. */
export function readAggregate(reader: QueryReader): Aggregate {
  const { token } = reader;
  const gather = entryOf(AGGREGATES, reader.name().toLowerCase());
  if (gather === undefined) throw reader.mistake(`the function ${token.text} of stats is not known`, token);
  reader.expect("(");
  const value: Expression = reader.takes("*") ? () => 1 : readExpression(reader);
  const parameter = reader.takes(",") ? Number(reader.take().text) : 0;
  reader.expect(")");
  const text = reader.textSince(token.at);
  const name = reader.takes("as") ? reader.name() : text;
  return {
    name,
    of: (lines) =>
      gather(
        lines.map(value).filter((each) => each !== undefined),
        parameter,
      ),
  };
}
