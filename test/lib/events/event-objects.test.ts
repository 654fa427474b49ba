import { describe, expect, it } from "@jest/globals";
import { canHaveId, OBJECT_KINDS, objectOfEvent } from "../../../lib/events/event-objects.ts";
import { queueOf, ROUTED_EVENT_TYPES } from "../../../lib/events/event-queues.ts";
import { queueOfObject } from "../../../lib/events/object-paths.ts";

/** Their objects have no id that a step could know: a customer's entitlements, and reports about meters. */
const WITHOUT_AN_ID = /^(?:entitlements|billing)\./;

describe("the kinds of objects that events are about", () => {
  it.each(ROUTED_EVENT_TYPES.filter((type) => !WITHOUT_AN_ID.test(type)))(
    "%s is about a kind that its own consumer records",
    (type) => {
      expect(queueOfObject(objectOfEvent(type)?.objectType)).toBe(queueOf(type));
    },
  );

  it.each([
    "payout.paid",
    "balance.available",
    "entitlements.active_entitlement_summary.updated",
    "",
    "charge.",
  ])("%j is about none", (type) => {
    expect(objectOfEvent(type)).toBeUndefined();
  });

  it("an id belongs to one kind at most, and only if something follows its prefix", () => {
    for (const kind of OBJECT_KINDS) {
      for (const prefix of kind.prefixes) {
        expect(OBJECT_KINDS.filter((other) => canHaveId(other, `${prefix}1aB`))).toEqual([kind]);
        expect(canHaveId(kind, prefix)).toBe(false);
        expect(canHaveId(kind, `${prefix}1/../2`)).toBe(false);
      }
    }
  });
});
