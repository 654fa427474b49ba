/** The time from Stripe's `created` to the moment when an event was applied, of the last hour. Pure. */
import { numberOf } from "../../../lib/untrusted.ts";
import type { EventLine } from "./event-log.ts";

export interface LagPart {
  /** Unix milliseconds: when the part begins. */
  readonly from: number;
  readonly count: number;
  /** In milliseconds; left out if nothing was applied. */
  readonly median?: number;
  readonly worst?: number;
}

export interface Lag {
  readonly count: number;
  /** In milliseconds; left out if nothing was applied. */
  readonly median?: number;
  readonly percentile95?: number;
  readonly worst?: number;
  /** Twelve parts of five minutes, oldest first. */
  readonly parts: readonly LagPart[];
}

const PARTS = 12;
const PART_MS = 5 * 60 * 1000;
/** The time that the figures are about. */
export const LAG_MS = PARTS * PART_MS;

export function lagOf(lines: readonly EventLine[], now: Date): Lag {
  const samples = lines.flatMap(({ at, fields }) => {
    const lagMs = fields.event === "webhook.applied" ? numberOf(fields.lagMs) : undefined;
    // `created` has whole seconds, and Stripe's clock is not ours.
    return lagMs === undefined ? [] : [{ at, lagMs: Math.max(0, lagMs) }];
  });
  const begin = now.getTime() - LAG_MS;
  const recent = samples.filter(({ at }) => at > begin && at <= now.getTime());
  const all = sorted(recent);
  return {
    count: all.length,
    ...figuresOf(all),
    ...(all.length === 0 ? {} : { percentile95: quantile(all, 0.95) }),
    parts: Array.from({ length: PARTS }, (_, index) => {
      const from = begin + index * PART_MS;
      const own = sorted(recent.filter(({ at }) => at > from && at <= from + PART_MS));
      return { from, count: own.length, ...figuresOf(own) };
    }),
  };
}

const sorted = (samples: readonly { readonly lagMs: number }[]) =>
  samples.map(({ lagMs }) => lagMs).sort((a, b) => a - b);

function figuresOf(values: readonly number[]) {
  return values.length === 0 ? {} : { median: quantile(values, 0.5), worst: values.at(-1) ?? 0 };
}

/** The smallest value that at least this part of all values is not above. `values`: in order, and not empty. */
export function quantile(values: readonly number[], part: number): number {
  return values[Math.max(0, Math.ceil(part * values.length) - 1)] ?? 0;
}

/** The events that the webhook has queued and no consumer has ended yet, as far as the log reaches: when the oldest came, by queue. */
export function oldestWaiting(lines: readonly EventLine[]): ReadonlyMap<string, number> {
  const ended = new Set(
    lines.flatMap(({ fields }) =>
      fields.event === "queue.message-set-aside" ||
      (fields.event === "webhook.applied" && fields.outcome !== "failed")
        ? [fields.eventId]
        : [],
    ),
  );
  const oldest = new Map<string, number>();
  for (const { at, fields } of lines) {
    const { event, queue, eventId } = fields;
    if (event !== "webhook.received" || typeof queue !== "string" || ended.has(eventId)) continue;
    oldest.set(queue, Math.min(at, oldest.get(queue) ?? at));
  }
  return oldest;
}
