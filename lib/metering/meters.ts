/** The active meters of the account, which a function remembers for a while. */
import { allOf } from "../stripe/all-pages.ts";
import type { StripeCall } from "../stripe/stripe-client.ts";
import { fieldOf, textOf } from "../untrusted.ts";

/** Where the payload of a meter event has the customer and the value. */
export interface MeterKeys {
  readonly customer: string;
  readonly value: string;
}

const REMEMBERED_MS = 5 * 60 * 1000;

let remembered: { readonly until: number; readonly meters: ReadonlyMap<string, MeterKeys> } | undefined;

/** Undefined if there is no active meter with this event name, which is then looked up again each time. */
export async function meterKeysOf(eventName: string, call: StripeCall): Promise<MeterKeys | undefined> {
  const now = call.now().getTime();
  const known =
    remembered !== undefined && now < remembered.until ? remembered.meters.get(eventName) : undefined;
  if (known !== undefined) return known;
  const meters = await readMeters(call);
  remembered = { until: now + REMEMBERED_MS, meters };
  return meters.get(eventName);
}

async function readMeters(call: StripeCall): Promise<ReadonlyMap<string, MeterKeys>> {
  const meters = await allOf("/v1/billing/meters", call, { status: "active" });
  return new Map(
    meters.map((meter) => [
      textOf(meter.event_name) ?? "",
      {
        customer: textOf(fieldOf(meter.customer_mapping, "event_payload_key")) ?? "stripe_customer_id",
        value: textOf(fieldOf(meter.value_settings, "event_payload_key")) ?? "value",
      },
    ]),
  );
}
