import { describe, expect, it } from "@jest/globals";
import { type Compared, explained } from "../../../scripts/console/events/why-different.ts";

const OWN = { eventId: "evt_1", eventType: "invoice.finalized", eventCreated: 100 };
const NEWER = { eventId: "evt_2", eventType: "invoice.paid", eventCreated: 200 };
const EQUAL: Compared = {
  ...{ eventId: "evt_1", created: 100, recorded: OWN },
  ...{ isStale: false, isOtherVersion: false, eventDiffers: false, stripeDiffers: false, isAtStripe: true },
};

describe("given an event, its record and its object at Stripe", () => {
  it.each<[string, Partial<Compared>, string[]]>([
    ["all are equal", {}, []],
    ["a newer event was applied", { recorded: NEWER, eventDiffers: true }, ["Right: a newer event"]],
    [
      "the event was stale when it came",
      { recorded: OWN, eventDiffers: true, eventId: "evt_0", isStale: true },
      ["Right: a newer event"],
    ],
    [
      "two events are of one second",
      { recorded: { ...NEWER, eventCreated: 100 }, eventDiffers: true },
      ["Right: evt_2 (invoice.paid) is of the same second"],
    ],
    [
      "the record is older",
      { recorded: { ...NEWER, eventCreated: 50 }, eventDiffers: true },
      ["The record is older"],
    ],
    [
      "the event has another API version",
      { eventDiffers: true, isOtherVersion: true },
      ["Right: Stripe rendered"],
    ],
    ["Stripe has moved on", { stripeDiffers: true }, ["The record differs from Stripe"]],
    ["Stripe does not have it", { isAtStripe: false }, ["Stripe does not have the object"]],
  ])("if %s, it says so", (_when, changes, beginnings) => {
    const told = explained({ ...EQUAL, ...changes });
    expect(told.map((sentence, index) => sentence.slice(0, beginnings[index]?.length))).toEqual(beginnings);
  });

  it("if nothing is recorded, the event was not applied", () => {
    const { recorded: _recorded, ...unknown } = EQUAL;
    expect(explained(unknown)).toEqual(["Nothing is recorded about its object: the event was not applied."]);
  });
});
