/** Readers of the values of options and arguments. Those that throw a Problem say what would be right. Pure. */

import { nearest } from "../../lib/contract/suggestion.ts";
import { invalidField } from "../../lib/errors.ts";
import { singleWord } from "../../lib/scrub.ts";
import type { Arguments } from "./arguments.ts";

const UNIT_SECONDS: ReadonlyMap<string, number> = new Map([
  ["s", 1],
  ["m", 60],
  ["h", 3_600],
  ["d", 86_400],
]);

/** `90d`, `24h`, `30m` or `0s`, in seconds; undefined for anything else. */
export function durationSeconds(text: string): number | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const seconds = UNIT_SECONDS.get(unit);
  return seconds === undefined ? undefined : Number(count) * seconds;
}

/** `2026-11-25` as midnight in UTC; undefined for anything else, and for a day that the calendar does not have. */
export function utcDay(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = new Date(`${text}T00:00:00Z`);
  // Date reads a day that the calendar does not have as a day of the next month.
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : undefined;
}

/** `30m`, `2h` or `3d` before now, a day, or a time in UTC. Throws VALIDATION_FAILED for anything else. */
export function readTime(option: string, text: string, now: Date): Date {
  const ago = durationSeconds(text);
  if (ago !== undefined) return new Date(now.getTime() - ago * 1_000);
  const time = utcDay(text) ?? utcTime(text);
  if (time !== undefined) return time;
  throw invalidField(option, "must be 30m, 2h or 3d ago, or UTC: 2026-11-25 or 2026-11-25T08:30:00Z");
}

function utcTime(text: string): Date | undefined {
  if (!/^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(text) || utcDay(text.slice(0, 10)) === undefined) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The element of `known` that `text` names. */
export function oneOf<T extends string>(option: string, text: string, known: readonly T[]): T {
  const found = known.find((value) => value === text);
  if (found !== undefined) return found;
  const near = nearest(text, known);
  if (near === undefined) throw invalidField(option, `must be one of ${known.join(", ")}`);
  throw invalidField(option, `"${singleWord(text)}" is not known; did you mean "${near}"?`);
}

/** `text` as a number from `least` to `most`, both included; by default a whole number. */
export function numberIn(
  option: string,
  text: string,
  {
    least,
    most,
    isWhole = true,
  }: { readonly least: number; readonly most: number; readonly isWhole?: boolean },
): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return value;
  throw invalidField(option, `must be a ${isWhole ? "whole " : ""}number from ${least} to ${most}`);
}

/** The whole number, from 1 to `most`, of the option `name`, or `standard` without it. Throws for any other text. */
export function countIn(given: Arguments, name: string, standard: number, most: number): number {
  return numberIn(`--${name}`, given.text(name) ?? String(standard), { least: 1, most });
}
