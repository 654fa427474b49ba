import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { customerIdentity, findOrCreateCustomer } from "../../../lib/customers/customer-mapping.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const soon = () => timeLeft(5_000);
const ada = { customerId: "cus_ada", email: "ada@example.com" };

describe("given a person without a customer", () => {
  it("twenty concurrent calls create one customer, and all get it", async () => {
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

  it("a failed creation lets the next call create the customer", async () => {
    const identity = customerIdentity({ email: `${randomUUID()}@example.com` });
    const failure = new Error("Stripe is down");
    await expect(findOrCreateCustomer(identity, soon(), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await findOrCreateCustomer(identity, soon(), async () => ada)).toEqual(ada);
  });

  it("a call that waits too long fails before its deadline with a retryable problem", async () => {
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
    const time = timeLeft(1_800);
    await expect(findOrCreateCustomer(identity, time, async () => ada)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    expect(Date.now()).toBeLessThan(time.deadline);
    finish(ada);
    expect(await creating).toEqual(ada);
  });
});

describe("given a lost response from DynamoDB, after which the SDK sends the write again", () => {
  const operations = () => dynamodb.requests.map(({ operation }) => operation);

  it("a call recognizes its own claim, and creates the customer without waiting", async () => {
    const identity = customerIdentity({ userId: randomUUID(), email: ada.email });
    dynamodb.fail({ kind: "reset-after", operation: "PutItem" });
    expect(await findOrCreateCustomer(identity, soon(), async () => ada)).toEqual(ada);
    expect(operations()).toEqual(["GetItem", "PutItem", "PutItem", "GetItem", "UpdateItem"]);
  });

  it("a call recognizes its own record of the customer", async () => {
    const identity = customerIdentity({ userId: randomUUID(), email: ada.email });
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    expect(await findOrCreateCustomer(identity, soon(), async () => ada)).toEqual(ada);
    expect(operations()).toEqual(["GetItem", "PutItem", "UpdateItem", "UpdateItem", "GetItem"]);
    const mustNotCreate = () => Promise.reject(new Error("created again"));
    expect(await findOrCreateCustomer(identity, soon(), mustNotCreate)).toEqual(ada);
  });
});

describe("given responses that all arrive", () => {
  it("creating a customer takes three calls, and finding it takes one", async () => {
    const identity = customerIdentity({ userId: randomUUID(), email: ada.email });
    for (const expected of [["GetItem", "PutItem", "UpdateItem"], ["GetItem"]]) {
      dynamodb.reset();
      await findOrCreateCustomer(identity, soon(), async () => ada);
      expect(dynamodb.requests.map(({ operation }) => operation)).toEqual(expected);
    }
  });
});

describe("given a call that crashed while it created the customer", () => {
  it("the next call takes over when the lease ends, and the late one cannot record its customer (R5)", async () => {
    const identity = customerIdentity({ userId: randomUUID(), email: ada.email });
    let at = Date.parse("2026-11-25T00:00:00Z");
    const clock = (deadline = at + 5_000) => ({ deadline, now: () => new Date(at) });
    let wakeUp: (customer: typeof ada) => void = () => undefined;
    const asleep = new Promise<typeof ada>((resolve) => {
      wakeUp = resolve;
    });
    let hasBegun = () => {};
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const late = findOrCreateCustomer(identity, clock(), () => {
      hasBegun();
      return asleep;
    });
    // If it fails, it never begins.
    await Promise.race([begun, late]);
    at += 4_999;
    await expect(findOrCreateCustomer(identity, clock(at), async () => ada)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
    });
    at += 1;
    expect(await findOrCreateCustomer(identity, clock(at + 1_000), async () => ada)).toEqual(ada);
    wakeUp({ customerId: "cus_late", email: ada.email });
    await expect(late).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", retryAfterSeconds: 1 });
    expect(await findOrCreateCustomer(identity, clock(at), () => asleep)).toEqual(ada);
  });
});

describe("given the identity of a person", () => {
  it("it is the application's user id if there is one, and otherwise contains no address", () => {
    expect(customerIdentity({ userId: "u-1", email: "ada@example.com" })).toBe("user:u-1");
    expect(customerIdentity({ email: "ada@example.com" })).toMatch(/^email:[0-9a-f]{64}$/);
    expect(customerIdentity({ email: " Ada@Example.com" })).toBe(
      customerIdentity({ email: "ada@example.com" }),
    );
  });
});
