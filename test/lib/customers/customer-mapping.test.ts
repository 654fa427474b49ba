import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { customerIdentity, findOrCreateCustomer } from "../../../lib/customers/customer-mapping.ts";
import * as given from "../../steps/given.ts";

given.localAws();

const soon = () => Date.now() + 5_000;
const ada = { customerId: "cus_ada", email: "ada@example.com" };

describe("given a person without a customer", () => {
  it("twenty calls at once create one customer and all get it", async () => {
    const identity = customerIdentity({ email: `${randomUUID()}@example.com` });
    let created = 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        findOrCreateCustomer(identity, soon(), async () => {
          created += 1;
          return ada;
        }),
      ),
    );
    expect(created).toBe(1);
    expect(answers).toEqual(Array(20).fill(ada));
  });

  it("a creation that failed frees the way for the next call", async () => {
    const identity = customerIdentity({ email: `${randomUUID()}@example.com` });
    const failure = new Error("Stripe is down");
    await expect(findOrCreateCustomer(identity, soon(), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await findOrCreateCustomer(identity, soon(), async () => ada)).toEqual(ada);
  });

  it("a call that waits longer than it may says so before its deadline, retryably", async () => {
    const identity = customerIdentity({ userId: randomUUID(), email: "ada@example.com" });
    let finish: (customer: typeof ada) => void = () => undefined;
    const creating = findOrCreateCustomer(
      identity,
      soon(),
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    const deadline = Date.now() + 1_800;
    await expect(findOrCreateCustomer(identity, deadline, async () => ada)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    expect(Date.now()).toBeLessThan(deadline);
    finish(ada);
    expect(await creating).toEqual(ada);
  });
});

describe("given the identity of a person", () => {
  it("it is the application's user id where there is one, and holds no address otherwise", () => {
    expect(customerIdentity({ userId: "u-1", email: "ada@example.com" })).toBe("user:u-1");
    expect(customerIdentity({ email: "ada@example.com" })).toMatch(/^email:[0-9a-f]{64}$/);
    expect(customerIdentity({ email: " Ada@Example.com" })).toBe(
      customerIdentity({ email: "ada@example.com" }),
    );
  });
});
