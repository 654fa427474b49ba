/** The metrics of a call, whatever kind of call it was. Pure. */
import type { Problem } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { present } from "./present.ts";

/** What of a call's log line is counted. */
export interface MeasuredCall {
  readonly outcome: string;
  readonly capabilityId?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly lagMs?: number | undefined;
}

/** `problem`: what the call failed with, if it failed. A failure at 500 or above counts as one of ours. */
export function callMetrics(
  { outcome, capabilityId, durationMs, lagMs }: MeasuredCall,
  problem?: Problem,
): Metrics[] {
  const call: Metrics = {
    dimensions: capabilityId === undefined ? ["stage", "event"] : ["stage", "capabilityId"],
    values: {
      Calls: 1,
      Denials: outcome === "denied" ? 1 : 0,
      Failures: problem !== undefined && problem.status >= 500 ? 1 : 0,
      ...present({ DurationMs: durationMs }),
    },
  };
  return [
    call,
    ...(lagMs === undefined ? [] : [{ dimensions: ["stage", "eventType"], values: { LagMs: lagMs } }]),
    // For the whole stage: one alarm watches it, and the line says which it was.
    ...(problem?.alarm === undefined ? [] : [{ dimensions: ["stage"], values: { Alarms: 1 } }]),
  ];
}
