/** Reads the progress that an earlier run, perhaps of an earlier release, saved: our own data, so only its shape is checked. */
import { present } from "../present.ts";
import { type Fields, fieldsOf, isRecord, listOf, numberOf, textOf } from "../untrusted.ts";
import type { Lane } from "./lanes.ts";
import type { Pass, Progress } from "./pass.ts";

export function progressFrom(saved: unknown): Progress {
  const { cursor, settled, pass } = fieldsOf(saved);
  return present({
    cursor: numberOf(cursor),
    settled: numberOf(settled),
    pass: isRecord(pass) ? passFrom(pass) : undefined,
  });
}

function passFrom(pass: Fields): Pass {
  const { look, from, until, part, startedAt } = pass;
  return {
    look: look === "settled" ? "settled" : "recent",
    from: Number(from),
    until: Number(until),
    part: part === "all" ? "all" : "undelivered",
    // The first release read one page after another: its pass is one lane.
    lanes: Array.isArray(pass.lanes)
      ? listOf(pass.lanes).map((lane) => laneFrom(fieldsOf(lane)))
      : [laneFrom(pass)],
    startedAt: Number(startedAt),
  };
}

function laneFrom({ from, until, after, pages, seconds }: Fields): Lane {
  return {
    from: Number(from),
    until: Number(until),
    ...present({ after: textOf(after) }),
    pages: numberOf(pages) ?? 0,
    seconds: numberOf(seconds) ?? 0,
  };
}
