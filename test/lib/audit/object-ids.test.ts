import { describe, expect, it } from "@jest/globals";
import { objectIdsIn } from "../../../lib/audit/object-ids.ts";

describe("given a payload", () => {
  it("the ids of Stripe's objects are found at any depth, each once", () => {
    expect(
      objectIdsIn({
        customerId: "cus_9s6XKzkNRiz8i3",
        paymentIntentId: "pi_3MtwBwLkdIwHu7ix28a3tqPa",
        lines: [{ priceId: "price_1MoBy5LkdIwHu7ixZhnattbh" }, { customerId: "cus_9s6XKzkNRiz8i3" }],
      }),
    ).toEqual(["cus_9s6XKzkNRiz8i3", "pi_3MtwBwLkdIwHu7ix28a3tqPa", "price_1MoBy5LkdIwHu7ixZhnattbh"]);
  });

  it("an id without a digit is found: one of twelve customers has such an id", () => {
    expect(objectIdsIn({ customerId: "cus_NffrFeUfNVqKrx", other: "cus_NIlDuuCjgNxuLU" })).toHaveLength(2);
  });

  it("SES's id of a mail is found", () => {
    const messageId = "0100018c1a2b3c4d-8f9e0d1c-2b3a-4958-8776-655443322110-000000";
    expect(objectIdsIn({ messageId })).toEqual([messageId]);
  });

  it.each([
    "requires_payment_method",
    "in_transit",
    "card_declined",
    "usd",
    "pi_",
    "pi_1_secret_2",
    "[redacted]",
    "see pi_1",
    "6f0d1f64-0000-4000-8000-000000000000",
    "",
  ])("%j is not an id", (text) => {
    expect(objectIdsIn({ text, number: 1, nothing: null })).toEqual([]);
  });
});
