import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { HIDDEN, shownBody, shownPayload } from "../../../scripts/console/events/payload.ts";

const SECRETS = {
  client_secret: "pi_3MtwBw_secret_YrKJUKribcBjcG8HVhfZluoGH",
  email: "ada@example.com",
  metadata: { orderId: "order-1042" },
  billing_details: { name: "Ada Lovelace", phone: "+44 20 7946 0000" },
  hosted_invoice_url: "https://invoice.stripe.com/i/acct_1/test_abc",
};

describe("given a payload", () => {
  it("at any depth, it shows no secret, no person and no link", () => {
    const nested = fc.letrec((tie) => ({
      node: fc.oneof(
        { depthSize: "small" },
        fc.constant(SECRETS),
        fc.record({ child: tie("node"), status: fc.constant("paid") }),
        fc.array(tie("node"), { maxLength: 3 }),
      ),
    })).node;
    fc.assert(
      fc.property(nested, (payload) => {
        expect(shownPayload(JSON.stringify(payload))).not.toMatch(
          /_secret_|ada@|Ada|7946|order-1042|invoice\.stripe/,
        );
      }),
    );
  });

  it("what is not there is shown as it is, and so is a path of Stripe's API", () => {
    const given = {
      email: null,
      metadata: {},
      name: "",
      items: { url: "/v1/subscription_items" },
      amount: 4200,
    };
    expect(JSON.parse(shownPayload(JSON.stringify(given)) ?? "")).toEqual(given);
  });

  it("an address in a field that is not known to have one is hidden too", () => {
    const shown = shownPayload(JSON.stringify({ note: "from ada@example.com", email: "ada@example.com" }));
    expect(JSON.parse(shown ?? "")).toEqual({ note: "from [email]", email: HIDDEN });
  });
});

describe("given a message that is not JSON", () => {
  it("its start is shown, without what has the form of a secret", () => {
    expect(shownBody("<script>alert(1)</script> sk_test_4eC39HqLyjWDarjtT1zdp7dc ada@example.com")).toBe(
      "<script>alert(1)</script> [key] [email]",
    );
    expect(shownBody("x".repeat(1_000_000)).length).toBe(2_000);
  });
});
