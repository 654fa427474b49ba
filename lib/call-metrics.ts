/** The metrics of every kind of call. Pure. */
import type { Problem } from "./errors.ts";
import type { Metrics } from "./metrics.ts";
import { present } from "./present.ts";

/** The parts of a call's log line that are counted. */
export interface MeasuredCall {
  readonly outcome: string;
  readonly capabilityId?: string | undefined;
  readonly durationMs?: number | undefined;
  readonly lagMs?: number | undefined;
}

/** `problem`: why the call failed, if it did. A failure at 500 or above counts as ours. */
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
    ...(lagMs === undefined
      ? []
      : [["stage"], ["stage", "eventType"]].map((dimensions) => ({ dimensions, values: { LagMs: lagMs } }))),
    // For the whole stage: a single alarm watches each, and the log lines name the cause.
    ...(outcome === "denied" ? [{ dimensions: ["stage"], values: { Denials: 1 } }] : []),
    ...(problem?.alarm === undefined ? [] : [{ dimensions: ["stage"], values: { Alarms: 1 } }]),
  ];
}
