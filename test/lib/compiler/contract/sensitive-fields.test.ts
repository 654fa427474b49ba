import { describe, expect, it } from "@jest/globals";
import { contract as createCustomer } from "../../../../generated/capabilities/stripe-create-customer.ts";
import { contract as createPaymentIntent } from "../../../../generated/capabilities/stripe-create-payment-intent.ts";
import { sensitivePaths } from "../../../../lib/compiler/contract/sensitive-fields.ts";

describe("a field", () => {
  it("is sensitive by its name, in the specification's contracts too", () => {
    expect(createPaymentIntent.outputs.sensitivePaths).toEqual([["clientSecret"], ["payUrl"]]);
    expect(createCustomer.inputs.sensitivePaths).toEqual([["email"], ["name"]]);
  });

  it("is sensitive if it is marked", () => {
    expect(sensitivePaths({ iban: { type: "string", sensitive: true } })).toEqual([["iban"]]);
  });

  it("is not sensitive by name if it is marked as not sensitive", () => {
    expect(sensitivePaths({ name: { type: "string", sensitive: false } })).toEqual([]);
  });

  it("is found inside objects, and inside the items of arrays", () => {
    const person = { type: "object", properties: { email: { type: "string" } } } as const;

    expect(
      sensitivePaths({
        payer: person,
        payees: { type: "array", items: person },
        codes: { type: "array", items: { type: "string", sensitive: true } },
        grid: { type: "array", items: { type: "array", items: person } },
      }),
    ).toEqual([
      ["payer", "email"],
      ["payees", "*", "email"],
      ["codes", "*"],
      ["grid", "*", "*", "email"],
    ]);
  });
});
