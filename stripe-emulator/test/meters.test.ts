import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type Stripe from "stripe";
import { tries } from "./effort.ts";
import { errorOf, eventually, givenAnEmulator, givenAWebhookReceiver, rawCall } from "./running-emulator.ts";

const HOUR = 60 * 60;
const DAY = 24 * HOUR;
const NOW = Date.UTC(2030, 0, 15) / 1000;

async function givenAMeter(formula: "count" | "last" | "sum" = "sum", webhookUrl?: string) {
  const running = await givenAnEmulator({
    now: () => NOW,
    ...(webhookUrl === undefined ? {} : { webhookUrl }),
  });
  const { stripe } = running;
  const { id: customer } = await stripe.customers.create({});
  const meter = await stripe.billing.meters.create({
    display_name: "API calls",
    event_name: "api_call",
    default_aggregation: { formula },
  });
  const report = (value: number, timestamp = NOW, identifier?: string) =>
    stripe.billing.meterEvents.create({
      event_name: "api_call",
      payload: { stripe_customer_id: customer, value: String(value) },
      timestamp,
      ...(identifier === undefined ? {} : { identifier }),
    });
  const used = async (more: Partial<Stripe.Billing.MeterListEventSummariesParams> = {}) => {
    const { data } = await stripe.billing.meters.listEventSummaries(meter.id, {
      customer,
      start_time: NOW - 30 * DAY,
      end_time: NOW + DAY,
      ...more,
    });
    return data.map(({ aggregated_value: value }) => value);
  };
  return { ...running, customer, meter, report, used };
}

describe("given a meter", () => {
  it("it is created active, renamed, deactivated and reactivated, each with an event", async () => {
    const { stripe, meter, eventTypes } = await givenAMeter();
    expect(meter).toMatchObject({
      status: "active",
      customer_mapping: { event_payload_key: "stripe_customer_id", type: "by_id" },
      value_settings: { event_payload_key: "value" },
    });
    await stripe.billing.meters.update(meter.id, { display_name: "Calls" });
    expect(await stripe.billing.meters.deactivate(meter.id)).toMatchObject({
      status: "inactive",
      status_transitions: { deactivated_at: NOW },
    });
    expect((await stripe.billing.meters.list({ status: "active" })).data).toEqual([]);
    expect(await stripe.billing.meters.reactivate(meter.id)).toMatchObject({ status: "active" });
    expect((await eventTypes()).filter((type) => type.startsWith("billing.meter."))).toEqual([
      "billing.meter.created",
      "billing.meter.updated",
      "billing.meter.deactivated",
      "billing.meter.reactivated",
    ]);
  });

  it("no second active one takes the same event name", async () => {
    const { stripe } = await givenAMeter();
    const error = await errorOf(
      stripe.billing.meters.create({
        display_name: "Again",
        event_name: "api_call",
        default_aggregation: { formula: "sum" },
      }),
    );
    expect(error).toMatchObject({ type: "StripeInvalidRequestError", param: "event_name" });
  });

  it.each([
    ["sum", 12],
    ["count", 3],
    ["last", 5],
  ] as const)("%s of three events is %d", async (formula, expected) => {
    const { report, used } = await givenAMeter(formula);
    await report(3, NOW - 2 * HOUR);
    await report(4, NOW - 3 * HOUR);
    await report(5, NOW - HOUR);
    expect(await used()).toEqual([expected]);
  });

  it("whatever usage is reported, each identifier counts once, and the hours add up to the whole", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat({ max: 99 }), fc.nat({ max: 5 * HOUR }), fc.nat({ max: 5 })), {
          maxLength: 12,
        }),
        async (events) => {
          const { report, used } = await givenAMeter();
          const counted = new Map<number, number>();
          for (const [value, ago, identifier] of events) {
            await report(value, NOW - ago, `id-${identifier}`);
            if (!counted.has(identifier)) counted.set(identifier, value);
          }
          const total = [...counted.values()].reduce((sum, value) => sum + value, 0);
          expect(await used()).toEqual([total]);
          const hours = await used({ value_grouping_window: "hour", start_time: NOW - 6 * HOUR, limit: 100 });
          expect(hours.reduce((sum, value) => sum + value, 0)).toBe(total);
        },
      ),
      { numRuns: tries({ sample: 3, whole: 50 }) },
    );
  });

  it("usage can be taken back by its identifier", async () => {
    const { stripe, report, used } = await givenAMeter();
    await report(5, NOW, "one");
    await stripe.billing.meterEventAdjustments.create({
      event_name: "api_call",
      type: "cancel",
      cancel: { identifier: "one" },
    });
    expect(await used()).toEqual([0]);
  });

  it("version 2 of the API takes usage as JSON, one by one and as a stream", async () => {
    const { stripe, emulator, customer, used } = await givenAMeter();
    const payload = { stripe_customer_id: customer, value: "2" };
    const event = await stripe.v2.billing.meterEvents.create({ event_name: "api_call", payload });
    expect(event).toMatchObject({ object: "v2.billing.meter_event", event_name: "api_call", payload });
    const session = await stripe.v2.billing.meterEventSession.create();
    const { status } = await rawCall(emulator, "POST", "/v2/billing/meter_event_stream", {
      headers: {
        authorization: `Bearer ${session.authentication_token}`,
        "content-type": "application/json",
      },
      body: JSON.stringify({
        events: [
          { event_name: "api_call", payload },
          { event_name: "api_call", payload },
        ],
      }),
    });
    expect([status, await used()]).toEqual([200, [6]]);
  });
});

describe("given wrong usage", () => {
  it("a thin event reports what was wrong with it, by kind, and nothing is counted", async () => {
    const receiver = await givenAWebhookReceiver();
    const { stripe, emulator, meter, customer, used } = await givenAMeter("sum", receiver.url);
    const usage = (payload: object, timestamp?: string) => ({
      event_name: "api_call",
      payload,
      ...(timestamp && { timestamp }),
    });
    await rawCall(emulator, "POST", "/v2/billing/meter_event_stream", {
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        events: [
          usage({ value: "1" }),
          usage({ value: "1", stripe_customer_id: "cus_no" }),
          usage({ value: "many", stripe_customer_id: customer }),
          usage({ value: "1", stripe_customer_id: customer }, "2001-01-01T00:00:00Z"),
          usage({ value: "1", stripe_customer_id: customer }, "2101-01-01T00:00:00Z"),
          usage({ stripe_customer_id: customer }),
        ],
      }),
    });
    expect(await used()).toEqual([0]);
    const received = () =>
      receiver.received
        .map(({ body }) => JSON.parse(body))
        .find(({ type }) => type === "v1.billing.meter.error_report_triggered");
    await eventually("the report is delivered", () => received() !== undefined);
    expect(received()).toMatchObject({
      object: "v2.core.event",
      related_object: { id: meter.id, type: "billing.meter", url: `/v1/billing/meters/${meter.id}` },
    });
    expect(received()).not.toHaveProperty("snapshot_event");
    const report: unknown = await stripe.v2.core.events.retrieve(received().id);
    const { data } = Object(report);
    expect(data.reason.error_count).toBe(6);
    expect(data.reason.error_types.map(({ code }: { code: string }) => code)).toEqual([
      "meter_event_no_customer_defined",
      "meter_event_customer_not_found",
      "meter_event_invalid_value",
      "timestamp_too_far_in_past",
      "timestamp_in_future",
      "meter_event_value_not_found",
    ]);
  });

  it("of no meter, or of an inactive one, is reported, too", async () => {
    const { stripe, meter, report, eventTypes } = await givenAMeter();
    await stripe.billing.meters.deactivate(meter.id);
    await report(1);
    await stripe.billing.meterEvents.create({ event_name: "unknown", payload: { value: "1" } });
    expect((await eventTypes()).slice(-2)).toEqual([
      "v1.billing.meter.error_report_triggered",
      "v1.billing.meter.no_meter_found",
    ]);
  });

  it.each([
    ["event_name", "payload[value]=1"],
    ["payload", "event_name=api_call"],
    ["timestamp", "event_name=api_call&payload[value]=1&timestamp=soon"],
  ])("a request without a usable %s is refused, and the error names it", async (param, body) => {
    const { emulator } = await givenAMeter();
    const refused = await rawCall(emulator, "POST", "/v1/billing/meter_events", { body });
    expect([refused.status, Object(refused.body.error).param]).toEqual([400, param]);
  });

  it("a body that is not JSON is refused", async () => {
    const { emulator } = await givenAMeter();
    const headers = { "content-type": "application/json" };
    for (const body of ["{", "5", "[]"]) {
      const { status } = await rawCall(emulator, "POST", "/v2/billing/meter_events", { headers, body });
      expect(status).toBe(400);
    }
  });
});
