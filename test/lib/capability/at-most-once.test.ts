/**
 * A caller repeats one call with one key until it gets an answer, while Stripe and DynamoDB fail in every way and
 * Lambdas die. In every case at most one object is created, and the answer is that object or a refusal.
 */
import { randomUUID } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import type { Operation } from "../../../lib/capability/capability.ts";
import { Problem } from "../../../lib/errors.ts";
import { tries } from "../../steps/effort.ts";
import type { Fault } from "../../steps/failing-dynamodb.ts";
import * as given from "../../steps/given.ts";
import { withFailingDynamoDb } from "../../steps/with-failing-dynamodb.ts";
import { aCall, type Charge, type Receipt, run } from "./charge.ts";

const dynamodb = withFailingDynamoDb();
given.capturedLog();

const LEASE_MS = 5_000;
/** The SDK sends a request up to three times: this many failures in a row are one failed call. */
const SDK_TRIES = 3;

type AtVendor =
  | "answers"
  /** Only once another call with the same key was refused. */
  | "answers after a conflict"
  | "fails before"
  | "fails after"
  | "declines"
  | "dies after";

/** Keeps results by idempotency key, as Stripe does; a decline is a result too. */
class Vendor {
  readonly #results = new Map<string, Receipt | Problem>();
  readonly #conflict = Promise.withResolvers<void>();
  charges = 0;

  /** Another call has been refused, because this one is in progress. */
  noteConflict(): void {
    this.#conflict.resolve();
  }

  operation(how: AtVendor): Operation<Charge, Receipt> {
    return async (_inputs, { idempotencyKey }) => {
      if (how === "answers after a conflict") await this.#conflict.promise;
      if (how === "fails before") throw new Problem("BAD_GATEWAY", "connection refused");
      const known = this.#results.get(idempotencyKey);
      const result = known ?? this.#charge(how);
      this.#results.set(idempotencyKey, result);
      if (how === "dies after") dynamodb.fail({ kind: "reset-before", times: 1_000 });
      if (how === "fails after") throw new Problem("BAD_GATEWAY", "connection lost");
      if (result instanceof Problem) throw result;
      return result;
    };
  }

  #charge(how: AtVendor): Receipt | Problem {
    if (how === "declines") return new Problem("PAYMENT_REQUIRED", "Declined", { declineCode: "lost_card" });
    this.charges += 1;
    return { receipt: `charge ${this.charges}` };
  }
}

const vendorBehaviour = fc.constantFrom<AtVendor>(
  "answers",
  "fails before",
  "fails after",
  "declines",
  "dies after",
);
const dynamodbFault: fc.Arbitrary<Fault> = fc.record({
  kind: fc.constantFrom(
    "throttle" as const,
    "internal" as const,
    "reset-before" as const,
    "reset-after" as const,
  ),
  table: fc.constantFrom("IdempotencyKeysTable", "AuditLogTable"),
  operation: fc.constantFrom("PutItem", "UpdateItem", "DeleteItem", "GetItem"),
  times: fc.constantFrom(1, SDK_TRIES, 2 * SDK_TRIES),
});
const attempt = fc.record({
  how: vendorBehaviour,
  faults: fc.array(dynamodbFault, { maxLength: 2 }),
  /** Callers that send the same call concurrently. */
  callers: fc.integer({ min: 1, max: 3 }),
});

/** Every ending. A seed without one of them would prove nothing about it. */
const EVERY_ENDING: { how: AtVendor; faults: Fault[]; callers: number }[][] = [
  [
    { how: "fails before", faults: [], callers: 1 },
    { how: "dies after", faults: [], callers: 1 },
    { how: "answers", faults: [], callers: 3 },
  ],
  [{ how: "declines", faults: [], callers: 2 }],
  [{ how: "answers after a conflict", faults: [], callers: 2 }],
];

type Answer = { readonly receipt: unknown } | { readonly declined: true } | { readonly retry: string };

async function answerOf(result: PromiseSettledResult<{ outputs: object }>): Promise<Answer> {
  if (result.status === "fulfilled") return { receipt: Reflect.get(result.value.outputs, "receipt") };
  const problem: unknown = result.reason;
  if (!(problem instanceof Problem)) throw problem;
  if (problem.code === "PAYMENT_REQUIRED") return { declined: true };
  // Any other outcome tells the caller to try again with the same key.
  expect([problem.code, problem.retryable || problem.retryAfterSeconds !== undefined]).toEqual([
    problem.code,
    true,
  ]);
  return { retry: problem.code };
}

describe("given one call that is repeated with its key despite any faults", () => {
  it("at most one object is created, every answer is the same, and the caller gets one in the end", async () => {
    const seen = new Map<string, number>();
    const count = (what: string) => seen.set(what, (seen.get(what) ?? 0) + 1);
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { minLength: 1, maxLength: 5 }), async (attempts) => {
        const vendor = new Vendor();
        const idempotencyKey = randomUUID();
        let clock = Date.parse("2026-11-25T00:00:00Z");
        const calling = async (how: AtVendor) => {
          const call = aCall({ idempotencyKey, now: () => new Date(clock), deadline: clock + LEASE_MS });
          try {
            return await run(vendor.operation(how), call);
          } catch (thrown) {
            if (thrown instanceof Problem && thrown.code === "CONFLICT") vendor.noteConflict();
            throw thrown;
          }
        };
        const answers: Answer[] = [];
        for (const { how, faults, callers } of attempts) {
          for (const fault of faults) dynamodb.fail(fault);
          const results = await Promise.allSettled(Array.from({ length: callers }, () => calling(how)));
          for (const result of results) answers.push(await answerOf(result));
          dynamodb.reset();
          // A dead Lambda's lease expires before the caller tries again.
          clock += LEASE_MS;
        }
        const [last] = await Promise.allSettled([calling("answers")]);
        const final = await answerOf(last);
        expect(final).not.toHaveProperty("retry");
        expect(vendor.charges).toBe("receipt" in final ? 1 : 0);
        for (const answer of answers) {
          count("retry" in answer ? answer.retry : "declined" in answer ? "declined" : "receipt");
          if (!("retry" in answer)) expect(answer).toEqual(final);
        }
      }),
      { numRuns: tries({ sample: 4, whole: 25 }), examples: EVERY_ENDING.map((attempts) => [attempts]) },
    );
    // The property proves nothing about endings that never happened.
    for (const ending of ["receipt", "declined", "BAD_GATEWAY", "SERVICE_UNAVAILABLE", "CONFLICT"])
      expect([ending, (seen.get(ending) ?? 0) > 0]).toEqual([ending, true]);
  });
});

describe("given DynamoDB in trouble (R7)", () => {
  const trouble = ["throttle", "internal", "reset-before", "reset-after"] as const;
  const writes = [
    ["the claim", { table: "IdempotencyKeysTable", operation: "PutItem" }],
    ["the stored answer", { table: "IdempotencyKeysTable", operation: "UpdateItem" }],
    ["the beginning of the audit entry", { table: "AuditLogTable", operation: "PutItem" }],
    ["the ending of the audit entry", { table: "AuditLogTable", operation: "UpdateItem" }],
  ] as const;
  const cases = writes.flatMap(([what, where]) => trouble.map((kind) => [what, kind, where] as const));

  it.each(cases)(
    "when %s meets %s, no answer is returned before it is durable",
    async (_what, kind, where) => {
      const vendor = new Vendor();
      const call = aCall();
      dynamodb.fail({ ...where, kind, times: 2 * SDK_TRIES });
      const [first] = await Promise.allSettled([run(vendor.operation("answers"), call)]);
      // A write that arrived although its response was lost can be found again; then the call may return its answer.
      if (kind !== "reset-after") expect(first.status).toBe("rejected");
      expect(await answerOf(first)).toEqual(
        first.status === "rejected" ? { retry: "SERVICE_UNAVAILABLE" } : { receipt: "charge 1" },
      );
      dynamodb.reset();
      const later = new Date(call.deadline + 1);
      const again = { ...call, now: () => later, deadline: later.getTime() + LEASE_MS };
      expect(await run(vendor.operation("answers"), again)).toMatchObject({
        outputs: { receipt: "charge 1" },
      });
      expect(vendor.charges).toBe(1);
    },
  );

  it("a failed condition is not a fault but a response, and a late owner returns no answer", async () => {
    const vendor = new Vendor();
    const call = aCall();
    const late: Operation<Charge, Receipt> = async (inputs, context) => {
      const made = await vendor.operation("answers")(inputs, context);
      const later = new Date(call.deadline + 1);
      await run(vendor.operation("answers"), {
        ...call,
        now: () => later,
        deadline: later.getTime() + LEASE_MS,
      });
      return made;
    };
    await expect(run(late, call)).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE" });
    expect(vendor.charges).toBe(1);
  });
});
