import { describe, expect, it } from "@jest/globals";
import { identityAtStripe, identityOf } from "../../../lib/customers/person.ts";

describe("given a person", () => {
  it("the identity is the application's user id if there is one, and otherwise contains no address", () => {
    expect(identityOf({ userId: "u-1", email: "ada@example.com" })).toBe("user:u-1");
    expect(identityOf({ userId: " ", email: "ada@example.com" })).toBe(
      identityOf({ email: "ada@example.com" }),
    );
    expect(identityOf({ email: "ada@example.com" })).toMatch(/^email:[0-9a-f]{64}$/);
  });

  it.each([
    ["Mia.x@Example.com", "mia.x@example.com"],
    [" Ada@Example.com", "ada@example.com"],
    ["ada@exämple.de", "ADA@xn--exmple-cua.de"],
  ])("%j and %j are one", (one, other) => {
    expect(identityOf({ email: one })).toBe(identityOf({ email: other }));
  });
});

describe("given a customer at Stripe", () => {
  const email = "Ada@Example.com";
  it.each<[string, object, string | undefined]>([
    ["with a user id", { email, metadata: { userId: "u-1" } }, "user:u-1"],
    ["with a user id and no address", { email: null, metadata: { userId: "u-1" } }, "user:u-1"],
    ["without a user id", { email, metadata: {} }, identityOf({ email: "ada@example.com" })],
    ["with a blank user id", { email, metadata: { userId: " " } }, identityOf({ email })],
    ["with neither", { email: null, metadata: {} }, undefined],
    ["that is deleted", { id: "cus_1", deleted: true, email, metadata: { userId: "u-1" } }, undefined],
  ])("one %s belongs to %s", (_what, customer, identity) => {
    expect(identityAtStripe({ ...customer })).toBe(identity);
  });
});
