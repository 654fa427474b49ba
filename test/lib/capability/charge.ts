/** A small capability that charges, and calls to it, for the tests of the pipeline. */
import { randomUUID } from "node:crypto";
import { getItem, type Item } from "../../../lib/aws/dynamodb.ts";
import type { CapabilityContract, Operation } from "../../../lib/capability/capability.ts";
import { type CapabilityCall, runCapability } from "../../../lib/capability/run-capability.ts";
import { scopedKey } from "../../../lib/idempotency/idempotency-key.ts";
import { createPolicy } from "../../../lib/policy/create-policy.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";

export interface Charge {
  readonly amount: number;
  readonly customerId?: string;
  readonly currency?: string;
  readonly lines?: readonly string[];
}
export interface Receipt {
  readonly receipt: string;
}

const isCharge = (value: unknown): value is Charge =>
  typeof value === "object" && value !== null && "amount" in value && typeof value.amount === "number";
const isReceipt = (value: unknown): value is Receipt =>
  typeof value === "object" && value !== null && "receipt" in value && typeof value.receipt === "string";

export const contract: CapabilityContract<Charge, Receipt> = {
  capabilityId: "charge",
  provider: "test",
  operation: "charge",
  inputs: {
    check: (value) =>
      isCharge(value)
        ? { ok: true, value }
        : { ok: false, issues: [{ path: "amount", message: "is required" }] },
    sensitivePaths: [],
    auditablePaths: [["amount"], ["customerId"], ["currency"], ["lines", "*"]],
    withheldPaths: [],
  },
  outputs: {
    check: (value) =>
      isReceipt(value)
        ? { ok: true, value }
        : { ok: false, issues: [{ path: "receipt", message: "is required" }] },
    sensitivePaths: [["receipt"]],
    auditablePaths: [],
    withheldPaths: [["receipt"]],
  },
};

export const rule = (changes: Partial<PolicyRule>): PolicyRule => ({
  id: "admins-may-charge",
  effect: "PERMIT",
  condition: '"admin" in principal.roles',
  priority: 0,
  redactFields: [],
  reason: "The role admin may charge",
  reads: { input: [], usage: [] },
  ...changes,
});

export const admin = { id: "tester", roles: ["admin"] };

export const aCall = (changes: Partial<CapabilityCall> = {}) => ({
  inputs: { amount: 4200 },
  principal: admin,
  action: "invoke" as const,
  idempotencyKey: randomUUID(),
  requestId: randomUUID(),
  // The claim ends then: far enough away for hundreds of calls at once on a busy machine.
  deadline: Date.now() + 30_000,
  now: () => new Date(),
  ...changes,
});

/** Runs `call` with `operation`, under a policy of `rules` and one that permits admins. */
export function run(operation: Operation<Charge, Receipt>, call: CapabilityCall, rules: PolicyRule[] = []) {
  return runCapability({ contract, operation, policy: createPolicy([rule({}), ...rules]) }, call);
}

/** An operation that counts its runs, and collects the vendor's idempotency keys. */
export function counting(outcome: (run: number) => Promise<Receipt>) {
  const keys: string[] = [];
  const operation: Operation<Charge, Receipt> = (_inputs, context) => {
    keys.push(context.idempotencyKey);
    context.noteVendorRequest(`req_${keys.length}`);
    return outcome(keys.length);
  };
  return { keys, operation };
}
export const succeeding = () => counting(async (run) => ({ receipt: `secret-receipt-${run}` }));

/** The call's item in the table of idempotency keys. */
export function keptOf(call: CapabilityCall): Promise<Item | undefined> {
  return getItem("IdempotencyKeysTable", {
    id: scopedKey(call.principal, "charge", call.idempotencyKey ?? ""),
  });
}
