import { describe, expect, it } from "@jest/globals";
import { compare, type Dated, winsWithoutStripe } from "../../../lib/events/order.ts";

const dated = (eventId: string, eventCreated: number, final = false): Dated => ({
  eventId,
  eventCreated,
  final,
});

describe("given a recorded state and an event", () => {
  const open = dated("evt_b", 100);
  const ended = dated("evt_b", 100, true);
  it.each<[string, Dated | undefined, Dated, ReturnType<typeof compare>]>([
    ["nothing is recorded", undefined, dated("evt_a", 1), "write"],
    ["it is the recorded event", open, dated("evt_b", 100), "same"],
    ["it is the recorded event, which ended the object", ended, dated("evt_b", 100, true), "same"],
    ["newer", open, dated("evt_c", 101), "write"],
    ["newer, and the end", open, dated("evt_c", 101, true), "write"],
    ["of the same second", open, dated("evt_c", 100), "ask"],
    ["of the same second, and the end", open, dated("evt_c", 100, true), "ask"],
    ["older", open, dated("evt_a", 99), "stale"],
    ["older, and yet the end", open, dated("evt_a", 99, true), "ask"],
    ["newer than the end, and not an end", ended, dated("evt_c", 101), "ask"],
    ["newer than the end, and an end", ended, dated("evt_c", 101, true), "write"],
    ["of the second of the end", ended, dated("evt_c", 100), "ask"],
    ["older than the end", ended, dated("evt_a", 99), "stale"],
    ["older than the end, and an end", ended, dated("evt_a", 99, true), "stale"],
  ])("%s", (_what, stored, incoming, verdict) => {
    expect(compare(stored, incoming)).toBe(verdict);
  });
});

describe("given two events about an object that Stripe does not know", () => {
  it.each<[string, Dated, Dated]>([
    ["the end wins over a later second", dated("evt_a", 99, true), dated("evt_b", 100)],
    ["the later second wins over the greater id", dated("evt_a", 100), dated("evt_b", 99)],
    ["the later of two ends wins", dated("evt_a", 100, true), dated("evt_b", 99, true)],
    ["the greater id wins within a second", dated("evt_b", 100), dated("evt_a", 100)],
  ])("%s, in both orders", (_what, winner, loser) => {
    expect(winsWithoutStripe(loser, winner)).toBe(true);
    expect(winsWithoutStripe(winner, loser)).toBe(false);
  });
});
