/** A principal that is bound to a customer reaches that customer's objects only, whether a call reads or changes something. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { Capability } from "../../../lib/capability/capability.ts";
import { policyInput, proveOwnership } from "../../../lib/capability/own-objects.ts";
import { readCapability } from "../../../lib/capability/read-capability.ts";
import { runCapability } from "../../../lib/capability/run-capability.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import * as given from "../../steps/given.ts";
import { aCall, type Charge, contract, type Receipt, rule, succeeding } from "./charge.ts";

given.localAws();
given.capturedLog();

const bound = { id: "portal", roles: ["checkout"], customerId: "cus_1" };
const unbound = { id: "portal", roles: ["checkout"] };
const own = rule({
  id: "own-objects",
  condition: '"checkout" in principal.roles && input.customerId == principal.customerId',
  reads: { input: ["customerId"], usage: [] },
});

/** Charges of the account at Stripe: each is some customer's, or nobody's. */
const findCustomer = async ({ amount }: Charge) => ({ 1: "cus_1", 2: "cus_2" })[amount];
const chargeWith = (changes: Partial<Capability<Charge, Receipt>>) => {
  const { keys, operation } = succeeding();
  return { keys, capability: { contract, operation, policy: createPolicy([own]), findCustomer, ...changes } };
};

describe.each([
  ["reads", readCapability],
  ["changes something", runCapability],
] as const)("given a call of a bound principal that %s", (_what, pipeline) => {
  const call = (inputs: object, changes: Partial<Capability<Charge, Receipt>> = {}) => {
    const { keys, capability } = chargeWith(changes);
    return { keys, ended: pipeline(capability, aCall({ inputs, principal: bound })) };
  };

  it("an object of its customer is reached", async () => {
    const { keys, ended } = call({ amount: 1 });
    await expect(ended).resolves.toMatchObject({ replayed: false });
    expect(keys).toHaveLength(1);
  });

  it.each([
    ["another customer's object", 2],
    ["an object that is nobody's", 3],
  ])("%s does not exist, as far as it can see, and nothing runs", async (_which, amount) => {
    const { keys, ended } = call({ amount });
    await expect(ended).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(keys).toEqual([]);
  });

  it("a customer that it names must be its own, and the object of one that it names is not looked up", async () => {
    await expect(call({ amount: 2, customerId: "cus_1" }).ended).resolves.toBeDefined();
    await expect(call({ amount: 1, customerId: "cus_2" }).ended).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("a capability that cannot find a customer must be told one", async () => {
    const { keys, capability } = chargeWith({});
    const { findCustomer: _finds, ...blind } = capability;
    await expect(pipeline(blind, aCall({ inputs: { amount: 1 }, principal: bound }))).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    expect(keys).toEqual([]);
  });
});

describe("given the inputs of a call", () => {
  it.each<[string, boolean, unknown, typeof unbound, unknown]>([
    [
      "its customer, if it names an object",
      true,
      { paymentId: "pi_1" },
      bound,
      { paymentId: "pi_1", customerId: "cus_1" },
    ],
    ["the customer that they name", true, { customerId: "cus_2" }, bound, { customerId: "cus_2" }],
    ["no customer, if the capability finds none", false, { paymentId: "pi_1" }, bound, { paymentId: "pi_1" }],
    [
      "no customer, if the principal acts for all",
      true,
      { paymentId: "pi_1" },
      unbound,
      { paymentId: "pi_1" },
    ],
    ["what is no object as it is", true, "pi_1", bound, "pi_1"],
  ])("the policy reads %s", (_what, findsCustomer, inputs, principal, read) => {
    expect(policyInput(findsCustomer, inputs, principal)).toEqual(read);
  });

  const prove = (inputs: unknown, principal: typeof unbound, customerId?: string) => {
    let asked = 0;
    const find = async () => {
      asked += 1;
      return customerId;
    };
    const context = { ...aCall({ principal, requestId: randomUUID() }), noteVendorRequest: () => undefined };
    return { asked: () => asked, ended: proveOwnership({ findCustomer: find }, inputs, context) };
  };

  it("for a principal that acts for all customers, or inputs that name one, nobody is asked", async () => {
    for (const { asked, ended } of [
      prove({ paymentId: "pi_1" }, unbound),
      prove({ customerId: "cus_1" }, bound),
    ]) {
      await ended;
      expect(asked()).toBe(0);
    }
  });

  it("nobody is asked if the capability finds no customers: its policy has decided", async () => {
    const context = { ...aCall({ principal: bound }), noteVendorRequest: () => undefined };
    await expect(proveOwnership({}, { paymentId: "pi_1" }, context)).resolves.toBeUndefined();
  });

  it.each<[unknown, string]>([
    [{ note: "x", paymentId: "pi_1", otherId: "in_1" }, "paymentId"],
    [{ Identity: "x", reference: "pi_1" }, "Identity"],
    [{}, ""],
    ["pi_1", ""],
  ])("in %j, what does not exist is named by the field %p", async (inputs, path) => {
    const { asked, ended } = prove(inputs, bound, "cus_2");
    await expect(ended).rejects.toMatchObject({
      code: "NOT_FOUND",
      issues: [{ path, message: "does not exist at Stripe" }],
    });
    expect(asked()).toBe(1);
  });
});
