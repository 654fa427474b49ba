/**
 * The specification's contracts, field by field. Ours may add optional fields; what the specification says stays: each
 * field with its type, and no stricter rule.
 */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { type Field, type Fields, isRequired } from "../lib/compiler/contract/field.ts";
import { CONSTRAINTS } from "../lib/compiler/contract/field-keys.ts";
import { loadContract } from "../lib/compiler/contract/load-contract.ts";

const text: Field = { type: "string" };
const maybe = (field: Field): Field => ({ ...field, optional: true });
const METADATA = maybe({ type: "object" });

const SPECIFIED: Readonly<Record<string, { operation: string; inputs: Fields; outputs: Fields }>> = {
  "stripe-create-payment-intent": {
    operation: "createPaymentIntent",
    inputs: {
      amount: { type: "number" },
      currency: { type: "string", default: "usd" },
      customerId: maybe(text),
      metadata: METADATA,
    },
    outputs: { paymentIntentId: text, clientSecret: text, status: text },
  },
  "stripe-create-customer": {
    operation: "createCustomer",
    inputs: { email: text, name: maybe(text), metadata: METADATA },
    outputs: { customerId: text, email: text },
  },
  "stripe-create-subscription": {
    operation: "createSubscription",
    inputs: { customerId: text, priceId: text, trialDays: maybe({ type: "number" }) },
    outputs: { subscriptionId: text, status: text, currentPeriodEnd: { type: "timestamp" } },
  },
};

/** What can make a field stricter. */
const RULES = [...CONSTRAINTS.keys(), "enum"].filter((name) => name !== "items" && name !== "properties");

describe.each(Object.entries(SPECIFIED))("given the specification of %s", (capability, specified) => {
  const file = `functions/${capability}/contract.yml`;
  const contract = loadContract(file, readFileSync(file, "utf8"));

  it("its name, provider and operation are ours", () => {
    expect(contract).toMatchObject({
      capabilityId: capability,
      provider: { type: "stripe", operation: specified.operation },
    });
  });

  it.each(["inputs", "outputs"] as const)(
    "each of its %s is ours, with its type and no stricter rule",
    (part) => {
      for (const [name, field] of Object.entries(specified[part])) {
        const own = contract[part][name];
        expect({ name, type: own?.type, default: own?.default }).toEqual({
          name,
          type: field.type,
          default: field.default,
        });
        expect({ name, rules: Object.keys(own ?? {}).filter((key) => RULES.includes(key)) }).toEqual({
          name,
          rules: [],
        });
        expect({ name, required: own && isRequired(own) }).toEqual({ name, required: isRequired(field) });
      }
    },
  );

  it("what we have added can be left out by a caller", () => {
    const added = Object.entries(contract.inputs).filter(([name]) => !Object.hasOwn(specified.inputs, name));
    expect(added.filter(([, field]) => isRequired(field))).toEqual([]);
  });
});
