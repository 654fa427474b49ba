/** The pipeline of a call that only reads: it claims no key, and leaves an audit entry only if it is refused. */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { findEntries } from "../../../lib/audit/query.ts";
import type { Operation, OperationContext } from "../../../lib/capability/capability.ts";
import { readCapability } from "../../../lib/capability/read-capability.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";
import * as given from "../../steps/given.ts";
import { aCall, type Charge, contract, keptOf, type Receipt, rule, succeeding } from "./charge.ts";

given.localAws();
const log = given.capturedLog();

const aRead = (changes: Partial<CapabilityCall> = {}) =>
  aCall({ objects: [`run-${randomUUID()}`], ipAddress: "192.0.2.1", ...changes });
const read = (call: CapabilityCall, rules: PolicyRule[] = [], operation = succeeding().operation) =>
  readCapability(
    { contract, operation, policy: createPolicy([rule({ actions: ["read"] }), ...rules]) },
    call,
  );
const onceAMinute = rule({
  id: "once-a-minute",
  effect: "DENY",
  condition: "usage.callsThisMinute > 1",
  reason: "At most 1 call a minute",
  reads: { input: [], usage: ["callsThisMinute"] },
});

async function entriesOf({ objects = [] }: CapabilityCall) {
  const now = new Date();
  const [from, to] = [-3_600_000, 3_600_000].map((ms) => new Date(now.getTime() + ms));
  if (from === undefined || to === undefined) throw new Error("Two times");
  return (await findEntries({ from, to, limit: 10, object: objects[0] ?? "" }, now)).entries;
}
const lines = () => log.lines().filter(({ event }) => event === "capability.invoked");

describe("given a call that is permitted", () => {
  it("it returns the outputs, and leaves a log line, but no key and no entry", async () => {
    const contexts: OperationContext[] = [];
    const operation: Operation<Charge, Receipt> = async (_inputs, context) => {
      contexts.push(context);
      context.noteVendorRequest("req_1");
      return { receipt: "r" };
    };
    const call = aRead();
    expect(await read(call, [], operation)).toEqual({ outputs: { receipt: "r" }, replayed: false });
    // Stripe ignores the key of a request that reads.
    expect(contexts).toMatchObject([{ idempotencyKey: call.requestId, principal: call.principal }]);
    expect(lines()).toMatchObject([
      { outcome: "succeeded", action: "read", capabilityId: "charge", stripeRequestId: "req_1" },
    ]);
    expect(await entriesOf(call)).toEqual([]);
    expect(await keptOf(call)).toBeUndefined();
  });

  it("without a limit, the policy decides once", async () => {
    const policy = createPolicy([rule({ actions: ["read"] })]);
    let decisions = 0;
    const decide: typeof policy.decide = (query) => {
      decisions += 1;
      return policy.decide(query);
    };
    await readCapability(
      { contract, operation: succeeding().operation, policy: { ...policy, decide } },
      aRead(),
    );
    expect(decisions).toBe(1);
  });

  it("what a rule redacts is masked", async () => {
    const masks = rule({ id: "masks", effect: "REDACT", redactFields: ["receipt"] });
    expect((await read(aRead(), [masks])).outputs).toEqual({ receipt: "[redacted]" });
  });

  it("it is counted only if a limit reads the count, and above it, it is refused", async () => {
    const principal = { id: randomUUID(), roles: ["admin"] };
    for (let call = 0; call < 3; call += 1) await read(aRead({ principal }));
    await read(aRead({ principal }), [onceAMinute]);
    const { keys, operation } = succeeding();
    await expect(read(aRead({ principal }), [onceAMinute], operation)).rejects.toMatchObject({
      code: "RATE_LIMITED",
      message: "At most 1 call a minute",
    });
    expect(keys).toEqual([]);
  });
});

describe("given a call that is refused", () => {
  it.each<[string, Partial<CapabilityCall>, Operation<Charge, Receipt>, object]>([
    [
      "by the policy",
      { principal: { id: "tester", roles: [] } },
      succeeding().operation,
      { code: "FORBIDDEN", result: "denied" },
    ],
    [
      "for its inputs",
      { inputs: {} },
      succeeding().operation,
      { code: "VALIDATION_FAILED", result: "failed" },
    ],
    [
      "by Stripe",
      {},
      async () => {
        throw new Problem("NOT_FOUND", "It does not exist");
      },
      { code: "NOT_FOUND", result: "failed" },
    ],
  ])("%s, it leaves an entry with its inputs, and a log line", async (_what, changes, operation, entry) => {
    const call = aRead({ ...changes });
    await expect(read(call, [], operation)).rejects.toBeInstanceOf(Problem);
    expect(await entriesOf(call)).toMatchObject([
      {
        ...entry,
        eventType: "capability.invoked",
        action: "read",
        resource: { type: "capability", id: "charge" },
        metadata: { inputs: call.inputs },
      },
    ]);
    expect(lines()).toMatchObject([{ action: "read", capabilityId: "charge" }]);
  });
});
