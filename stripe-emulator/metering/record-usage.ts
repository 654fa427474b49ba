/** Usage that is reported to meters. What is wrong with it is reported later, by a thin event, as Stripe does. */
import type Stripe from "stripe";
import { newId } from "../protocol/ids.ts";
import type { Context } from "../state/context.ts";
import type { MeterUsage } from "../state/store.ts";

const DAY = 24 * 60 * 60;
/** Stripe takes usage of the last 35 days, and up to five minutes ahead. */
const OLDEST_SECONDS = 35 * DAY;
const AHEAD_SECONDS = 5 * 60;

export interface GivenUsage {
  event_name: string;
  payload: Readonly<Record<string, string>>;
  identifier?: string | undefined;
  /** Unix seconds; NaN for a text that is not a time. By default now. */
  timestamp?: number | undefined;
}

type ErrorCode = Stripe.V2.Core.Events.V1BillingMeterErrorReportTriggeredEvent.Data.Reason.ErrorType.Code;
interface Refusal {
  meter: Stripe.Billing.Meter | undefined;
  code: ErrorCode;
  message: string;
  identifier: string;
}

/**
 * Stores the usage. For each meter with wrong usage: `v1.billing.meter.error_report_triggered`; for usage without a meter:
 * `v1.billing.meter.no_meter_found`.
 */
export function recordUsage(context: Context, given: readonly GivenUsage[]): MeterUsage[] {
  const recorded: MeterUsage[] = [];
  const refusals: Refusal[] = [];
  for (const usage of given) {
    const identifier = usage.identifier ?? newId("meter_event", 24);
    const meter = context.store
      .all("billing.meter")
      .find(({ event_name: name }) => name === usage.event_name);
    const timestamp = usage.timestamp ?? context.clock.now();
    const wrong = refusalOf(context, meter, usage, timestamp);
    if (wrong !== undefined || meter === undefined) {
      const [code, message] = wrong ?? ["no_meter", "There is no meter for this event name."];
      refusals.push({ meter, code, message, identifier });
      continue;
    }
    const isKnown = context.store
      .all("meter_usage")
      .some((other) => other.identifier === identifier && other.eventName === usage.event_name);
    const stored: MeterUsage = {
      id: newId("mu"),
      meter: meter.id,
      customer: usage.payload[meter.customer_mapping.event_payload_key] ?? "",
      eventName: usage.event_name,
      identifier,
      payload: { ...usage.payload },
      timestamp,
      value: Number(usage.payload[meter.value_settings.event_payload_key] ?? 1),
    };
    // The same identifier counts once.
    recorded.push(isKnown ? stored : context.store.put("meter_usage", stored));
  }
  report(context, refusals);
  return recorded;
}

function refusalOf(
  { store, clock }: Context,
  meter: Stripe.Billing.Meter | undefined,
  { payload }: GivenUsage,
  timestamp: number,
): [ErrorCode, string] | undefined {
  if (meter === undefined) return ["no_meter", "There is no meter for this event name."];
  if (meter.status !== "active") return ["archived_meter", "The meter is inactive."];
  const now = clock.now();
  if (Number.isNaN(timestamp) || timestamp < now - OLDEST_SECONDS)
    return ["timestamp_too_far_in_past", "The timestamp is more than 35 days in the past."];
  if (timestamp > now + AHEAD_SECONDS)
    return ["timestamp_in_future", "The timestamp is more than five minutes in the future."];
  const { event_payload_key: customerKey } = meter.customer_mapping;
  const customer = payload[customerKey];
  if (customer === undefined)
    return [
      "meter_event_no_customer_defined",
      `The payload has no customer: it needs the key ${customerKey}.`,
    ];
  if (store.find("customer", customer) === undefined)
    return ["meter_event_customer_not_found", `There is no customer ${customer}.`];
  if (meter.default_aggregation.formula === "count") return undefined;
  const { event_payload_key: valueKey } = meter.value_settings;
  const value = payload[valueKey];
  if (value === undefined)
    return ["meter_event_value_not_found", `The payload has no value: it needs the key ${valueKey}.`];
  if (value.trim() === "" || !Number.isFinite(Number(value)))
    return ["meter_event_invalid_value", `The value ${value} is not a number.`];
  return undefined;
}

function report(context: Context, refusals: readonly Refusal[]): void {
  const meters = new Set(refusals.map(({ meter }) => meter));
  for (const meter of meters) {
    const own = refusals.filter((refusal) => refusal.meter === meter);
    const codes = [...new Set(own.map(({ code }) => code))];
    const at = new Date(context.clock.now() * 1000).toISOString();
    const data: Stripe.V2.Core.Events.V1BillingMeterErrorReportTriggeredEvent.Data = {
      developer_message_summary: `There ${own.length === 1 ? "is 1 invalid event" : `are ${own.length} invalid events`}`,
      reason: {
        error_count: own.length,
        error_types: codes.map((code) => ({
          code,
          error_count: own.filter((refusal) => refusal.code === code).length,
          sample_errors: own
            .filter((refusal) => refusal.code === code)
            .map(({ message, identifier }) => ({ error_message: message, request: { identifier } })),
        })),
      },
      validation_start: at,
      validation_end: at,
    };
    const type = meter === undefined ? "no_meter_found" : "error_report_triggered";
    const id = context.emitThin(`v1.billing.meter.${type}`, meter ?? {});
    context.store.put("thin_event_data", { id, data });
  }
}
