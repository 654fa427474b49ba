/** How much happened when, by outcome. A part of the time is a link that narrows the line to it. */

import { useSignal } from "@preact/signals";
import type { TimelineSummary } from "../../scripts/console/timeline/routes.ts";
import { grouped } from "../parts/grouped.ts";
import { query, withQuery } from "../router.ts";
import { Patterns, patternOf } from "./swatch.tsx";

interface OfSummary {
  readonly summary: TimelineSummary;
}
type Bucket = TimelineSummary["buckets"][number];

const [WIDTH, HEIGHT] = [960, 80];
const DAY_MS = 86_400_000;
/** A single failure among thousands is seen, too. */
const LEAST = 3;

export function Chart({ summary: { buckets, allOutcomes } }: OfSummary) {
  const isTable = useSignal(false);
  const [first, last] = [buckets[0], buckets.at(-1)];
  if (first === undefined || last === undefined) return <Patterns />;
  const most = Math.max(...buckets.map(sumOf));
  const label = labels(first.from, last.to);
  const total = allOutcomes.flatMap((outcome) => {
    const count = buckets.reduce((sum, bucket) => sum + countOf(bucket, outcome), 0);
    return count === 0 ? [] : [`${grouped(count)} ${outcome}`];
  });
  const every = length(first.to - first.from);
  return (
    <figure class="chart">
      <Patterns />
      <figcaption>
        Entries every {every}, at most {grouped(most)}
      </figcaption>
      <div class="bars">
        <svg
          viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={`Entries every ${every} from ${label(first.from)} to ${label(last.to)}: ${total.join(", ")}. The table below has the numbers.`}
        >
          {buckets.map((bucket, index) => (
            <Bar key={bucket.from} {...{ bucket, index, most, allOutcomes }} count={buckets.length} />
          ))}
        </svg>
        <div class="parts" aria-hidden="true">
          {buckets.map((bucket) => (
            <a
              key={bucket.from}
              tabIndex={-1}
              href={narrowed(bucket)}
              title={`${label(bucket.from)}: ${wordsOf(bucket, allOutcomes)}`}
            >
              <span class="unseen">{label(bucket.from)}</span>
            </a>
          ))}
        </div>
      </div>
      <div class="axis quiet" aria-hidden="true">
        <span>{label(first.from)}</span>
        <span>{label((first.from + last.to) / 2)}</span>
        <span>{label(last.to)} UTC</span>
      </div>
      <details onToggle={({ currentTarget }) => (isTable.value = currentTarget.open)}>
        <summary>As a table</summary>
        {isTable.value && <Table buckets={buckets} allOutcomes={allOutcomes} label={label} />}
      </details>
    </figure>
  );
}

interface TableProps {
  readonly buckets: readonly Bucket[];
  readonly allOutcomes: readonly string[];
  readonly label: (at: number) => string;
}

function Table({ buckets, allOutcomes, label }: TableProps) {
  return (
    <div class="scrolled">
      <table>
        <thead>
          <tr>
            <th scope="col">from (UTC)</th>
            <th scope="col">entries</th>
          </tr>
        </thead>
        <tbody>
          {buckets
            .filter((bucket) => sumOf(bucket) > 0)
            .map((bucket) => (
              <tr key={bucket.from}>
                <td>
                  <a href={narrowed(bucket)}>{label(bucket.from)}</a>
                </td>
                <td>{wordsOf(bucket, allOutcomes)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}

interface BarProps {
  readonly bucket: Bucket;
  readonly index: number;
  readonly count: number;
  readonly most: number;
  readonly allOutcomes: readonly string[];
}

function Bar({ bucket, index, count, most, allOutcomes }: BarProps) {
  const width = WIDTH / count;
  let top = HEIGHT;
  return (
    <g>
      {allOutcomes.map((outcome) => {
        const entries = countOf(bucket, outcome);
        if (entries === 0) return null;
        const height = Math.max(LEAST, (entries / most) * (HEIGHT - LEAST * allOutcomes.length));
        top -= height;
        return (
          <rect
            key={outcome}
            x={index * width + 1}
            y={top}
            width={Math.max(1, width - 2)}
            height={height}
            fill={patternOf(outcome)}
          />
        );
      })}
    </g>
  );
}

const countOf = ({ counts }: Bucket, outcome: string) =>
  Object.entries(counts).find(([name]) => name === outcome)?.[1] ?? 0;
const sumOf = ({ counts }: Bucket) => Object.values(counts).reduce((sum, count) => sum + count, 0);

const wordsOf = (bucket: Bucket, outcomes: readonly string[]) =>
  outcomes
    .flatMap((outcome) => {
      const count = countOf(bucket, outcome);
      return count === 0 ? [] : [`${grouped(count)} ${outcome}`];
    })
    .join(", ");

/** Never wider than the time that is shown now. */
function narrowed({ from, to }: Bucket): string {
  const [least, most] = ["from", "to"].map((name) => Number(query.value.get(name) ?? Number.NaN));
  return withQuery({
    from: String(least !== undefined && least > from ? least : from),
    to: String(most !== undefined && most < to ? most : to),
  });
}

/** Times with as much of the date as tells them apart. */
function labels(from: number, to: number): (at: number) => string {
  const iso = (at: number) => new Date(at).toISOString();
  if (to - from > 2 * DAY_MS) return (at) => iso(at).slice(5, 16).replace("T", " ");
  const isOneDay = iso(from).slice(0, 10) === iso(to - 1).slice(0, 10);
  return (at) =>
    iso(at)
      .slice(isOneDay ? 11 : 5, 19)
      .replace("T", " ");
}

function length(ms: number): string {
  const units: readonly (readonly [number, string])[] = [
    [DAY_MS, "day"],
    [3_600_000, "hour"],
    [60_000, "minute"],
    [1_000, "second"],
  ];
  const [unit, name] = units.find(([each]) => ms >= each) ?? [1_000, "second"];
  return ms === unit ? name : `${Math.round(ms / unit)} ${name}s`;
}
