/** What the audit log and the log contain about a call, for every ending. */
import { describe, expect, it } from "@jest/globals";
import type { AuditEntry } from "../../../lib/audit/audit-entry.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { until } from "../../steps/consuming.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { aCall, counting, keptOf, rule, run, succeeding } from "./charge.ts";

const dynamodb = withFailingDynamoDb();
const log = given.capturedLog();

const MINUTE_MS = 60_000;
const recent = (now: Date) => ({
  capability: "charge",
  from: new Date(now.getTime() - MINUTE_MS),
  to: new Date(now.getTime() + MINUTE_MS),
  limit: 100,
});

/** Oldest first. */
async function entriesOf({ requestId }: CapabilityCall): Promise<AuditEntry[]> {
  const now = new Date();
  const { entries } = await findEntries(recent(now), now);
  return entries.filter((entry) => entry.requestId === requestId).reverse();
}

const linesOf = ({ requestId }: CapabilityCall) =>
  log.lines().filter((line) => line.requestId === requestId && line.event === "capability.invoked");

describe("given a call that succeeds", () => {
  it("one entry contains who, what, the decision, the vendor's request, and only the allowed inputs and outputs", async () => {
    const call = {
      ...aCall({ inputs: { amount: 4200, customerId: "cus_123abc" } }),
      ipAddress: "203.0.113.7",
    };
    await run(succeeding().operation, call);
    expect(await entriesOf(call)).toEqual([
      {
        timestamp: expect.stringMatching(/Z$/),
        eventId: expect.any(String),
        eventType: "capability.invoked",
        actor: { id: "tester", roles: ["admin"], ipAddress: "203.0.113.7" },
        resource: { type: "capability", id: "charge" },
        action: "invoke",
        result: "succeeded",
        durationMs: expect.any(Number),
        requestId: call.requestId,
        stripeRequestId: "req_1",
        objects: ["cus_123abc"],
        metadata: {
          inputs: { amount: 4200, customerId: "cus_123abc" },
          outputs: { receipt: "[redacted]" },
        },
        policyDecision: {
          decision: "PERMIT",
          ruleId: "admins-may-charge",
          reason: "The role admin may charge",
        },
      },
    ]);
  });

  it("one log line reports it, with the digest of the entry as a second witness", async () => {
    const call = aCall();
    await run(succeeding().operation, call);
    const [entry] = await entriesOf(call);
    expect(linesOf(call)).toEqual([
      expect.objectContaining({
        level: "info",
        capabilityId: "charge",
        action: "invoke",
        principalId: "tester",
        decision: "PERMIT",
        ruleId: "admins-may-charge",
        outcome: "succeeded",
        durationMs: expect.any(Number),
        stripeRequestId: "req_1",
        coldStart: expect.any(Boolean),
        auditEventId: entry?.eventId,
        auditDigest: expect.stringMatching(/^[\w+/=-]{32,}$/),
      }),
    ]);
  });

  it("its replay has its own entry", async () => {
    const call = aCall();
    await run(succeeding().operation, call);
    await run(succeeding().operation, call);
    expect((await entriesOf(call)).map(({ result }) => result)).toEqual(["succeeded", "replayed"]);
    expect(linesOf(call).map(({ outcome }) => outcome)).toEqual(["succeeded", "replayed"]);
  });
});

describe("given a call that is refused", () => {
  it.each<[string, Partial<CapabilityCall>, object]>([
    ["for its inputs", { inputs: { amuont: 1 } }, { result: "failed", code: "VALIDATION_FAILED" }],
    ["for a missing key", { idempotencyKey: undefined }, { result: "failed", code: "BAD_REQUEST" }],
    [
      "by the policy",
      { principal: { id: "nobody", roles: ["readonly"] } },
      {
        result: "denied",
        code: "FORBIDDEN",
        actor: { id: "nobody", roles: ["readonly"] },
        policyDecision: { decision: "DENY", ruleId: "default-deny" },
      },
    ],
  ])("%s, one complete entry records it", async (_what, changes, entry) => {
    const call = aCall(changes);
    await expect(run(succeeding().operation, call)).rejects.toBeInstanceOf(Problem);
    const entries = await entriesOf(call);
    expect(entries).toMatchObject([entry]);
    expect(dynamodb.requests.filter(({ table }) => table !== "AuditLogTable")).toEqual([]);
  });

  it("wrong values and undeclared names in refused inputs are not kept", async () => {
    const call = aCall({
      inputs: { "4242 4242 4242 4242": "ada@example.com", amount: "Ada", customerId: "cus_1" },
    });
    await expect(run(succeeding().operation, call)).rejects.toBeInstanceOf(Problem);
    const [entry] = await entriesOf(call);
    expect(entry?.metadata).toEqual({
      inputs: { amount: "[redacted]", customerId: "cus_1", "[unknown fields]": 1 },
    });
    expect(JSON.stringify(dynamodb.requests)).not.toMatch(/4242 4242|ada@example|Ada/);
  });

  it("an attempt that cannot be recorded is refused for that reason, even if it would be refused anyway", async () => {
    dynamodb.fail({ kind: "throttle", table: "AuditLogTable", times: 100 });
    const call = aCall({ principal: { id: "nobody", roles: [] } });
    await expect(run(succeeding().operation, call)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
  });
});

describe("given a refusal whose ending cannot be stored", () => {
  it("the caller is told to repeat the call, because no final answer comes without its ending", async () => {
    const call = aCall();
    const { operation } = counting(() => Promise.reject(new Problem("CONFLICT", "It exists already")));
    dynamodb.fail({ kind: "throttle", table: "AuditLogTable", operation: "UpdateItem", times: 3 });
    await expect(run(operation, call)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    expect(log.text()).toContain("audit.unfinished");
    await expect(run(operation, call)).rejects.toMatchObject({ code: "CONFLICT" });
    expect((await entriesOf(call)).map(({ result }) => result)).toEqual(["pending", "failed"]);
  });
});

describe("given a refused payment", () => {
  it("its entry contains the decline code, and the replay's entry says that it is a replay", async () => {
    const { operation } = counting(() =>
      Promise.reject(new Problem("PAYMENT_REQUIRED", "no", { declineCode: "insufficient_funds" })),
    );
    const call = aCall();
    for (let times = 0; times < 2; times++)
      await expect(run(operation, call)).rejects.toBeInstanceOf(Problem);
    const declined = { code: "PAYMENT_REQUIRED", declineCode: "insufficient_funds" };
    expect(await entriesOf(call)).toEqual([
      expect.objectContaining({ result: "failed", ...declined }),
      expect.objectContaining({ result: "replayed", ...declined }),
    ]);
  });
});

describe("given a masked answer", () => {
  it("the caller gets the masked answer, the stored answer is complete, and the entry names the rule", async () => {
    const masked = rule({
      id: "no-receipts",
      effect: "REDACT",
      condition: "true",
      redactFields: ["receipt"],
    });
    const call = aCall();
    const redacted = { outputs: { receipt: "[redacted]" } };
    const { operation } = succeeding();
    expect(await run(operation, call, [masked])).toEqual({ ...redacted, replayed: false });
    expect(await run(operation, call, [masked])).toEqual({ ...redacted, replayed: true });
    expect(await run(operation, call)).toMatchObject({ outputs: { receipt: "secret-receipt-1" } });
    expect((await entriesOf(call)).map(({ policyDecision }) => policyDecision?.ruleId)).toEqual([
      "no-receipts",
      "no-receipts",
      "admins-may-charge",
    ]);
  });
});

describe("given a crash", () => {
  it("nothing has an effect before its entry is durable", async () => {
    dynamodb.fail({ kind: "reset-before", table: "AuditLogTable", times: 100 });
    const { keys, operation } = succeeding();
    const call = aCall();
    await expect(run(operation, call)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
    expect(keys).toEqual([]);
    // The claim was given back, so the next call need not wait for a lease.
    expect(await keptOf(call)).toBeUndefined();
  });

  it("a death between effect and answer leaves an entry that reads as interrupted", async () => {
    const call = aCall();
    const { operation } = counting(async () => {
      // From here on, nothing that this Lambda writes arrives.
      dynamodb.fail({ kind: "reset-before", times: 1000 });
      return { receipt: "made" };
    });
    await expect(run(operation, call)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    // The endings of the answer and of its refusal have three tries each: a later try would arrive.
    await until("both endings are given up", async () => {
      const endings = dynamodb.requests.filter(({ operation: name }) => name === "UpdateItem");
      return endings.filter(({ table }) => table === "AuditLogTable").length === 6;
    });
    dynamodb.reset();
    const read = async (now: Date) =>
      (await findEntries(recent(now), now)).entries.find(({ requestId }) => requestId === call.requestId)
        ?.result;
    expect(await read(new Date(call.deadline - 1))).toBe("pending");
    expect(await read(new Date(call.deadline + 1))).toBe("interrupted");
  });

  it("an answer that could not be stored leaves an entry that says failed, and names the created object", async () => {
    const call = aCall();
    const { operation } = counting(async () => {
      dynamodb.fail({ kind: "reset-before", table: "IdempotencyKeysTable", times: 100 });
      return { receipt: "made" };
    });
    await expect(run(operation, call)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(await entriesOf(call)).toMatchObject([
      { result: "failed", code: "SERVICE_UNAVAILABLE", metadata: { outputs: { receipt: "[redacted]" } } },
    ]);
  });
});
