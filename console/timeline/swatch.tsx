/** The patterns that stand for outcomes in the chart: they differ without colour, too. */

/** The lines on each outcome's colour, in a square of 8. */
const LINES: Readonly<Record<string, string>> = {
  succeeded: "",
  replayed: "M0 2H8M0 6H8",
  ignored: "M2 0V8M6 0V8",
  waiting: "M1 1H3V3H1ZM5 5H7V7H5Z",
  refused: "M0 8L8 0M-2 2L2 -2M6 10L10 6",
  failed: "M0 0L8 8M0 8L8 0",
};

export const patternOf = (outcome: string) => `url(#pattern-${outcome})`;

/** Once in the page. */
export function Patterns() {
  return (
    <svg width="0" height="0" class="unseen" aria-hidden="true">
      <defs>
        {Object.entries(LINES).map(([outcome, lines]) => (
          <pattern key={outcome} id={`pattern-${outcome}`} width="8" height="8" patternUnits="userSpaceOnUse">
            <rect class={`fill ${outcome}`} width="8" height="8" />
            <path class="pattern-line" d={lines} />
          </pattern>
        ))}
      </defs>
    </svg>
  );
}

export function Swatch({ outcome }: { readonly outcome: string }) {
  return (
    <svg class="swatch" width="12" height="12" aria-hidden="true">
      <rect width="12" height="12" fill={patternOf(outcome)} />
    </svg>
  );
}
