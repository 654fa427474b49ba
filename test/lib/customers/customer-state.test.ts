import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { ACCESS_REASONS, accessOf } from "../../../lib/customers/access.ts";
import { customerState, type RecordedObject } from "../../../lib/customers/customer-state.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";

const NOW = new Date("2026-11-27T12:00:00.000Z");
const DAY = 24 * 60 * 60 * 1000;
/** A time so many days from now. */
const inDays = (days: number) => new Date(NOW.getTime() + days * DAY).toISOString();

const subscription = (changes: Partial<ObjectState> = {}): ObjectState => ({
  objectType: "subscription",
  status: "active",
  final: false,
  customerId: "cus_ada",
  currentPeriodEnd: inDays(10),
  ...changes,
});
const recorded = (state: ObjectState, id = "sub_1"): RecordedObject => ({
  id,
  state,
  knownAt: 1_795_000_000,
});
const stateAt = (now: Date, ...states: ObjectState[]) =>
  customerState(
    "cus_ada",
    states.map((state, index) => recorded(state, `sub_${index}`)),
    { now, graceDays: 7 },
  );
const accessAt = (now: Date, ...states: ObjectState[]) => stateAt(now, ...states).access;

describe("given the last record of a subscription", () => {
  it.each<[string, Partial<ObjectState>, object]>([
    ["active", {}, { active: true, reason: "active", until: inDays(10) }],
    [
      "active and ending with its period",
      { cancelAtPeriodEnd: true },
      { active: true, reason: "active", until: inDays(10) },
    ],
    [
      "active and ending on a date",
      { cancelAt: inDays(3) },
      { active: true, reason: "active", until: inDays(3) },
    ],
    [
      "in a trial",
      { status: "trialing", trialEnd: inDays(5) },
      { active: true, reason: "trialing", until: inDays(5) },
    ],
    [
      "overdue since yesterday",
      { status: "past_due", overdueSince: inDays(-1) },
      { active: true, reason: "grace", until: inDays(6) },
    ],
    [
      "overdue for the whole grace",
      { status: "past_due", overdueSince: inDays(-7) },
      { active: false, reason: "past-due" },
    ],
    [
      "overdue for a second less",
      { status: "past_due", overdueSince: new Date(NOW.getTime() - 7 * DAY + 1000).toISOString() },
      { active: true, reason: "grace" },
    ],
    [
      "overdue since yesterday, and ending tomorrow",
      { status: "past_due", overdueSince: inDays(-1), cancelAt: inDays(1) },
      { active: true, reason: "grace", until: inDays(1) },
    ],
    [
      "never paid, and past its end",
      { status: "incomplete_expired", cancelAt: inDays(-1) },
      { reason: "none" },
    ],
    ["unpaid", { status: "unpaid" }, { active: false, reason: "past-due" }],
    ["active, its collection paused", { pausedCollection: "void" }, { active: false, reason: "paused" }],
    [
      "paused until tomorrow",
      { pausedCollection: "void", collectionResumesAt: inDays(1) },
      { active: false, reason: "paused" },
    ],
    [
      "paused until yesterday",
      { pausedCollection: "void", collectionResumesAt: inDays(-1) },
      { active: true, reason: "active" },
    ],
    ["paused after its trial", { status: "paused" }, { active: false, reason: "paused" }],
    ["canceled", { status: "canceled", final: true }, { active: false, reason: "ended" }],
    ["never paid", { status: "incomplete" }, { active: false, reason: "none" }],
    ["never paid in time", { status: "incomplete_expired", final: true }, { active: false, reason: "none" }],
    ["in a status of tomorrow", { status: "levitating" }, { active: false, reason: "none" }],
  ])("%s: access is as promised", (_what, changes, access) => {
    expect(accessAt(NOW, subscription(changes))).toMatchObject(access);
  });
});

describe("given 72 hours in which no event has arrived", () => {
  const later = new Date(NOW.getTime() + 3 * DAY);
  it.each<[string, Partial<ObjectState>, object]>([
    [
      "a renewal is taken for paid, for as long as the grace",
      { currentPeriodEnd: inDays(1) },
      { active: true, reason: "active", until: inDays(8) },
    ],
    [
      "a scheduled end has come",
      { currentPeriodEnd: inDays(1), cancelAtPeriodEnd: true },
      { active: false, reason: "ended" },
    ],
    ["an end on a date has come", { cancelAt: inDays(2) }, { active: false, reason: "ended" }],
    [
      "a trial with a card goes on",
      {
        status: "trialing",
        trialEnd: inDays(1),
        defaultPaymentMethodId: "card_1",
        trialEndsWithoutCard: "cancel",
      },
      { active: true, reason: "active" },
    ],
    [
      "a trial without a card has ended",
      { status: "trialing", trialEnd: inDays(1), trialEndsWithoutCard: "cancel" },
      { active: false, reason: "ended" },
    ],
    [
      "a trial without a card was paused",
      { status: "trialing", trialEnd: inDays(1), trialEndsWithoutCard: "pause" },
      { active: false, reason: "paused" },
    ],
    [
      "a pause has ended",
      { pausedCollection: "void", collectionResumesAt: inDays(2) },
      { active: true, reason: "active" },
    ],
  ])("%s", (_what, changes, access) => {
    expect(accessAt(later, subscription(changes))).toMatchObject(access);
  });

  it("a renewal does not outlive a scheduled end", () => {
    const state = subscription({ currentPeriodEnd: inDays(1), cancelAt: inDays(5) });
    expect(accessAt(later, state)).toEqual({ active: true, reason: "active", until: inDays(5) });
  });

  it("a default card counts while it is attached", () => {
    const trial = subscription({ status: "trialing", trialEnd: inDays(1), trialEndsWithoutCard: "cancel" });
    const customer: ObjectState = {
      ...{ objectType: "customer", status: "active", final: false },
      defaultPaymentMethodId: "pm_1",
    };
    const card: ObjectState = { objectType: "payment_method", status: "attached", final: false };
    const withCard = [recorded(trial), recorded(customer, "cus_ada"), recorded(card, "pm_1")];
    const reasonWith = (records: readonly RecordedObject[]) =>
      customerState("cus_ada", records, { now: later, graceDays: 7 }).access.reason;
    expect(reasonWith(withCard)).toBe("active");
    expect(reasonWith(withCard.slice(0, 2))).toBe("ended");
  });

  it("a trial has ended if the customer's cards are only attached, because Stripe charges the default one", () => {
    const trial = subscription({ status: "trialing", trialEnd: inDays(1), trialEndsWithoutCard: "cancel" });
    const card: ObjectState = { objectType: "payment_method", status: "attached", final: false };
    expect(stateAt(later, trial, card)).toMatchObject({
      hasPaymentMethod: true,
      access: { reason: "ended" },
    });
  });

  it("without news, no access outlives the grace after what was paid", () => {
    const muchLater = new Date(NOW.getTime() + 18 * DAY);
    expect(accessAt(muchLater, subscription())).toEqual({ active: false, reason: "past-due" });
  });
});

describe("given a deleted customer", () => {
  it("nothing of it is shown, and nobody has access", () => {
    const customer: ObjectState = {
      ...{ objectType: "customer", status: "deleted", final: true, email: "ada@example.com" },
      metadata: { userId: "user-1" },
    };
    expect(stateAt(NOW, subscription(), customer)).toEqual({
      customerId: "cus_ada",
      hasPaymentMethod: false,
      delinquent: false,
      access: { active: false, reason: "none" },
      subscriptions: [],
      entitlements: [],
      asOf: "2026-11-18T11:06:40.000Z",
    });
  });
});

describe("given several subscriptions", () => {
  const statuses = fc.constantFrom(
    "active",
    "trialing",
    "past_due",
    "unpaid",
    "paused",
    "canceled",
    "incomplete",
  );
  const times = fc.integer({ min: -30, max: 30 }).map(inDays);
  const subscriptions = fc.array(
    fc
      .record(
        {
          status: statuses,
          currentPeriodEnd: times,
          trialEnd: times,
          overdueSince: times,
          cancelAt: times,
          cancelAtPeriodEnd: fc.boolean(),
          pausedCollection: fc.constant("void"),
          collectionResumesAt: times,
          createdAt: times,
        },
        { requiredKeys: ["status"] },
      )
      .map((changes) => subscription({ ...changes, final: changes.status === "canceled" })),
    { maxLength: 6 },
  );

  it("the best access counts, whatever the order of the records", () => {
    fc.assert(
      fc.property(subscriptions, fc.nat(), (states, turn) => {
        const { access } = stateAt(NOW, ...states);
        const each = states.map((state) => accessOf(state, false, { now: NOW, graceDays: 7 }));
        const best = Math.min(
          ACCESS_REASONS.indexOf("none"),
          ...each.map(({ reason }) => ACCESS_REASONS.indexOf(reason)),
        );
        expect(access.reason).toBe(ACCESS_REASONS[best]);
        expect(access.active).toBe(["active", "trialing", "grace"].includes(access.reason));
        const at = turn % Math.max(1, states.length);
        const turned = [...states.slice(at), ...states.slice(0, at)];
        expect(stateAt(NOW, ...turned).access).toEqual(access);
      }),
    );
  });

  it("access that is granted has an end in the future", () => {
    fc.assert(
      fc.property(subscriptions, (states) => {
        const { active, until } = stateAt(NOW, ...states).access;
        if (active && until !== undefined) expect(Date.parse(until)).toBeGreaterThan(NOW.getTime());
      }),
    );
  });
});
