/** The lag of the last hour, in twelve parts: a bar up to the median and a mark at the worst. The table says the same in words. */
import type { Lag, LagPart } from "../../scripts/console/events/lag.ts";
import { duration } from "./inbox-view.tsx";

const WIDTH = 600;
const HEIGHT = 180;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 10;

export function LagChart({ lag }: { readonly lag: Lag }) {
  const most = niceAbove(lag.worst ?? 0);
  const step = (WIDTH - LEFT) / lag.parts.length;
  const y = (ms: number) => TOP + (HEIGHT - BOTTOM - TOP) * (1 - ms / most);
  const x = (index: number) => LEFT + index * step;
  return (
    <figure class="chart">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        role="img"
        aria-label={`Lag of ${lag.count} events in the last hour: median ${duration(lag.median ?? 0)}, 95th percentile ${duration(lag.percentile95 ?? 0)}, worst ${duration(lag.worst ?? 0)}.`}
      >
        {[0, most / 2, most].map((ms) => (
          <g key={ms}>
            <line class="grid" x1={LEFT} x2={WIDTH} y1={y(ms)} y2={y(ms)} />
            <text x={LEFT - 6} y={y(ms) + 4} text-anchor="end">
              {duration(ms)}
            </text>
          </g>
        ))}
        {lag.parts.map((part, index) => (
          <g key={part.from}>
            {part.median !== undefined && part.worst !== undefined && (
              <>
                <rect
                  class="median"
                  x={x(index) + step * 0.2}
                  width={step * 0.6}
                  y={y(part.median)}
                  height={Math.max(1, y(0) - y(part.median))}
                />
                <line
                  class="worst"
                  x1={x(index) + step * 0.1}
                  x2={x(index) + step * 0.9}
                  y1={y(part.worst)}
                  y2={y(part.worst)}
                />
              </>
            )}
            {index % 3 === 0 && (
              <text x={x(index)} y={HEIGHT - 6}>
                {clock(part.from)}
              </text>
            )}
          </g>
        ))}
      </svg>
      <figcaption class="quiet">
        Bar: median of five minutes. Line: the worst. Times in UTC.
        <details>
          <summary>The same as a table</summary>
          <Parts parts={lag.parts} />
        </details>
      </figcaption>
    </figure>
  );
}

function Parts({ parts }: { readonly parts: readonly LagPart[] }) {
  return (
    <table>
      <thead>
        <tr>
          <th scope="col">From (UTC)</th>
          <th scope="col">Events</th>
          <th scope="col">Median</th>
          <th scope="col">Worst</th>
        </tr>
      </thead>
      <tbody>
        {parts.map(({ from, count, median, worst }) => (
          <tr key={from}>
            <th scope="row">{clock(from)}</th>
            <td>{count}</td>
            <td>{median !== undefined && duration(median)}</td>
            <td>{worst !== undefined && duration(worst)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const clock = (at: number) => new Date(at).toISOString().slice(11, 16);

/** The next of 1, 2, 5, 10, 20 ... that is at least the value. */
function niceAbove(value: number): number {
  const tens = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return ([1, 2, 5, 10].find((times) => times * tens >= value) ?? 10) * tens;
}
