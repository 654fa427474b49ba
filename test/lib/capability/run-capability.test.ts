import { describe, expect, it } from "@jest/globals";
import { getItem } from "../../../lib/aws/dynamodb.ts";
import type { Operation } from "../../../lib/capability/capability.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { scopedKey } from "../../../lib/idempotency/idempotency-key.ts";
import * as given from "../../steps/given.ts";
import { aCall, type Charge, counting, keptOf, type Receipt, run, succeeding } from "./charge.ts";

given.localAws();

describe("given a call that succeeds", () => {
  it("the same key gets the same answer again, without another run", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    expect(await run(operation, call)).toEqual({
      outputs: { receipt: "secret-receipt-1" },
      replayed: false,
    });
    expect(await run(operation, call)).toEqual({
      outputs: { receipt: "secret-receipt-1" },
      replayed: true,
    });
    expect(keys).toHaveLength(1);
  });

  it("the stored answer is not readable in the table", async () => {
    const call = aCall();
    await run(succeeding().operation, call);
    const item = await keptOf(call);
    expect(item).toMatchObject({ state: "completed", answer: expect.stringMatching(/^sealed:v1:/) });
    expect(JSON.stringify(item)).not.toContain("receipt");
  });

  it("another principal's same key is another call", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    await run(operation, call);
    await run(operation, { ...call, principal: { id: "other", roles: ["admin"] } });
    expect(new Set(keys).size).toBe(2);
  });

  it("the key of a step of a run is no caller's key, and is kept below its own name", async () => {
    const { keys, operation } = succeeding();
    const call = aCall();
    await run(operation, { ...call, action: "step" });
    const id = scopedKey(call.principal, "step:charge", call.idempotencyKey ?? "");
    expect(await getItem("IdempotencyKeysTable", { id })).toMatchObject({ state: "completed" });
    expect(await keptOf(call)).toBeUndefined();
    expect(await run(operation, call)).toMatchObject({ replayed: false });
    expect(new Set(keys).size).toBe(2);
  });

  it("the same key with other inputs is refused", async () => {
    const call = aCall();
    await run(succeeding().operation, call);
    await expect(run(succeeding().operation, { ...call, inputs: { amount: 1 } })).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
  });
});

describe("given a refused payment", () => {
  it("the refusal is the answer, and is replayed", async () => {
    const { keys, operation } = counting(() =>
      Promise.reject(
        new Problem("PAYMENT_REQUIRED", "Your card has insufficient funds.", {
          declineCode: "insufficient_funds",
        }),
      ),
    );
    const call = aCall();
    await expect(run(operation, call)).rejects.toMatchObject({
      code: "PAYMENT_REQUIRED",
      replayed: false,
    });
    await expect(run(operation, call)).rejects.toMatchObject({
      code: "PAYMENT_REQUIRED",
      declineCode: "insufficient_funds",
      message: "Your card has insufficient funds.",
      replayed: true,
    });
    expect(keys).toHaveLength(1);
  });
});

describe("given a failure with an unknown outcome", () => {
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
    await expect(run(operation, call)).rejects.toBeInstanceOf(Problem);
    await expect(run(operation, { ...call, inputs: { amount: 1 } })).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(await run(operation, call)).toMatchObject({ outputs: { receipt: "r" } });
    expect(keys).toHaveLength(2);
    expect(keys[0]).toBe(keys[1]);
  });

  it("outputs that do not fit the contract count as an unknown outcome", async () => {
    const wrong: Operation<Charge, Receipt> = async () => JSON.parse("{}");
    const call = aCall();
    await expect(run(wrong, call)).rejects.toMatchObject({ code: "INTERNAL_ERROR" });
    expect(await run(succeeding().operation, call)).toMatchObject({ replayed: false });
  });
});

describe("given a call that is refused before it runs", () => {
  it.each<[string, Partial<CapabilityCall>, string]>([
    ["wrong inputs", { inputs: {} }, "VALIDATION_FAILED"],
    ["a principal without rights", { principal: { id: "nobody", roles: ["readonly"] } }, "FORBIDDEN"],
  ])("%s: nothing runs and nothing is written", async (_what, changes, code) => {
    const { keys, operation } = succeeding();
    const call = aCall(changes);
    await expect(run(operation, call)).rejects.toMatchObject({ code });
    expect(keys).toEqual([]);
    expect(await keptOf(call)).toBeUndefined();
  });

  it("a final refusal by the operation frees the key", async () => {
    const call = aCall();
    const refusing = counting(() =>
      Promise.reject(new Problem("VALIDATION_FAILED", "customerId names nothing")),
    ).operation;
    await expect(run(refusing, call)).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
    });
    expect(await run(succeeding().operation, { ...call, inputs: { amount: 1 } })).toMatchObject({
      replayed: false,
    });
  });
});
