/** The output of a benchmark, for people and for programs. Pure. */
import { textTable } from "../../text-table.ts";
import { type Bar, type Benchmark, type Figure, isMet } from "./benchmark.ts";
import type { Machine } from "./machine.ts";

export interface Report {
  readonly name: string;
  readonly benchmark: Benchmark;
  readonly figures: readonly Figure[];
}

/** A table with each figure, its bar and whether it is met; the machine; and the command that measures again. */
export function reportText({ name, benchmark, figures }: Report, machine: Machine): string {
  return [
    `${name}: ${benchmark.purpose}.`,
    figureTable(figures),
    [...(benchmark.notes ?? []), machineLine(machine), `Again: npm run bench -- ${name}`].join("\n"),
  ].join("\n\n");
}

/** The reports as one JSON document, with `met` beside each bar. */
export function reportJson(reports: readonly Report[], machine: Machine): string {
  const benchmarks = reports.map(({ name, benchmark, figures }) => ({
    name,
    purpose: benchmark.purpose,
    figures: figures.map((figure) => ({ ...figure, met: isMet(figure) })),
  }));
  return JSON.stringify({ machine, benchmarks }, null, 2);
}

function figureTable(figures: readonly Figure[]): string {
  const details = [...new Set(figures.flatMap((figure) => Object.keys(figure.details ?? {})))];
  // A column of details that only explains stands at the end.
  const headings = ["FIGURE", "VALUE", "BAR", "", ...details.map((detail) => detail.toUpperCase())];
  const rows = figures.map((figure) => [
    figure.what,
    withUnit(figure.value, figure.unit),
    barText(figure.bar, figure.unit),
    verdictOf(figure),
    ...details.map((detail) => figure.details?.[detail] ?? ""),
  ]);
  return textTable([headings, ...rows]);
}

function barText(bar: Bar | undefined, unit: string): string {
  if (bar === undefined) return "";
  return "atMost" in bar ? `<= ${withUnit(bar.atMost, unit)}` : `>= ${withUnit(bar.atLeast, unit)}`;
}

function verdictOf(figure: Figure): string {
  const met = isMet(figure);
  return met === undefined ? "" : met ? "met" : "MISSED";
}

/** With three significant digits, and all digits of whole numbers from 1,000 on. */
export function withUnit(value: number, unit: string): string {
  const digits = Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
  const text = digits.toLocaleString("en", { maximumFractionDigits: 6 });
  return unit === "" || unit.startsWith("/") ? `${text}${unit}` : `${text} ${unit}`;
}

function machineLine({ processor, cores, memoryGib, node, load, measuredAt }: Machine): string {
  return `Measured ${measuredAt} on ${cores} x ${processor}, ${memoryGib} GiB, Node ${node}, load ${load.toFixed(1)} at the start.`;
}
