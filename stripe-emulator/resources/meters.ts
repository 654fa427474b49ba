import type Stripe from "stripe";
import { type GivenUsage, recordUsage } from "../metering/record-usage.ts";
import { summariesOf } from "../metering/summaries.ts";
import { invalidRequest, resourceMissing } from "../protocol/errors.ts";
import { newId, randomText } from "../protocol/ids.ts";
import { page } from "../protocol/pagination.ts";
import { pageParameters } from "../protocol/parameter-kinds.ts";
import {
  hash,
  integer,
  type Kind,
  list,
  oneOf,
  optional,
  type Parsed,
  required,
  string,
} from "../protocol/parameters.ts";
import type { MeterUsage } from "../state/store.ts";
import { type Call, endpoint } from "./endpoint.ts";

const SESSION_SECONDS = 15 * 60;

const createParameters = {
  default_aggregation: required(hash({ formula: required(oneOf("count", "last", "sum")) })),
  display_name: required(string(250)),
  event_name: required(string(100)),
  customer_mapping: hash({ event_payload_key: required(string(100)), type: required(oneOf("by_id")) }),
  event_time_window: oneOf("day", "hour"),
  value_settings: hash({ event_payload_key: required(string(100)) }),
} satisfies Record<Exclude<keyof Stripe.Billing.MeterCreateParams, "expand">, unknown>;
const updateParameters = {
  display_name: string(250),
} satisfies Record<Exclude<keyof Stripe.Billing.MeterUpdateParams, "expand">, unknown>;
const listParameters = { ...pageParameters, status: oneOf("active", "inactive") };
const summaryParameters = {
  ...pageParameters,
  customer: required(string()),
  start_time: required(integer(0)),
  end_time: required(integer(0)),
  value_grouping_window: oneOf("day", "hour"),
} satisfies Record<Exclude<keyof Stripe.Billing.MeterListEventSummariesParams, "expand">, unknown>;

const payload: Kind<Record<string, string>> = optional((value, param) => {
  if (typeof value === "string") throw invalidRequest("Invalid object", undefined, param);
  const texts = [...value].map(([key, text]): [string, string] => {
    if (typeof text === "string") return [key, text];
    throw invalidRequest("The values of a payload must be texts.", undefined, `${param}[${key}]`);
  });
  return Object.fromEntries(texts);
});
/** A time as version 2 of the API writes it. A text that is none makes the usage invalid, not the request. */
const isoTime: Kind<number> = optional((value, param) => Date.parse(string().read(value, param)) / 1000);
const usageParameters = {
  event_name: required(string(100)),
  payload: required(payload),
  identifier: string(100),
};
const meterEventParameters = {
  ...usageParameters,
  timestamp: integer(0),
} satisfies Record<Exclude<keyof Stripe.Billing.MeterEventCreateParams, "expand">, unknown>;
const secondVersionParameters = { ...usageParameters, timestamp: isoTime };
const adjustmentParameters = {
  event_name: required(string(100)),
  type: required(oneOf("cancel")),
  cancel: hash({ identifier: required(string(100)) }),
} satisfies Record<Exclude<keyof Stripe.Billing.MeterEventAdjustmentCreateParams, "expand">, unknown>;

export const meterEndpoints = [
  endpoint("POST", "/v1/billing/meters", createParameters, create),
  endpoint("GET", "/v1/billing/meters", listParameters, ({ context, path }, { status, ...paging }) =>
    page(
      context.store.all("billing.meter"),
      paging,
      path,
      (meter) => status === undefined || meter.status === status,
    ),
  ),
  endpoint("GET", "/v1/billing/meters/:id", {}, ({ context, id }) => context.store.get("billing.meter", id)),
  endpoint("POST", "/v1/billing/meters/:id", updateParameters, update),
  endpoint("POST", "/v1/billing/meters/:id/deactivate", {}, deactivate),
  endpoint("POST", "/v1/billing/meters/:id/reactivate", {}, reactivate),
  endpoint("GET", "/v1/billing/meters/:id/event_summaries", summaryParameters, listSummaries),
  endpoint("POST", "/v1/billing/meter_events", meterEventParameters, createEvent),
  endpoint("POST", "/v1/billing/meter_event_adjustments", adjustmentParameters, adjust),
  endpoint("POST", "/v2/billing/meter_events", secondVersionParameters, (call, usage) => ({
    ...shown(call, usage, (seconds) => new Date(seconds * 1000).toISOString()),
    object: "v2.billing.meter_event",
  })),
  endpoint("POST", "/v2/billing/meter_event_session", {}, createSession),
  endpoint(
    "POST",
    "/v2/billing/meter_event_stream",
    { events: required(list(hash(secondVersionParameters), 100)) },
    ({ context }, { events }) => {
      recordUsage(context, events);
      return {};
    },
  ),
];

/** `billing.meter.created`. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Stripe.Billing.Meter {
  const { store, clock } = context;
  const { event_name: name } = parameters;
  const holder = store
    .all("billing.meter")
    .find((meter) => meter.event_name === name && meter.status === "active");
  if (holder !== undefined) {
    const message = `An active meter (${holder.id}) already exists for event name: ${name}.`;
    throw invalidRequest(message, "resource_already_exists", "event_name");
  }
  const now = clock.now();
  const meter = store.put("billing.meter", {
    id: newId("mtr_test", 32),
    object: "billing.meter",
    created: now,
    customer_mapping: parameters.customer_mapping ?? {
      event_payload_key: "stripe_customer_id",
      type: "by_id",
    },
    default_aggregation: parameters.default_aggregation,
    display_name: parameters.display_name,
    event_name: name,
    event_time_window: parameters.event_time_window ?? null,
    livemode: false,
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: parameters.value_settings ?? { event_payload_key: "value" },
  });
  context.emit("billing.meter.created", meter);
  return meter;
}

/** `billing.meter.updated`. */
function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Stripe.Billing.Meter {
  const before = context.store.get("billing.meter", id);
  const after = context.store.patch("billing.meter", before, { ...parameters, updated: context.clock.now() });
  context.emit("billing.meter.updated", after, {
    display_name: before.display_name,
    updated: before.updated,
  });
  return after;
}

/** `billing.meter.deactivated`. */
function deactivate({ context, id }: Call): Stripe.Billing.Meter {
  const before = context.store.get("billing.meter", id);
  if (before.status !== "active") throw invalidRequest(`The meter ${id} is already inactive.`);
  const now = context.clock.now();
  const after = context.store.patch("billing.meter", before, {
    status: "inactive",
    status_transitions: { deactivated_at: now },
    updated: now,
  });
  context.emit("billing.meter.deactivated", after);
  return after;
}

/** `billing.meter.reactivated`. */
function reactivate({ context, id }: Call): Stripe.Billing.Meter {
  const before = context.store.get("billing.meter", id);
  if (before.status === "active") throw invalidRequest(`The meter ${id} is already active.`);
  const after = context.store.patch("billing.meter", before, {
    status: "active",
    status_transitions: { deactivated_at: null },
    updated: context.clock.now(),
  });
  context.emit("billing.meter.reactivated", after);
  return after;
}

function listSummaries({ context, id, path }: Call, parameters: Parsed<typeof summaryParameters>) {
  const { customer, start_time: start, end_time: end, value_grouping_window: window, ...paging } = parameters;
  const meter = context.store.get("billing.meter", id);
  context.store.get("customer", customer, "customer");
  if (end <= start) {
    throw invalidRequest("Invalid end_time: it must be after start_time.", undefined, "end_time");
  }
  const usage = context.store
    .all("meter_usage")
    .filter((one) => one.meter === meter.id && one.customer === customer);
  return page(summariesOf(meter, usage, { start, end, window }), paging, path);
}

function createEvent(call: Call, usage: Parsed<typeof meterEventParameters>): Stripe.Billing.MeterEvent {
  return { ...shown(call, usage, (seconds) => seconds), object: "billing.meter_event" };
}

/** Records one event. Returns what the caller sees, also of usage that is invalid. */
function shown<Time>({ context }: Call, usage: GivenUsage, time: (seconds: number) => Time) {
  const now = context.clock.now();
  const identifier = usage.identifier ?? randomText(24);
  recordUsage(context, [{ ...usage, identifier }]);
  return {
    created: time(now),
    event_name: usage.event_name,
    identifier,
    livemode: false,
    payload: usage.payload,
    timestamp: time(usage.timestamp ?? now),
  };
}

/** Takes usage back, within a day. */
function adjust(
  { context }: Call,
  { event_name: name, cancel }: Parsed<typeof adjustmentParameters>,
): Stripe.Billing.MeterEventAdjustment {
  if (cancel === undefined)
    throw invalidRequest("Missing required param: cancel.", "parameter_missing", "cancel");
  const isMeant = (usage: MeterUsage) => usage.eventName === name && usage.identifier === cancel.identifier;
  const usage = context.store.all("meter_usage").find(isMeant);
  if (usage === undefined) throw resourceMissing("meter event", cancel.identifier, "cancel[identifier]", 400);
  context.store.remove("meter_usage", usage.id);
  return {
    object: "billing.meter_event_adjustment",
    cancel: { identifier: cancel.identifier },
    event_name: name,
    livemode: false,
    status: "pending",
    type: "cancel",
  };
}

/** Its token is a key for the stream of events. The emulator takes any test key there, too. */
function createSession({ context }: Call): Stripe.V2.Billing.MeterEventSession {
  const now = context.clock.now();
  const iso = (seconds: number) => new Date(seconds * 1000).toISOString();
  return {
    id: newId("mes_test", 32),
    object: "v2.billing.meter_event_session",
    authentication_token: newId("sk_test", 48),
    created: iso(now),
    expires_at: iso(now + SESSION_SECONDS),
    livemode: false,
  };
}
