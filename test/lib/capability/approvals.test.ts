import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { readApproval } from "../../../lib/approvals/approval-item.ts";
import { type ApprovalDecision, decideApproval } from "../../../lib/approvals/decide-approval.ts";
import { findEntries } from "../../../lib/audit/query.ts";
import type { CapabilityCall } from "../../../lib/capability/run-capability.ts";
import { Problem } from "../../../lib/errors.ts";
import type { PolicyRule } from "../../../lib/policy/policy.ts";
import { tries } from "../../steps/effort.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { aCall, counting, keptOf, rule, run, succeeding } from "./charge.ts";

const dynamodb = withFailingDynamoDb();
given.capturedLog();

const NOON = new Date("2026-11-25T12:00:00Z");
const HOUR = 3_600_000;
const needsApproval = rule({
  id: "large-charges",
  effect: "APPROVE",
  actions: ["invoke"],
  condition: "input.amount > 1000",
  reason: "Charges above 10.00 need an approval",
  reads: { input: ["amount"], usage: [] },
});

const at = (time: Date | number): Partial<CapabilityCall> => ({
  now: () => new Date(time),
  deadline: Number(time) + 5_000,
});
const aLargeCharge = (changes: Partial<CapabilityCall> = {}) => aCall({ ...at(NOON), ...changes });
const charge = (call: CapabilityCall, operation = succeeding().operation, rules: PolicyRule[] = []) =>
  run(operation, call, [needsApproval, ...rules]);

/** The id of the approval that the call waits for. */
async function requested(call: CapabilityCall): Promise<string> {
  const problem = await charge(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(problem).toMatchObject({ code: "APPROVAL_REQUIRED" });
  return problem instanceof Problem ? (problem.approval?.approvalId ?? "") : "";
}
const decide = (approvalId: string, decision: ApprovalDecision, time: Date | number = NOON, by = "boss") =>
  decideApproval({ approvalId, decision, by, now: new Date(time) });
const entriesOf = async (object: string, now = NOON) => {
  const { entries } = await findEntries(
    { object, from: new Date(0), to: new Date(now.getTime() + 1), limit: 50 },
    now,
  );
  return entries
    .map(({ eventType, result, code, policyDecision }) => ({ eventType, result, code, policyDecision }))
    .reverse();
};

describe("given a call that the policy wants to be approved", () => {
  it("nothing runs, the caller reads which approval it waits for, and a repeated call finds the same one", async () => {
    const call = aLargeCharge();
    const { keys, operation } = succeeding();
    const waiting = {
      code: "APPROVAL_REQUIRED",
      retryable: false,
      approval: {
        approvalId: expect.stringMatching(/^apr_[a-p]{32}$/),
        status: "pending",
        expiresAt: "2026-11-26T12:00:00.000Z",
        reason: "Charges above 10.00 need an approval",
      },
    };
    await expect(charge(call, operation)).rejects.toMatchObject(waiting);
    const approvalId = await requested(call);
    expect(await requested({ ...call, ...at(NOON.getTime() + HOUR) })).toBe(approvalId);

    expect(keys).toEqual([]);
    expect(await keptOf(call)).toBeUndefined();
    expect(await readApproval(approvalId, NOON)).toMatchObject({
      status: "pending",
      capability: "charge",
      action: "invoke",
      input: { amount: 4200 },
      reason: "Charges above 10.00 need an approval",
      principal: { id: "tester", roles: ["admin"] },
      requestedAt: "2026-11-25T12:00:00.000Z",
    });
  });

  it("a repeated call that still waits asks nobody again", async () => {
    const call = aLargeCharge();
    await requested(call);
    dynamodb.reset();
    await requested(call);
    const written = dynamodb.requests.filter(({ operation }) => operation !== "GetItem");
    // Of the approval and the bound inputs nothing is written: only the entry of the refusal.
    expect(new Set(written.map(({ table }) => table))).toEqual(new Set(["AuditLogTable"]));
  });

  it("whoever decides sees every item of its lists", async () => {
    const lines = Array.from({ length: 25 }, (_, n) => `line-${n}`);
    const approvalId = await requested(aLargeCharge({ inputs: { amount: 4200, lines } }));
    expect(await readApproval(approvalId, NOON)).toMatchObject({ input: { amount: 4200, lines } });
  });

  it("of many at once, all wait for one approval", async () => {
    const call = aLargeCharge();
    const ids = await Promise.all(Array.from({ length: 8 }, () => requested(call)));
    expect(new Set(ids).size).toBe(1);
  });

  it("approved, the same call runs once, and its response is replayed", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    await decide(approvalId, "approve");
    const { keys, operation } = succeeding();
    expect(await charge(call, operation)).toMatchObject({ replayed: false });
    expect(await charge(call, operation)).toMatchObject({ replayed: true });
    expect(keys).toHaveLength(1);
    expect(await readApproval(approvalId, NOON)).toMatchObject({
      status: "used",
      decidedBy: "boss",
      usedAt: NOON.toISOString(),
    });
  });

  it("rejected, it is refused, and the caller reads what to do", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    await decide(approvalId, "reject");
    await expect(charge(call)).rejects.toMatchObject({
      code: "FORBIDDEN",
      message: `The approval ${approvalId} of this call was rejected; to ask again, send the call with a new Idempotency-Key`,
      approval: { approvalId, status: "rejected" },
    });
  });

  it("approved but expired, it is refused", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    await decide(approvalId, "approve");
    const { keys, operation } = succeeding();
    await expect(charge({ ...call, ...at(NOON.getTime() + 24 * HOUR) }, operation)).rejects.toMatchObject({
      code: "FORBIDDEN",
      approval: { status: "expired" },
    });
    expect(keys).toEqual([]);
    expect(await charge({ ...call, ...at(NOON.getTime() + 24 * HOUR - 1) }, operation)).toMatchObject({
      replayed: false,
    });
  });

  it("with other inputs and the same key, it is the same mistake as after a call", async () => {
    const call = aLargeCharge();
    await requested(call);
    await expect(charge({ ...call, inputs: { amount: 4201 } })).rejects.toMatchObject({
      code: "VALIDATION_FAILED",
      issues: [{ path: "headers.Idempotency-Key" }],
    });
  });

  it("that has used its approval and was refused by Stripe needs another one", async () => {
    const call = aLargeCharge();
    await decide(await requested(call), "approve");
    const refused = counting(() => Promise.reject(new Problem("NOT_FOUND", "gone"))).operation;
    await expect(charge(call, refused)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(charge(call)).rejects.toMatchObject({ code: "FORBIDDEN", approval: { status: "used" } });
  });

  it("whose outcome is unknown is continued with the same approval, also after its end", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    const late = NOON.getTime() + 23 * HOUR;
    await decide(approvalId, "approve", late);
    const lost = counting(() => Promise.reject(new Problem("TIMEOUT", "too slow")));
    await expect(charge({ ...call, ...at(late) }, lost.operation)).rejects.toMatchObject({ code: "TIMEOUT" });
    const { keys, operation } = succeeding();
    expect(await charge({ ...call, ...at(late + 2 * HOUR) }, operation)).toMatchObject({ replayed: false });
    expect(keys).toEqual(lost.keys);
  });

  it("approved, a DENY still wins, and the approval stays for a later call", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    await decide(approvalId, "approve");
    const closed = rule({ id: "closed", effect: "DENY", condition: "true", reason: "Closed today" });
    await expect(charge(call, undefined, [closed])).rejects.toMatchObject({ message: "Closed today" });
    const counted = rule({
      id: "limit",
      effect: "DENY",
      condition: "usage.callsToday > 0",
      reads: { input: [], usage: ["callsToday"] },
    });
    await expect(charge(call, undefined, [counted])).rejects.toMatchObject({ code: "RATE_LIMITED" });
    expect(await readApproval(approvalId, NOON)).toMatchObject({ status: "approved" });
    expect(await charge(call)).toMatchObject({ replayed: false });
  });

  it("as a step of a workflow, it is denied: nobody repeats a step", async () => {
    await expect(
      run(succeeding().operation, aLargeCharge({ action: "step" }), [
        { ...needsApproval, actions: ["step"] },
      ]),
    ).rejects.toMatchObject({ code: "FORBIDDEN", message: expect.stringContaining("Nobody can approve") });
  });

  it("more often than a limit permits, it is refused like any call, and no approval is asked for", async () => {
    const limit = rule({
      id: "limit",
      effect: "DENY",
      condition: "usage.callsThisMinute > 2",
      reads: { input: [], usage: ["callsThisMinute"] },
    });
    const principal = { id: randomUUID(), roles: ["admin"] };
    const ask = () => charge(aLargeCharge({ principal }), undefined, [limit]);
    await expect(ask()).rejects.toMatchObject({ code: "APPROVAL_REQUIRED" });
    await expect(ask()).rejects.toMatchObject({ code: "APPROVAL_REQUIRED" });
    await expect(ask()).rejects.toMatchObject({ code: "RATE_LIMITED" });
  });
});

describe("given an approval", () => {
  it("its caller cannot decide it, whatever its roles", async () => {
    const approvalId = await requested(aLargeCharge());
    await expect(decide(approvalId, "approve", NOON, "tester")).rejects.toMatchObject({ code: "FORBIDDEN" });
    await expect(decide(approvalId, "reject", NOON, "tester")).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("is decided once: the same decision again is the same response, another one is a conflict", async () => {
    const approvalId = await requested(aLargeCharge());
    expect(await decide(approvalId, "reject")).toMatchObject({ replayed: false });
    expect(await decide(approvalId, "reject")).toMatchObject({ replayed: true });
    await expect(decide(approvalId, "reject", NOON, "other")).rejects.toMatchObject({ code: "CONFLICT" });
    await expect(decide(approvalId, "approve")).rejects.toMatchObject({
      code: "CONFLICT",
      message: "The approval is already rejected; only a pending one can be decided",
    });
  });

  it("that has expired, or does not exist, cannot be decided", async () => {
    const approvalId = await requested(aLargeCharge());
    await expect(decide(approvalId, "approve", NOON.getTime() + 24 * HOUR)).rejects.toMatchObject({
      code: "CONFLICT",
      message: "The approval has expired; only a pending one can be decided",
    });
    await expect(decide(`apr_${"a".repeat(32)}`, "approve")).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  it("every step is in the audit log, under its id", async () => {
    const call = aLargeCharge();
    const approvalId = await requested(call);
    const byRule = { decision: "APPROVE", ruleId: "large-charges" };
    await decide(approvalId, "approve");
    await charge({ ...call, ...at(NOON.getTime() + HOUR) });
    expect(await entriesOf(approvalId, new Date(NOON.getTime() + HOUR))).toMatchObject([
      {
        eventType: "capability.invoked",
        result: "denied",
        code: "APPROVAL_REQUIRED",
        policyDecision: byRule,
      },
      { eventType: "capability.invoked", result: "succeeded", policyDecision: byRule },
    ]);
    const expired = aLargeCharge();
    const second = await requested(expired);
    await decide(second, "approve");
    const later = NOON.getTime() + 25 * HOUR;
    await expect(charge({ ...expired, ...at(later) })).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(await entriesOf(second, new Date(later))).toMatchObject([
      { result: "denied", code: "APPROVAL_REQUIRED" },
      { result: "denied", code: "FORBIDDEN" },
    ]);
  });
});

/** What Stripe does: it remembers a key for a day, and does nothing twice with it. */
class Vendor {
  readonly effects: { readonly amount: number; readonly at: number }[] = [];
  readonly #keys = new Map<string, number>();

  charge(key: string, amount: number, now: number): void {
    const known = this.#keys.get(key);
    if (known !== undefined && now - known < 24 * HOUR) return;
    this.#keys.set(key, now);
    this.effects.push({ amount, at: now });
  }
}

type Step =
  | {
      readonly kind: "call";
      readonly amount: number;
      readonly times: number;
      /** `lost`: it takes effect, and nobody learns it. `refused`: it certainly has none. */
      readonly outcome: "works" | "lost" | "unsent" | "refused";
      /** The number of requests to DynamoDB after which everything fails: a crash. */
      readonly crashAfter: number | undefined;
    }
  | {
      readonly kind: "decide";
      readonly amount: number;
      readonly decision: ApprovalDecision;
      readonly by: string;
    }
  | { readonly kind: "wait"; readonly hours: number };

const AMOUNTS = [4200, 4201];
const amounts = fc.constantFrom(...AMOUNTS);
const steps: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("call" as const),
      amount: amounts,
      times: fc.constantFrom(1, 1, 3),
      outcome: fc.constantFrom("works", "works", "lost", "unsent", "refused"),
      crashAfter: fc.option(fc.nat(14), { nil: undefined }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("decide" as const),
      amount: amounts,
      decision: fc.constantFrom("approve", "approve", "reject"),
      by: fc.constantFrom("boss", "boss", "other-boss", "tester"),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("wait" as const), hours: fc.constantFrom(0.01, 1, 12, 25) }),
  },
);

const call = (amount: number, outcome: "works" | "lost" | "unsent" | "refused" = "works"): Step => ({
  kind: "call",
  amount,
  times: 1,
  outcome,
  crashAfter: undefined,
});
const approve: Step = { kind: "decide", amount: 4200, decision: "approve", by: "boss" };
const wait = (hours: number): Step => ({ kind: "wait", hours });

/** Plays the steps with one Idempotency-Key, and returns what the vendor did. */
async function play(played: readonly Step[]) {
  const key = randomUUID();
  const vendor = new Vendor();
  let now = NOON.getTime();
  const ids = new Map<number, string>();
  const permitted = new Map<number, number>();
  for (const step of played) {
    if (step.kind === "wait") now += step.hours * HOUR;
    else if (step.kind === "decide") {
      const { amount, decision, by } = step;
      const isPermitted = await decide(ids.get(amount) ?? "apr_none", decision, now, by).then(
        () => decision === "approve",
        () => false,
      );
      if (isPermitted) permitted.set(amount, now);
    } else {
      const { amount, outcome, crashAfter, times } = step;
      if (crashAfter !== undefined)
        dynamodb.fail({ kind: "internal", after: crashAfter, times: Number.MAX_SAFE_INTEGER });
      const { operation } = counting(async () => ({ receipt: "r" }));
      const attempt = () =>
        charge({ ...aCall(at(now)), idempotencyKey: key, inputs: { amount } }, async (inputs, context) => {
          if (outcome === "refused") throw new Problem("NOT_FOUND", "no such thing");
          if (outcome !== "unsent") vendor.charge(context.idempotencyKey, inputs.amount, now);
          if (outcome !== "works") throw new Problem("TIMEOUT", "too slow");
          return operation(inputs, context);
        });
      const results = await Promise.allSettled(Array.from({ length: times }, attempt));
      dynamodb.reset();
      for (const result of results) {
        const { reason } = result.status === "rejected" ? result : { reason: undefined };
        if (reason instanceof Problem && reason.approval !== undefined)
          ids.set(amount, reason.approval.approvalId);
      }
      now += 6_000;
    }
  }
  return { effects: vendor.effects, permitted, ids, now };
}

const HISTORIES = fc.array(steps, { minLength: 3, maxLength: 10 });

describe("given calls, decisions, crashes and waiting, in any order", () => {
  it("there is at most one effect, only after an approval of exactly its inputs by another principal, and before its end", async () => {
    await fc.assert(
      fc.asyncProperty(HISTORIES, async (played) => {
        const { effects, permitted, ids, now } = await play([call(4200), ...played]);
        for (const amount of AMOUNTS) {
          const caused = effects.filter((effect) => effect.amount === amount);
          expect(caused.length).toBeLessThanOrEqual(1);
          for (const effect of caused) {
            expect(permitted.get(amount)).toBeLessThanOrEqual(effect.at);
            const approval = await readApproval(ids.get(amount) ?? "", new Date(now));
            expect(approval).toMatchObject({
              status: "used",
              input: { amount },
              decidedBy: expect.stringContaining("boss"),
            });
            expect(Date.parse(approval?.usedAt ?? "")).toBeLessThan(Date.parse(approval?.expiresAt ?? ""));
          }
        }
      }),
      {
        numRuns: tries({ sample: 6, whole: 400 }),
        examples: [
          [[approve, call(4200)]],
          [[approve, call(4200, "lost"), wait(0.01), call(4200), wait(25), call(4200)]],
          [[approve, call(4200, "refused"), call(4200), call(4200)]],
          [[approve, wait(25), call(4200)]],
          [[call(4201), approve, call(4201), call(4200), call(4200)]],
          [[{ ...approve, by: "tester" }, call(4200)]],
        ],
      },
    );
  });

  it("an approved call takes effect", async () => {
    expect((await play([call(4200), approve, call(4200)])).effects).toHaveLength(1);
  });
});
