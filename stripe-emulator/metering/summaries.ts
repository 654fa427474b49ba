import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { MeterUsage } from "../state/store.ts";

const WINDOW_SECONDS = { day: 24 * 60 * 60, hour: 60 * 60 };

/** What a customer has used from `start` until before `end` (unix seconds), in one summary or by day or hour. */
export function summariesOf(
  meter: Stripe.Billing.Meter,
  usage: readonly MeterUsage[],
  { start, end, window }: { start: number; end: number; window: "day" | "hour" | undefined },
): Stripe.Billing.MeterEventSummary[] {
  const length = window === undefined ? end - start : WINDOW_SECONDS[window];
  const summaries: Stripe.Billing.MeterEventSummary[] = [];
  for (let from = start; from < end; from += length) {
    const to = Math.min(from + length, end);
    const within = usage.filter(({ timestamp }) => timestamp >= from && timestamp < to);
    if (within.length === 0 && window !== undefined) continue;
    summaries.push({
      id: newId("mtrusg_test", 24),
      object: "billing.meter_event_summary",
      aggregated_value: aggregated(meter, within),
      end_time: to,
      livemode: false,
      meter: meter.id,
      start_time: from,
    });
  }
  return summaries;
}

/** What a customer has used from `start` until before `end` (unix seconds), as the meter adds it up. */
export function usedWithin(
  meter: Stripe.Billing.Meter,
  usage: readonly MeterUsage[],
  { customer, start, end }: { customer: string; start: number; end: number },
): number {
  const own = usage.filter(
    (one) =>
      one.meter === meter.id && one.customer === customer && one.timestamp >= start && one.timestamp < end,
  );
  return aggregated(meter, own);
}

function aggregated(
  { default_aggregation: { formula } }: Stripe.Billing.Meter,
  usage: readonly MeterUsage[],
): number {
  if (formula === "count") return usage.length;
  if (formula === "sum") return usage.reduce((sum, { value }) => sum + value, 0);
  const last = usage.reduce<MeterUsage | undefined>(
    (latest, one) => (latest === undefined || one.timestamp >= latest.timestamp ? one : latest),
    undefined,
  );
  return last?.value ?? 0;
}
