import { createHash, randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import {
  type CreationAttempt,
  findOrCreateCustomer,
  type MappedCustomer,
} from "../../../lib/customers/customer-mapping.ts";
import { mappingKey } from "../../../lib/customers/mapping-key.ts";
import { identityOf } from "../../../lib/customers/person.ts";
import { env } from "../../../lib/env.ts";
import { timeLeft } from "../../steps/time-left.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";

const dynamodb = withFailingDynamoDb();

const soon = () => timeLeft(60_000);
const ada = { customerId: "cus_ada", livemode: false };

/** Stripe, for a person whose customer `create` creates; it confirms every customer but the `gone` ones. */
const stripeThat = (
  create: (attempt: CreationAttempt) => Promise<MappedCustomer>,
  gone: readonly string[] = [],
) => ({
  current: async (customerId: string) => (gone.includes(customerId) ? undefined : { ...ada, customerId }),
  findOrCreate: create,
});

describe("given a person without a customer", () => {
  it("twenty concurrent calls create one customer, and all get it", async () => {
    const identity = identityOf({ email: `${randomUUID()}@example.com` });
    let created = 0;
    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        findOrCreateCustomer(
          identity,
          soon(),
          stripeThat(async () => {
            created += 1;
            return ada;
          }),
        ),
      ),
    );
    expect(created).toBe(1);
    expect(answers).toEqual(Array(20).fill(ada));
  });

  it("a failed creation lets the next call create the customer", async () => {
    const identity = identityOf({ email: `${randomUUID()}@example.com` });
    const failure = new Error("Stripe is down");
    await expect(
      findOrCreateCustomer(
        identity,
        soon(),
        stripeThat(() => Promise.reject(failure)),
      ),
    ).rejects.toBe(failure);
    expect(
      await findOrCreateCustomer(
        identity,
        soon(),
        stripeThat(async () => ada),
      ),
    ).toEqual(ada);
  });

  it("a call that waits too long fails before its deadline with a retryable problem", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    const begun = Promise.withResolvers<void>();
    const created = Promise.withResolvers<typeof ada>();
    const creating = findOrCreateCustomer(
      identity,
      soon(),
      stripeThat(() => {
        begun.resolve();
        return created.promise;
      }),
    );
    await begun.promise;
    const time = timeLeft(1_800);
    await expect(
      findOrCreateCustomer(
        identity,
        time,
        stripeThat(async () => ada),
      ),
    ).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    expect(Date.now()).toBeLessThan(time.deadline);
    created.resolve(ada);
    expect(await creating).toEqual(ada);
  });
});

describe("given a lost response from DynamoDB, after which the SDK sends the write again", () => {
  const operations = () => dynamodb.requests.map(({ operation }) => operation);

  it("a call recognizes its own claim, and creates the customer without waiting", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    dynamodb.fail({ kind: "reset-after", operation: "PutItem" });
    expect(
      await findOrCreateCustomer(
        identity,
        soon(),
        stripeThat(async () => ada),
      ),
    ).toEqual(ada);
    expect(operations()).toEqual(["GetItem", "PutItem", "PutItem", "GetItem", "UpdateItem"]);
  });

  it("a call recognizes its own record of the customer", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    dynamodb.fail({ kind: "reset-after", operation: "UpdateItem" });
    expect(
      await findOrCreateCustomer(
        identity,
        soon(),
        stripeThat(async () => ada),
      ),
    ).toEqual(ada);
    expect(operations()).toEqual(["GetItem", "PutItem", "UpdateItem", "UpdateItem", "GetItem"]);
    const mustNotCreate = stripeThat(() => Promise.reject(new Error("created again")));
    expect(await findOrCreateCustomer(identity, soon(), mustNotCreate)).toEqual(ada);
  });
});

describe("given responses that all arrive", () => {
  it("creating a customer takes three calls, and finding it takes one", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    for (const expected of [["GetItem", "PutItem", "UpdateItem"], ["GetItem"]]) {
      dynamodb.reset();
      await findOrCreateCustomer(
        identity,
        soon(),
        stripeThat(async () => ada),
      );
      expect(dynamodb.requests.map(({ operation }) => operation)).toEqual(expected);
    }
  });
});

describe("given a call that crashed while it created the customer", () => {
  it("the next call takes over when the lease ends, and the late one cannot record its customer (R5)", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
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
    const late = findOrCreateCustomer(
      identity,
      clock(),
      stripeThat(() => {
        hasBegun();
        return asleep;
      }),
    );
    // If it fails, it never begins.
    await Promise.race([begun, late]);
    at += 4_999;
    await expect(
      findOrCreateCustomer(
        identity,
        clock(at),
        stripeThat(async () => ada),
      ),
    ).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
    });
    at += 1;
    expect(
      await findOrCreateCustomer(
        identity,
        clock(at + 1_000),
        stripeThat(async () => ada),
      ),
    ).toEqual(ada);
    wakeUp({ ...ada, customerId: "cus_late" });
    await expect(late).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", retryAfterSeconds: 1 });
    expect(
      await findOrCreateCustomer(
        identity,
        clock(at),
        stripeThat(() => asleep),
      ),
    ).toEqual(ada);
  });
});

describe("given a mapped customer that Stripe does not confirm", () => {
  it("the next call creates another one in a new attempt, and concurrent calls share it", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    const keys: string[] = [];
    const creating = (customerId: string) =>
      stripeThat(
        async ({ key, isResumed }) => {
          expect(isResumed).toBe(false);
          keys.push(key);
          return { ...ada, customerId };
        },
        ["cus_ada"],
      );
    await findOrCreateCustomer(identity, soon(), creating("cus_ada"));
    const found = await Promise.all(
      Array.from({ length: 10 }, () => findOrCreateCustomer(identity, soon(), creating("cus_new"))),
    );
    expect(new Set(found.map(({ customerId }) => customerId))).toEqual(new Set(["cus_new"]));
    expect(new Set(keys).size).toBe(2);
    expect(keys).toHaveLength(2);
  });

  it("the mapping records the account and the mode of the new one", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    await findOrCreateCustomer(
      identity,
      soon(),
      stripeThat(async () => ({ ...ada, account: "acct_old" })),
    );
    const moved = { customerId: "cus_new", account: "acct_new", livemode: true };
    await findOrCreateCustomer(
      identity,
      soon(),
      stripeThat(async () => moved, ["cus_ada"]),
    );
    expect(await getItem(env("CUSTOMERS_TABLE"), { identity: await mappingKey(identity) })).toMatchObject(
      moved,
    );
  });
});

describe("given an attempt whose outcome is not known", () => {
  it("the next call resumes it with the same key, until one knows the outcome", async () => {
    const identity = identityOf({ userId: randomUUID(), email: "ada@example.com" });
    const attempts: (readonly [key: string, isResumed: boolean])[] = [];
    const failing = (isOver: boolean) =>
      stripeThat(async ({ key, isResumed, next }) => {
        attempts.push([key, isResumed]);
        if (isOver) await next();
        throw new Error("Stripe is down");
      });
    for (const isOver of [false, true, false]) {
      await expect(findOrCreateCustomer(identity, soon(), failing(isOver))).rejects.toThrow("down");
    }
    const [first, second, third] = attempts;
    expect(second).toEqual([first?.[0], true]);
    expect(third?.[0]).not.toBe(first?.[0]);
  });
});

describe("given the table of customers", () => {
  const keyWith = async (secrets: string, person: string) => {
    const { APP_SECRET } = process.env;
    process.env.APP_SECRET = secrets;
    try {
      return await mappingKey(person);
    } finally {
      process.env.APP_SECRET = APP_SECRET;
    }
  };
  const person = "user:ada@example.com";

  it("its keys show no user id, and nobody without the secret can compute them", async () => {
    const key = await mappingKey(person);
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    expect(key).not.toBe(createHash("sha256").update(person).digest("hex"));
    expect(await keyWith("another secret of the tests", person)).not.toBe(key);
  });

  it("keys stay the same while the secret is rotated", async () => {
    const before = await keyWith("the old secret of the tests", person);
    expect(await keyWith("the new secret of the tests,the old secret of the tests", person)).toBe(before);
  });
});
