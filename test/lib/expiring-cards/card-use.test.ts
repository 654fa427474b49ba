import { describe, expect, it } from "@jest/globals";
import type { RecordedObject } from "../../../lib/customers/customer-state.ts";
import type { ObjectState } from "../../../lib/events/object-state.ts";
import { useOfCard } from "../../../lib/expiring-cards/card-use.ts";

/** The cards of the tests stop working here. */
const END = Date.UTC(2028, 4, 1);
const at = (milliseconds: number) => new Date(milliseconds).toISOString();

const record = (
  id: string,
  state: Partial<ObjectState> & { readonly objectType: string },
): RecordedObject => ({
  id,
  knownAt: 0,
  state: { status: "active", final: false, ...state },
});
const customer = (state: Partial<ObjectState> = {}) => record("cus_1", { objectType: "customer", ...state });
const subscription = (id: string, state: Partial<ObjectState> = {}) =>
  record(id, { objectType: "subscription", ...state });
const use = (...records: readonly RecordedObject[]) => useOfCard("pm_1", END, records);

const ITS_OWN = { defaultPaymentMethodId: "pm_1" };

describe("given a card that pays one subscription, and is not the customer's default", () => {
  it.each<[string, Partial<ObjectState>, boolean]>([
    ["goes on", {}, true],
    ["is overdue", { status: "past_due" }, true],
    ["is paused", { status: "paused" }, true],
    ["ends with the card", { cancelAt: at(END) }, false],
    ["ends later than the card", { cancelAt: at(END + 1000) }, true],
    ["ends with its period", { cancelAtPeriodEnd: true, currentPeriodEnd: at(END - 1000) }, false],
    ["only renews before", { cancelAtPeriodEnd: false, currentPeriodEnd: at(END - 1000) }, true],
    ["has ended", { status: "canceled", final: true }, false],
    ["was never paid", { status: "incomplete" }, false],
  ])("one that %s", (_, state, isUsed) => {
    expect(use(customer(), subscription("sub_1", { ...ITS_OWN, ...state }))).toEqual(
      isUsed ? { subscriptionIds: ["sub_1"] } : undefined,
    );
  });
});

describe("given the customer's default card", () => {
  it("it pays the subscriptions without a card of their own", () => {
    const others = [
      subscription("sub_2"),
      subscription("sub_1"),
      subscription("sub_3", { defaultPaymentMethodId: "pm_2" }),
    ];
    expect(use(customer(ITS_OWN), ...others)).toEqual({ subscriptionIds: ["sub_1", "sub_2"] });
  });

  it("it counts without a subscription, because the application can charge it", () => {
    expect(use(customer(ITS_OWN))).toEqual({ subscriptionIds: [] });
  });

  it("that of a deleted customer, or of one who is not known, does not count", () => {
    expect(use(customer({ ...ITS_OWN, status: "deleted", final: true }))).toBeUndefined();
    expect(use(subscription("sub_1", ITS_OWN))).toBeUndefined();
  });
});
