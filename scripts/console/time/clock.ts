/** The clock of the local stack: where it is, and moving it forward. */
import { invalidField, Problem } from "../../../lib/errors.ts";
import { fieldOf, textOf, wholeNumberOf } from "../../../lib/untrusted.ts";
import type { ConsoleContext } from "../server/route.ts";
import { control, emulatorOf } from "./stack-control.ts";

export interface ClockState {
  /** UTC, ISO 8601. */
  readonly now: string;
  /** How far it is ahead of the machine's clock. */
  readonly aheadSeconds: number;
  /** While it moves: UTC, ISO 8601. */
  readonly moving?: Movement;
}

export interface Movement {
  readonly from: string;
  readonly to: string;
}

/** As far as the emulator goes at a time. */
const MOST_SECONDS = 10 * 366 * 24 * 60 * 60;
let moving: Movement | undefined;

export async function readClock(context: ConsoleContext): Promise<ClockState> {
  const clock = await control(`${emulatorOf(context)}/_emulator/clock`);
  const now = wholeNumberOf(fieldOf(clock, "now")) ?? 0;
  const aheadSeconds = wholeNumberOf(fieldOf(clock, "clockOffsetSeconds")) ?? 0;
  return {
    now: new Date(now * 1000).toISOString(),
    aheadSeconds,
    ...(moving === undefined ? {} : { moving }),
  };
}

/** When everything has happened that is due until then. `input`: see `secondsToMove`. Throws CONFLICT while the clock moves. */
export async function moveClock(context: ConsoleContext, input: unknown): Promise<ClockState> {
  const { now } = await readClock(context);
  const seconds = secondsToMove(new Date(now), input);
  if (moving !== undefined)
    throw new Problem("CONFLICT", `The clock is on its way to ${moving.to}: wait until it is there`);
  moving = { from: now, to: new Date(Date.parse(now) + seconds * 1000).toISOString() };
  try {
    await control(`${emulatorOf(context)}/_emulator/clock`, { method: "POST", body: { advance: seconds } });
  } finally {
    moving = undefined;
  }
  return readClock(context);
}

/** `{seconds: 3600}`, or `{to: "2026-12-24T18:00Z"}`. Throws VALIDATION_FAILED for a time that is not ahead. Pure. */
export function secondsToMove(now: Date, input: unknown): number {
  const given = wholeNumberOf(fieldOf(input, "seconds"));
  const to = textOf(fieldOf(input, "to"));
  if (given === undefined && to === undefined)
    throw invalidField("seconds", "must be a whole number, or `to` a time in UTC, such as 2026-12-24T18:00Z");
  const time = to === undefined ? Number.NaN : Date.parse(/Z$/.test(to) ? to : `${to}Z`);
  if (given === undefined && Number.isNaN(time))
    throw invalidField("to", "must be a time in UTC, such as 2026-12-24T18:00Z");
  const seconds = given ?? Math.ceil((time - now.getTime()) / 1000);
  if (seconds < 1)
    throw invalidField(
      given === undefined ? "to" : "seconds",
      `must be ahead: the clock is at ${now.toISOString()}, and moves forward only. Reset the stack to begin again at this machine's time`,
    );
  if (seconds > MOST_SECONDS) throw invalidField("to", "must be within the next ten years");
  return seconds;
}

export interface Step {
  readonly name: string;
  readonly seconds: number;
}

/** How far one usually wants to go. Pure. */
export function usualSteps(now: Date): readonly Step[] {
  const month = new Date(now);
  month.setUTCMonth(month.getUTCMonth() + 1);
  // The 31st of a shorter month is its last day.
  if (month.getUTCDate() !== now.getUTCDate()) month.setUTCDate(0);
  return [
    { name: "an hour", seconds: 3_600 },
    { name: "a day", seconds: 86_400 },
    { name: "a week", seconds: 604_800 },
    { name: "a month", seconds: Math.round((month.getTime() - now.getTime()) / 1000) },
  ];
}
