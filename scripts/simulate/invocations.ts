/** The invocations of functions that the lines of a log report. Pure. */
import { queueOf } from "../../lib/events/event-queues.ts";
import { fieldsOf, numberOf, parseJson, textOf } from "../../lib/untrusted.ts";

/** One invocation that a log line reports; of a consumer: one message. */
export interface Invocation {
  /** The function. */
  readonly name: string;
  readonly ms: number;
  readonly isCold: boolean;
}

/** The function that ended, if the line is a log line that ends a call. */
export function invocationsIn(line: string): Invocation[] {
  const { event, capabilityId, eventType, durationMs, coldStart } = fieldsOf(parseJson(line));
  const ms = numberOf(durationMs);
  const name = functionOf(textOf(event), textOf(capabilityId), textOf(eventType));
  return ms === undefined || name === undefined ? [] : [{ name, ms, isCold: coldStart === true }];
}

function functionOf(event = "", capabilityId?: string, eventType?: string): string | undefined {
  switch (event) {
    case "capability.invoked":
      return capabilityId;
    case "workflow.started":
      return "start-workflow-run";
    case "workflow.recorded":
      return "record-workflow-run";
    case "pay-page.opened":
      return "pay-page";
    case "webhook.received":
      return "stripe-webhook";
    case "webhook.applied":
      return `on-${queueOf(eventType ?? "")}-event`;
    default:
      return undefined;
  }
}

/** Of the warm invocations, the fastest: what other programs on the machine slow down is not the function's own. */
export const fastest = (invocations: readonly Invocation[]) => ofEach(invocations, ({ minimum }) => minimum);

export const means = (invocations: readonly Invocation[]) => ofEach(invocations, ({ mean }) => mean);

/** Milliseconds of a warm invocation of each function. */
function ofEach(
  invocations: readonly Invocation[],
  pick: (times: { readonly minimum: number; readonly mean: number }) => number,
): Record<string, number> {
  const warm = invocations.filter(({ isCold }) => !isCold);
  const names = [...new Set(warm.map(({ name }) => name))].sort();
  return Object.fromEntries(
    names.map((name) => {
      const times = warm.flatMap((one) => (one.name === name ? [one.ms] : []));
      const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
      return [name, Math.round(10 * pick({ minimum: Math.min(...times), mean })) / 10];
    }),
  );
}
