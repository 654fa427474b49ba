import { describe, expect, it } from "@jest/globals";
import { contract as createCustomer } from "../../../../generated/capabilities/stripe-create-customer.ts";
import { contract as createPaymentIntent } from "../../../../generated/capabilities/stripe-create-payment-intent.ts";
import { contract as createSubscription } from "../../../../generated/capabilities/stripe-create-subscription.ts";
import { auditableFields } from "../../../../lib/compiler/contract/auditable-fields.ts";
import type { Field } from "../../../../lib/compiler/contract/field.ts";

describe("given the specification's contracts", () => {
  it("keeps amounts, currencies, ids and statuses; metadata, names, addresses and secrets are not kept", () => {
    expect(createPaymentIntent.inputs).toMatchObject({
      auditablePaths: [["amount"], ["currency"], ["customerId"], ["captureMethod"], ["saveCard"]],
      withheldPaths: [["metadata"], ["description"], ["receiptEmail"], ["returnUrl"]],
    });
    expect(createPaymentIntent.outputs).toMatchObject({
      auditablePaths: [["paymentIntentId"], ["status"]],
      withheldPaths: [["clientSecret"], ["payUrl"]],
    });
    expect(createCustomer.inputs).toMatchObject({
      auditablePaths: [],
      withheldPaths: [["email"], ["name"], ["metadata"]],
    });
    expect(createSubscription.outputs.auditablePaths).toEqual([
      ["subscriptionId"],
      ["status"],
      ["currentPeriodEnd"],
      ["invoiceId"],
    ]);
  });
});

describe("a field", () => {
  it.each<[string, Field, boolean]>([
    ["text", { type: "string" }, true],
    ["a number", { type: "number" }, true],
    ["a timestamp", { type: "timestamp" }, true],
    ["sensitive text", { type: "string", sensitive: true }, false],
    ["a free-form object", { type: "object" }, false],
    ["an object without fields", { type: "object", properties: {} }, false],
    ["an array of anything", { type: "array" }, false],
    ["a file", { type: "file" }, false],
    ["bytes", { type: "bytes" }, false],
    ["a buffer", { type: "buffer" }, false],
  ])("that is %s: %j is kept: %s", (_what, field, kept) => {
    expect(auditableFields({ it: field })).toEqual({
      auditablePaths: kept ? [["it"]] : [],
      withheldPaths: kept ? [] : [["it"]],
    });
  });

  it("is found inside objects and the items of arrays, and nothing is kept inside a sensitive field", () => {
    const line: Field = {
      type: "object",
      properties: { priceId: { type: "string" }, note: { type: "string", sensitive: true } },
    };
    expect(
      auditableFields({
        lines: { type: "array", items: line },
        codes: { type: "array", items: { type: "string", sensitive: true } },
        grid: { type: "array", items: { type: "array", items: { type: "number" } } },
        hidden: { ...line, sensitive: true },
        address: { type: "object", properties: { city: { type: "string" } } },
      }),
    ).toEqual({
      auditablePaths: [
        ["lines", "*", "priceId"],
        ["grid", "*", "*"],
      ],
      withheldPaths: [["lines", "*", "note"], ["codes", "*"], ["hidden"], ["address"]],
    });
  });
});
