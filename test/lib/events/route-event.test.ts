import { describe, expect, it } from "@jest/globals";
import { METER_REPORTS } from "../../../lib/events/event-queues.ts";
import { queueOfEvent } from "../../../lib/events/route-event.ts";
import type { QueuedEvent } from "../../../lib/events/stripe-event.ts";

const head = (type: string) => ({ id: "evt_1", type, created: 1_795_478_400, livemode: false });
const thin = (type: string, hasSnapshot: boolean, objectType?: string): QueuedEvent => ({
  ...{ kind: "thin", head: head(type), hasSnapshot },
  ...(objectType === undefined ? {} : { objectType }),
});
const snapshot = (type: string): QueuedEvent => ({
  ...{ kind: "snapshot", head: head(type) },
  event: { ...head(type), object: { id: "sub_1" } },
});
const [report = ""] = METER_REPORTS;
const ENTITLEMENTS = "entitlements.active_entitlement_summary.updated";

describe("given an event", () => {
  it.each<[string, QueuedEvent, string]>([
    ["a snapshot is routed by its type", snapshot("customer.subscription.updated"), "subscription"],
    ["a snapshot of another type too", snapshot("invoice.paid"), "invoice"],
    ["a snapshot of no known type is not consumed", snapshot("wish.granted"), "unrouted"],
    ["a snapshot with the type of a thin report is not one", snapshot(report), "unrouted"],
    ["a reference is routed by its type", { kind: "reference", head: head("refund.created") }, "charge"],
    [
      "one without an object is not consumed, whatever its type is",
      { kind: "opaque", head: head("customer.subscription.updated") },
      "unrouted",
    ],
    [
      "a thin event is routed by its object",
      thin("customer.subscription.active", false, "subscription"),
      "subscription",
    ],
    [
      "a thin event is routed by its object, even if its snapshot's type has another queue",
      thin("invoice.paid", true, "subscription"),
      "subscription",
    ],
    ["a thin event that names no object is routed like its snapshot", thin(ENTITLEMENTS, true), "customer"],
    ["a thin event with neither is not consumed", thin(ENTITLEMENTS, false), "unrouted"],
    ["a thin report about a meter is for usage", thin(report, false, "billing.meter"), "usage"],
  ])("%s", (_what, event, queue) => {
    expect(queueOfEvent(event)).toBe(queue);
  });
});
