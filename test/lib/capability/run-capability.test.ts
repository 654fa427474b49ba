import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { CapabilityContract, Operation } from "../../../lib/capability/capability.ts";
import { type CapabilityCall, runCapability } from "../../../lib/capability/run-capability.ts";
import { getItem } from "../../../lib/dynamodb.ts";
import { Problem } from "../../../lib/errors.ts";
import { scopedKey } from "../../../lib/idempotency/idempotency-key.ts";
import { createPolicy } from "../../../lib/policy/decide.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";
import type { Emulators } from "../../../local/emulators.ts";
import { localAws } from "../../steps/given.ts";

let aws: Emulators;
beforeAll(async () => {
  aws = await localAws();
});
afterAll(() => aws.close());

interface Charge {
  readonly amount: number;
}
interface Receipt {
  readonly receipt: string;
}

const contract: CapabilityContract<Charge, Receipt> = {
  capabilityId: "charge",
  provider: "test",
  operation: "charge",
  inputs: {
    check: (value) =>
      typeof value === "object" && value !== null && "amount" in value && typeof value.amount === "number"
        ? { ok: true, value: { amount: value.amount } }
        : { ok: false, issues: [{ path: "amount", message: "is required" }] },
    sensitivePaths: [],
    auditablePaths: [["amount"]],
    withheldPaths: [],
  },
  outputs: {
    check: (value) =>
      typeof value === "object" && value !== null && "receipt" in value && typeof value.receipt === "string"
        ? { ok: true, value: { receipt: value.receipt } }
        : { ok: false, issues: [{ path: "receipt", message: "is required" }] },
    sensitivePaths: [],
    auditablePaths: [],
    withheldPaths: [["receipt"]],
  },
};

const adminsMayCharge: PolicyRule = {
  id: "admins-may-charge",
  effect: "PERMIT",
  condition: '"admin" in principal.roles',
  priority: 0,
  redactFields: [],
  reason: "The role admin may charge",
  reads: { input: [], usage: [] },
};
const policy = createPolicy([adminsMayCharge]);

const admin = { id: "tester", roles: ["admin"] };
const aCall = (changes: Partial<CapabilityCall> = {}): CapabilityCall => ({
  inputs: { amount: 4200 },
  principal: admin,
  idempotencyKey: randomUUID(),
  requestId: "request",
  deadline: Date.now() + 5_000,
  now: () => new Date(),
  policy,
  ...changes,
});

/** An operation that counts its runs, and the vendor's idempotency keys it saw. */
function counting(outcome: (run: number) => Promise<Receipt>) {
  const keys: string[] = [];
  const operation: Operation<Charge, Receipt> = (_inputs, context) => {
    keys.push(context.idempotencyKey);
    return outcome(keys.length);
  };
  return { keys, operation };
}
const succeeding = () => counting(async (run) => ({ receipt: `secret-receipt-${run}` }));

describe("given a call that succeeds", () => {
  it("the same key gets the same answer again, without another run", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    expect(await runCapability(contract, operation, call)).toEqual({
      outputs: { receipt: "secret-receipt-1" },
      replayed: false,
    });
    expect(await runCapability(contract, operation, call)).toEqual({
      outputs: { receipt: "secret-receipt-1" },
      replayed: true,
    });
    expect(keys).toHaveLength(1);
  });

  it("the stored answer is not readable in the table", async () => {
    const call = aCall();
    await runCapability(contract, succeeding().operation, call);
    const item = await getItem("IdempotencyKeysTable", {
      id: scopedKey(admin, "charge", call.idempotencyKey),
    });
    expect(item).toMatchObject({ state: "completed", answer: expect.stringMatching(/^sealed:v1:/) });
    expect(JSON.stringify(item)).not.toContain("receipt");
  });

  it("of two hundred calls at once with one key one runs; the rest get its answer or a 409 with a time to retry", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    const results = await Promise.allSettled(
      Array.from({ length: 200 }, () => runCapability(contract, operation, call)),
    );
    expect(keys).toHaveLength(1);
    for (const result of results) {
      if (result.status === "fulfilled")
        expect(result.value.outputs).toEqual({ receipt: "secret-receipt-1" });
      else expect(result.reason).toMatchObject({ code: "CONFLICT", retryAfterSeconds: expect.any(Number) });
    }
  });

  it("another principal's same key is another call", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    await runCapability(contract, operation, call);
    await runCapability(contract, operation, { ...call, principal: { id: "other", roles: ["admin"] } });
    expect(new Set(keys).size).toBe(2);
  });

  it("the same key with other inputs is refused", async () => {
    const call = aCall();
    await runCapability(contract, succeeding().operation, call);
    await expect(
      runCapability(contract, succeeding().operation, { ...call, inputs: { amount: 1 } }),
    ).rejects.toMatchObject({ code: "VALIDATION_FAILED" });
  });
});

describe("given a refused payment", () => {
  it("the refusal is the answer: it is replayed as such", async () => {
    const { keys, operation } = counting(() =>
      Promise.reject(
        new Problem("PAYMENT_REQUIRED", "Your card has insufficient funds.", {
          declineCode: "insufficient_funds",
        }),
      ),
    );
    const call = aCall();
    await expect(runCapability(contract, operation, call)).rejects.toMatchObject({
      code: "PAYMENT_REQUIRED",
      replayed: false,
    });
    await expect(runCapability(contract, operation, call)).rejects.toMatchObject({
      code: "PAYMENT_REQUIRED",
      declineCode: "insufficient_funds",
      message: "Your card has insufficient funds.",
      replayed: true,
    });
    expect(keys).toHaveLength(1);
  });
});

describe("given a failure after which nobody knows what happened", () => {
  it.each([
    new Problem("BAD_GATEWAY", "connection lost"),
    new Problem("TIMEOUT", "too slow"),
    new Problem("RATE_LIMITED", "slow down"),
    new Error("a bug"),
  ])("the next call resumes with the same key at the vendor", async (failure) => {
    const { keys, operation } = counting((run) =>
      run === 1 ? Promise.reject(failure) : Promise.resolve({ receipt: "r" }),
    );
    const call = aCall();
    await expect(runCapability(contract, operation, call)).rejects.toBeInstanceOf(Problem);
    await expect(
      runCapability(contract, operation, { ...call, inputs: { amount: 1 } }),
    ).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(await runCapability(contract, operation, call)).toMatchObject({ outputs: { receipt: "r" } });
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it("an answer that the contract does not promise counts as such", async () => {
    const wrong: Operation<Charge, Receipt> = async () => JSON.parse("{}");
    const call = aCall();
    await expect(runCapability(contract, wrong, call)).rejects.toMatchObject({ code: "INTERNAL_ERROR" });
    expect(await runCapability(contract, succeeding().operation, call)).toMatchObject({ replayed: false });
  });
});

describe("given a call that is refused before it runs", () => {
  it.each<[string, Partial<CapabilityCall>, string]>([
    ["wrong inputs", { inputs: {} }, "VALIDATION_FAILED"],
    ["a principal without rights", { principal: { id: "nobody", roles: ["readonly"] } }, "FORBIDDEN"],
  ])("%s: nothing ran and nothing was written", async (_what, changes, code) => {
    const { keys, operation } = succeeding();
    const call = aCall(changes);
    await expect(runCapability(contract, operation, call)).rejects.toMatchObject({ code });
    expect(keys).toEqual([]);
    expect(
      await getItem("IdempotencyKeysTable", { id: scopedKey(call.principal, "charge", call.idempotencyKey) }),
    ).toBeUndefined();
  });

  it("a final refusal by the operation frees the key", async () => {
    const call = aCall();
    const refusing = counting(() =>
      Promise.reject(new Problem("VALIDATION_FAILED", "customerId names nothing")),
    ).operation;
    await expect(runCapability(contract, refusing, call)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(
      await runCapability(contract, succeeding().operation, { ...call, inputs: { amount: 1 } }),
    ).toMatchObject({ replayed: false });
  });
});
