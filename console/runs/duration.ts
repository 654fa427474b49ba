/** A duration, as people say it: `850 ms`, `5.4 s`, `3 min 20 s`, `6 d 4 h`. */
const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
] as const;

export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const [name, size] = UNITS[first] ?? ["s", 1_000];
  const [smaller, smallerSize] = UNITS[first + 1] ?? ["ms", 1];
  const rest = Math.floor((ms % size) / smallerSize);
  return `${Math.floor(ms / size)} ${name}${rest === 0 ? "" : ` ${rest} ${smaller}`}`;
}
