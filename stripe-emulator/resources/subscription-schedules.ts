import type Stripe from "stripe";
import { present } from "../present.ts";
import { invalidRequest } from "../protocol/errors.ts";
import { newId } from "../protocol/ids.ts";
import { inRange, page } from "../protocol/pagination.ts";
import { changedMetadata } from "../protocol/parameter-kinds.ts";
import type { Parsed } from "../protocol/parameters.ts";
import { applyPhase } from "../schedules/apply-phase.ts";
import { abort, letGo, markCanceled } from "../schedules/end-schedule.ts";
import { runSchedules } from "../schedules/run-schedule.ts";
import { phasesFrom } from "../schedules/schedule-phases.ts";
import { apiRequest } from "../state/api-request.ts";
import type { Context } from "../state/context.ts";
import { previousAttributes } from "../state/emit-event.ts";
import { type Call, endpoint } from "./endpoint.ts";
import {
  cancelParameters,
  createParameters,
  listParameters,
  releaseParameters,
  updateParameters,
} from "./subscription-schedule-parameters.ts";
import { phaseOfSubscription } from "./subscription-schedule-phase.ts";

type Schedule = Stripe.SubscriptionSchedule;

const LIVE: ReadonlySet<string> = new Set(["active", "not_started"]);

export const subscriptionScheduleEndpoints = [
  endpoint("POST", "/v1/subscription_schedules", createParameters, create),
  endpoint("GET", "/v1/subscription_schedules", listParameters, listSchedules),
  endpoint("GET", "/v1/subscription_schedules/:id", {}, ({ context, id }) =>
    context.store.get("subscription_schedule", id),
  ),
  endpoint("POST", "/v1/subscription_schedules/:id", updateParameters, update),
  endpoint("POST", "/v1/subscription_schedules/:id/cancel", cancelParameters, cancel),
  endpoint("POST", "/v1/subscription_schedules/:id/release", releaseParameters, release),
];

/** `subscription_schedule.created`; when the first phase begins now, also the events of its subscription. */
function create({ context }: Call, parameters: Parsed<typeof createParameters>): Schedule {
  const { store, clock } = context;
  if (parameters.from_subscription !== undefined) return createFrom(context, parameters);
  const { customer, phases, start_date: start } = parameters;
  if (customer === undefined) throw missing("customer");
  if (phases === undefined) throw missing("phases");
  if (start === undefined) throw missing("start_date");
  const begin = start === "now" ? clock.now() : start;
  const schedule = store.put("subscription_schedule", {
    ...emptySchedule(context, store.get("customer", customer, "customer").id),
    default_settings: changedSettings(undefined, parameters.default_settings),
    end_behavior: parameters.end_behavior ?? "release",
    metadata: changedMetadata({}, parameters.metadata),
    phases: phasesFrom(context, phases, begin),
  });
  context.emit("subscription_schedule.created", schedule);
  runSchedules(context);
  return store.get("subscription_schedule", schedule.id);
}

/** A schedule whose only phase is the current period of a subscription. */
function createFrom(context: Context, parameters: Parsed<typeof createParameters>): Schedule {
  const { from_subscription: id = "", ...others } = parameters;
  const { billing_mode: _mode, ...conflicting } = others;
  const [other] = Object.keys(conflicting);
  if (other !== undefined) {
    throw invalidRequest(
      `You cannot set \`${other}\` when you create a schedule from a subscription: create it, then update it.`,
      undefined,
      other,
    );
  }
  const { store } = context;
  const subscription = store.get("subscription", id, "from_subscription");
  if (subscription.schedule !== null) {
    const message = `The subscription ${id} is already managed by the subscription schedule ${subscription.schedule}.`;
    throw invalidRequest(message, undefined, "from_subscription");
  }
  if (subscription.ended_at !== null) {
    throw invalidRequest(`The subscription ${id} has ended.`, undefined, "from_subscription");
  }
  const phase = phaseOfSubscription(subscription);
  const schedule = store.put("subscription_schedule", {
    ...emptySchedule(context, String(subscription.customer)),
    current_phase: { start_date: phase.start_date, end_date: phase.end_date },
    default_settings: changedSettings(undefined, {
      collection_method:
        subscription.collection_method === "send_invoice" ? "send_invoice" : "charge_automatically",
      ...present({ default_payment_method: asId(subscription.default_payment_method) }),
      ...present({ description: subscription.description ?? undefined }),
    }),
    phases: [phase],
    status: "active",
    subscription: id,
  });
  context.emit("subscription_schedule.created", schedule);
  const managed = store.patch("subscription", subscription, { schedule: schedule.id });
  context.emit("customer.subscription.updated", managed, { schedule: null });
  return schedule;
}

function listSchedules({ context, path }: Call, parameters: Parsed<typeof listParameters>) {
  const { canceled_at, completed_at, created, customer, released_at, scheduled, ...paging } = parameters;
  const within = (time: number | null, range: typeof created) =>
    range === undefined || (time !== null && inRange(time, range));
  return page(
    context.store.all("subscription_schedule"),
    paging,
    path,
    (schedule) =>
      (customer === undefined || schedule.customer === customer) &&
      (scheduled === undefined || (schedule.status === "not_started") === scheduled) &&
      within(schedule.created, created) &&
      within(schedule.canceled_at, canceled_at) &&
      within(schedule.completed_at, completed_at) &&
      within(schedule.released_at, released_at),
  );
}

/** `subscription_schedule.updated`; a change of the current phase also changes the subscription. */
function update({ context, id }: Call, parameters: Parsed<typeof updateParameters>): Schedule {
  const { store, clock } = context;
  const before = liveSchedule(context, id, "update");
  const phases =
    parameters.phases === undefined ? before.phases : changedPhases(context, before, parameters.phases);
  const now = clock.now();
  const current =
    before.status === "active"
      ? phases.find(({ start_date: start, end_date: end }) => start <= now && now < end)
      : undefined;
  if (before.status === "active" && current === undefined) {
    const message = "The phases must include the current one: no phase given here includes the present time.";
    throw invalidRequest(message, undefined, "phases");
  }
  const after = store.patch("subscription_schedule", before, {
    phases,
    ...present({ end_behavior: parameters.end_behavior }),
    default_settings: changedSettings(before.default_settings, parameters.default_settings),
    metadata: changedMetadata(before.metadata ?? {}, parameters.metadata),
    ...(current && { current_phase: { start_date: current.start_date, end_date: current.end_date } }),
  });
  if (current !== undefined && parameters.phases !== undefined)
    applyPhase(context, after, current, parameters.proration_behavior ?? current.proration_behavior);
  context.emit("subscription_schedule.updated", after, previousAttributes(before, after));
  runSchedules(context);
  return store.get("subscription_schedule", id);
}

function changedPhases(
  context: Context,
  schedule: Schedule,
  given: NonNullable<Parsed<typeof updateParameters>["phases"]>,
): Stripe.SubscriptionSchedule.Phase[] {
  const [first] = given;
  const start =
    first?.start_date === "now"
      ? context.clock.now()
      : (first?.start_date ??
        (schedule.status === "not_started" ? schedule.phases[0]?.start_date : undefined));
  if (start === undefined) {
    throw invalidRequest(
      "The subscription schedule update is missing at least one phase with a `start_date` to anchor end dates to.",
      undefined,
      "phases",
    );
  }
  return phasesFrom(context, given, start);
}

/**
 * Cancels the subscription, too. A schedule that has not begun is aborted: `subscription_schedule.aborted`,
 * `subscription_schedule.canceled`.
 */
function cancel({ context, id }: Call, parameters: Parsed<typeof cancelParameters>): Schedule {
  const { store } = context;
  const schedule = liveSchedule(context, id, "cancel");
  if (schedule.status === "not_started") return markCanceled(context, abort(context, schedule));
  const subscription = store.find("subscription", String(schedule.subscription));
  if (subscription?.ended_at === null) {
    const { invoice_now: invoiceNow = true, prorate = true } = parameters;
    // Its end cancels the schedule.
    apiRequest(context, "DELETE", `/v1/subscriptions/${subscription.id}`, {
      invoice_now: invoiceNow,
      prorate,
    });
    return store.get("subscription_schedule", id);
  }
  return markCanceled(context, schedule);
}

/** Leaves the subscription as it is: `subscription_schedule.released`. */
function release(
  { context, id }: Call,
  { preserve_cancel_date: keep }: Parsed<typeof releaseParameters>,
): Schedule {
  const { store, clock } = context;
  const schedule = liveSchedule(context, id, "release");
  letGo(context, schedule);
  const subscription = store.find("subscription", String(schedule.subscription));
  if (subscription !== undefined && subscription.cancel_at !== null && !keep)
    store.patch("subscription", subscription, {
      cancel_at: null,
      cancel_at_period_end: false,
      canceled_at: null,
    });
  const released = store.patch("subscription_schedule", schedule, {
    status: "released",
    released_at: clock.now(),
    released_subscription: schedule.subscription === null ? null : String(schedule.subscription),
    subscription: null,
    current_phase: null,
  });
  context.emit("subscription_schedule.released", released);
  return released;
}

function liveSchedule({ store }: Context, id: string, action: string): Schedule {
  const schedule = store.get("subscription_schedule", id);
  if (LIVE.has(schedule.status)) return schedule;
  throw invalidRequest(
    `You cannot ${action} a subscription schedule that is in the \`${schedule.status}\` status: it must be \`not_started\` or \`active\`.`,
  );
}

type GivenSettings = Parsed<typeof createParameters>["default_settings"];

function changedSettings(
  before: Stripe.SubscriptionSchedule.DefaultSettings | undefined,
  { invoice_settings: invoice, ...given }: NonNullable<GivenSettings> = {},
): Stripe.SubscriptionSchedule.DefaultSettings {
  const settings = before ?? {
    application_fee_percent: null,
    automatic_tax: { disabled_reason: null, enabled: false, liability: null },
    billing_cycle_anchor: "automatic",
    billing_thresholds: null,
    collection_method: "charge_automatically",
    default_payment_method: null,
    description: null,
    invoice_settings: {
      account_tax_ids: null,
      custom_fields: null,
      days_until_due: null,
      description: null,
      footer: null,
      issuer: { type: "self" },
    },
    on_behalf_of: null,
    transfer_data: null,
  };
  return { ...settings, ...given, invoice_settings: { ...settings.invoice_settings, ...invoice } };
}

function emptySchedule(context: Context, customer: string): Omit<Schedule, "default_settings" | "phases"> {
  return {
    id: newId("sub_sched"),
    object: "subscription_schedule",
    application: null,
    billing_mode: { flexible: { proration_discounts: "included" }, type: "flexible" },
    canceled_at: null,
    completed_at: null,
    created: context.clock.now(),
    current_phase: null,
    customer,
    customer_account: null,
    end_behavior: "release",
    livemode: false,
    metadata: {},
    pause_schedules: [],
    released_at: null,
    released_subscription: null,
    status: "not_started",
    subscription: null,
    test_clock: context.testClock,
  };
}

function asId(value: string | { id: string } | null): string | undefined {
  return typeof value === "string" ? value : value?.id;
}

function missing(param: string): Error {
  return invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
}
