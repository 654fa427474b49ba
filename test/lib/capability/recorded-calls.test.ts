import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import type { AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import { deleteItem } from "../../../lib/aws/dynamodb.ts";
import type { Operation } from "../../../lib/capability/capability.ts";
import { type CapabilityCall, runCapability } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import * as given from "../../steps/given.ts";
import {
  aCall,
  type Charge,
  contract,
  counting,
  keptOf,
  type Receipt,
  rule,
  run,
  succeeding,
} from "./charge.ts";

given.localAws();
const log = given.capturedLog();

/** A call whose entry can be found by its own object. */
function aRecordedCall(changes: Partial<CapabilityCall> = {}) {
  const runId = `run-${randomUUID()}`;
  return aCall({ objects: [runId], ipAddress: "192.0.2.1", ...changes });
}

async function entriesOf({ objects = [] }: CapabilityCall): Promise<readonly AuditEntry[]> {
  const now = new Date();
  const { entries } = await findEntries(
    {
      from: new Date(now.getTime() - 3_600_000),
      to: new Date(now.getTime() + 3_600_000),
      limit: 10,
      object: objects[0] ?? "",
    },
    now,
  );
  return entries;
}
async function onlyEntryOf(call: CapabilityCall): Promise<AuditEntry> {
  const [entry, ...others] = await entriesOf(call);
  if (entry === undefined || others.length > 0) throw new Error("Not exactly one entry was found");
  return entry;
}
const callLines = () => log.lines().filter(({ event }) => event === "capability.invoked");

describe("given a call that is denied", () => {
  it.each([
    "4242/4242/4242/4242",
    "deadbeef4242424242424242",
    "৪২৪২ ৪২৪২ ৪২৪২ ৪২৪২",
    "4242 + 4242 + 4242 + 4242",
  ])(
    "neither its entry nor its log line contains the card number %s from its inputs or its objects",
    async (card) => {
      const call = aRecordedCall({
        inputs: { amount: 4200, customerId: card, currency: card },
        principal: { id: "stranger", roles: [] },
      });
      const known = { ...call, objects: [...(call.objects ?? []), card] };
      await expect(run(succeeding().operation, known)).rejects.toMatchObject({ code: "FORBIDDEN" });

      const entry = await onlyEntryOf(call);
      expect(entry).toMatchObject({
        result: "denied",
        metadata: {
          inputs: {
            customerId: expect.stringContaining("[number]"),
            currency: expect.stringContaining("[number]"),
          },
        },
        objects: call.objects,
      });
      expect(JSON.stringify([entry, ...log.lines()])).not.toContain(card);
    },
  );
});

describe("given a call that succeeds", () => {
  it("its entry and its log line say who called what, why it was permitted and how it ended, without secrets", async () => {
    const call = aRecordedCall();
    await run(succeeding().operation, call);

    expect(await onlyEntryOf(call)).toMatchObject({
      eventType: "capability.invoked",
      actor: { id: "tester", roles: ["admin"], ipAddress: "192.0.2.1" },
      resource: { type: "capability", id: "charge" },
      action: "invoke",
      result: "succeeded",
      requestId: call.requestId,
      stripeRequestId: "req_1",
      metadata: { inputs: { amount: 4200 }, outputs: { receipt: "[redacted]" } },
      policyDecision: {
        decision: "PERMIT",
        ruleId: "admins-may-charge",
        reason: "The role admin may charge",
      },
    });
    expect(callLines()).toEqual([
      expect.objectContaining({
        requestId: call.requestId,
        capabilityId: "charge",
        action: "invoke",
        principalId: "tester",
        decision: "PERMIT",
        ruleId: "admins-may-charge",
        outcome: "succeeded",
        stripeRequestId: "req_1",
      }),
    ]);
  });

  it("its replay has its own entry and log line, which say that it is a replay", async () => {
    const call = aRecordedCall();
    await run(succeeding().operation, call);
    log.clear();
    const again = { ...call, objects: [`run-${randomUUID()}`] };
    await run(succeeding().operation, again);

    expect(await onlyEntryOf(again)).toMatchObject({
      result: "replayed",
      metadata: { inputs: { amount: 4200 }, outputs: { receipt: "[redacted]" } },
    });
    expect(callLines()).toEqual([expect.objectContaining({ outcome: "replayed" })]);
  });

  it("the operation gets the principal, the key, the deadline and the clock", async () => {
    let context: unknown;
    const operation: Operation<Charge, Receipt> = async (_inputs, given) => {
      context = given;
      return { receipt: "r" };
    };
    const call = aRecordedCall();
    await run(operation, call);
    expect(context).toMatchObject({
      principal: call.principal,
      requestId: call.requestId,
      idempotencyKey: (await keptOf(call))?.vendorKey,
      deadline: call.deadline,
      now: call.now,
    });
  });
});

describe("given an answer that the policy masks", () => {
  const masking = [rule({ id: "mask", effect: "REDACT", condition: "true", redactFields: ["receipt"] })];

  it("the caller gets the mask, the first time and in a replay; a principal with the right gets the value", async () => {
    const call = aCall();
    expect(await run(succeeding().operation, call, masking)).toEqual({
      outputs: { receipt: "[redacted]" },
      replayed: false,
    });
    expect(await run(succeeding().operation, call, masking)).toEqual({
      outputs: { receipt: "[redacted]" },
      replayed: true,
    });
    expect(await run(succeeding().operation, call)).toMatchObject({
      outputs: { receipt: "secret-receipt-1" },
    });
  });
});

describe("given a call that is refused", () => {
  it.each<[string, Partial<CapabilityCall>, string, string]>([
    ["without a key", { idempotencyKey: undefined }, "BAD_REQUEST", "failed"],
    ["with wrong inputs", { inputs: { amount: "many" } }, "VALIDATION_FAILED", "failed"],
    ["without a right to it", { principal: { id: "nobody", roles: ["readonly"] } }, "FORBIDDEN", "denied"],
  ])("%s: its entry and its log line record it", async (_what, changes, code, result) => {
    const call = aRecordedCall(changes);
    await expect(run(succeeding().operation, call)).rejects.toMatchObject({ code });
    expect(await onlyEntryOf(call)).toMatchObject({ result, code, requestId: call.requestId });
    expect(callLines()).toEqual([expect.objectContaining({ outcome: result, code })]);
  });

  it("only its auditable inputs are in the entry", async () => {
    const call = aRecordedCall({ inputs: { amount: 5, note: "to ada@example.com" }, idempotencyKey: "" });
    await expect(run(succeeding().operation, call)).rejects.toBeInstanceOf(Problem);
    const { metadata } = await onlyEntryOf(call);
    expect(metadata.inputs).toMatchObject({ amount: 5 });
    expect(JSON.stringify(metadata)).not.toContain("ada");
  });

  it.each([
    [[{ path: "amount", message: "is required" }], "amount is required"],
    [
      [
        { path: "amount", message: "is required" },
        { path: "currency", message: "is not known" },
      ],
      "amount is required (and 1 more)",
    ],
    [[{ path: "", message: "must be an object" }], "must be an object"],
    [[], "The inputs are not valid"],
  ])("by the contract with %j, the message is: %s", async (issues, message) => {
    const picky = {
      ...contract,
      inputs: { ...contract.inputs, check: () => ({ ok: false as const, issues }) },
    };
    const capability = {
      contract: picky,
      operation: succeeding().operation,
      policy: createPolicy([rule({})]),
    };
    await expect(runCapability(capability, aCall())).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      message,
      issues,
    });
  });

  it("by a rule that the contract cannot express, the policy is not asked", async () => {
    const capability = {
      contract,
      checkInputs: ({ amount }: Charge) => {
        if (amount === 13) throw new Problem("VALIDATION_FAILED", "amount brings bad luck");
      },
      operation: succeeding().operation,
      policy: createPolicy([rule({})]),
    };
    const unlucky = aRecordedCall({ inputs: { amount: 13 }, principal: { id: "nobody", roles: [] } });
    await expect(runCapability(capability, unlucky)).rejects.toMatchObject({
      message: "amount brings bad luck",
    });
    expect(await keptOf(unlucky)).toBeUndefined();
    expect(await runCapability(capability, aCall())).toMatchObject({ replayed: false });
  });
});

describe("given what a policy can read about a call", () => {
  it.each([
    'stage == "dev"',
    'action == "invoke"',
    'capability == "charge"',
    "input.amount == 4200",
    'principal.id == "tester"',
    'now == timestamp("2026-11-25T12:00:00Z")',
  ])("%s", async (condition) => {
    const closed = rule({ id: "closed", effect: "DENY", condition });
    const call = aCall({ now: () => new Date("2026-11-25T12:00:00Z") });
    await expect(run(succeeding().operation, call, [closed])).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("given an operation whose outputs do not fit its contract", () => {
  it("the operator reads the name of the operation, and every wrong field", async () => {
    const strict = {
      ...contract,
      outputs: {
        ...contract.outputs,
        check: () => ({
          ok: false as const,
          issues: [
            { path: "receipt", message: "is required" },
            { path: "total", message: "is not known" },
          ],
        }),
      },
    };
    const capability = {
      contract: strict,
      operation: succeeding().operation,
      policy: createPolicy([rule({})]),
    };
    await expect(runCapability(capability, aCall())).rejects.toMatchObject({
      code: "INTERNAL_ERROR",
      message:
        "charge returned outputs that do not fit its contract: receipt is required; total is not known",
    });
  });

  it("the outputs as the contract's check returns them are returned and stored", async () => {
    const trimming = {
      ...contract,
      outputs: { ...contract.outputs, check: () => ({ ok: true as const, value: { receipt: "trimmed" } }) },
    };
    const capability = {
      contract: trimming,
      operation: succeeding().operation,
      policy: createPolicy([rule({})]),
    };
    const call = aCall();
    expect(await runCapability(capability, call)).toMatchObject({ outputs: { receipt: "trimmed" } });
  });
});

describe("given a call that loses its claim while it runs", () => {
  it.each<[string, (call: CapabilityCall) => Promise<Receipt>]>([
    ["succeeds", async () => ({ receipt: "r" })],
    [
      "is refused the payment",
      () => Promise.reject(new Problem("PAYMENT_REQUIRED", "Your card was declined.")),
    ],
  ])("and then %s: an answer that could not be stored is not returned", async (what, outcome) => {
    const call = aRecordedCall();
    const { operation } = counting(async () => {
      const id = String((await keptOf(call))?.id);
      await deleteItem("IdempotencyKeysTable", { id }, {});
      return outcome(call);
    });
    const failure =
      what === "succeeds"
        ? {
            code: "SERVICE_UNAVAILABLE",
            message: "The claim's lease expired before the answer was stored",
            retryAfterSeconds: 1,
          }
        : { code: "PAYMENT_REQUIRED" };
    await expect(run(operation, call)).rejects.toMatchObject(failure);
    expect(await onlyEntryOf(call)).toMatchObject({ result: "failed", code: failure.code });
    expect(await keptOf(call)).toBeUndefined();
  });
});
