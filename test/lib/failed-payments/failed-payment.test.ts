/** The states of a failed payment: the final state does not depend on the order of its events. */
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import {
  ended,
  type FailedAttempt,
  type FailedPayment,
  failureMailCompleted,
  followedUp,
  withAttempt,
} from "../../../lib/failed-payments/failed-payment.ts";
import { tries } from "../../steps/effort.ts";

const DAY = 86_400;
const T = 1_795_478_400;
const DAYS = [1, 3, 5];
/** Minutes until the mail about a failure. */
const MINUTES = 10;

const attempt = (
  number: number,
  declineCode = "insufficient_funds",
  failedAt = T + number,
): FailedAttempt => ({
  paymentId: "pi_1",
  key: `ch_${number}`,
  declineCode,
  failedAt,
  amount: 4200,
  currency: "usd",
});
const failed = (attempts: readonly FailedAttempt[]) =>
  attempts.reduce<FailedPayment | undefined>(
    (payment, next) => withAttempt(payment, next, MINUTES),
    undefined,
  );
/** After the mail about its latest failure. */
const mailed = (payment: FailedPayment | undefined): FailedPayment => {
  if (payment === undefined) throw new Error("The payment has not failed");
  return failureMailCompleted(payment, payment.lastFailedAt + 60 * MINUTES, DAYS);
};

describe("given attempts that failed", () => {
  const attempts = fc.uniqueArray(
    fc.record({
      number: fc.integer({ min: 1, max: 30 }),
      code: fc.constantFrom("insufficient_funds", "expired_card", "duplicate_transaction", "a_new_code"),
      stops: fc.integer({ min: 1, max: 8 }).map((n) => n === 1),
    }),
    { selector: ({ number }) => number, minLength: 1, maxLength: 8 },
  );

  it("every order of them, with repetitions, ends in the same payment", () => {
    fc.assert(
      fc.property(attempts, fc.infiniteStream(fc.nat()), (drawn, random) => {
        const made = drawn.map(({ number, code, stops }) => attempt(number, stops ? "stolen_card" : code));
        const shuffled = [...made, ...made]
          .map((one) => ({ one, at: random.next().value }))
          .sort((a, b) => a.at - b.at)
          .map(({ one }) => one);
        const comparable = (payment: FailedPayment | undefined) => ({
          ...payment,
          attemptKeys: payment?.attemptKeys.toSorted(),
        });
        expect(comparable(failed(shuffled))).toEqual(comparable(failed(made)));
        const stopped = made.some(({ declineCode }) => declineCode === "stolen_card");
        expect(failed(shuffled)).toMatchObject({
          attempts: made.length,
          status: stopped ? "refused" : "open",
        });
      }),
      { numRuns: tries({ sample: 100, whole: 300 }) },
    );
  });

  it("a mail is due ten minutes after the last attempt, unless its code says stop", () => {
    const due = (...attempts: readonly FailedAttempt[]) => {
      const { failureMailDue, followUpAt } = failed(attempts) ?? {};
      return [failureMailDue, followUpAt];
    };
    expect(due(attempt(1))).toEqual([true, T + 1 + 600]);
    expect(due(attempt(1), attempt(2))).toEqual([true, T + 2 + 600]);
    expect(due(attempt(2), attempt(1))).toEqual([true, T + 2 + 600]);
    expect(due(attempt(1), attempt(2, "duplicate_transaction"))).toEqual([true, T + 2 + 600]);
    expect(due(attempt(1), attempt(2, "stolen_card"))).toEqual([undefined, undefined]);
  });

  it("a reminder is due a day after it, if another attempt makes sense", () => {
    expect(mailed(failed([attempt(1)]))).toMatchObject({ followUpAt: T + 1 + DAY });
    const checked = mailed(failed([attempt(1), attempt(2, "duplicate_transaction")]));
    expect(checked).not.toHaveProperty("followUpAt");
    expect(checked).not.toHaveProperty("failureMailDue");
  });

  it("a mail about the failure that comes late skips the reminders that it is too late for", () => {
    const payment = failed([attempt(0)]);
    if (payment === undefined) throw new Error("The attempt was not recorded");
    expect(failureMailCompleted(payment, T + 2 * DAY, DAYS)).toMatchObject({
      followUps: 1,
      followUpAt: T + 3 * DAY,
    });
    expect(failureMailCompleted(payment, T + 9 * DAY, DAYS)).not.toHaveProperty("followUpAt");
  });

  it("a mail that another run has completed is not completed twice, and no reminder precedes it", () => {
    const payment = failed([attempt(1)]);
    const told = mailed(payment);
    expect(failureMailCompleted(told, T + DAY, DAYS)).toBe(told);
    expect(payment && followedUp(payment, 1, T + 2 * DAY, DAYS)).toBe(payment);
  });

  it("an attempt without a code does not keep the code of the one before", () => {
    const { declineCode: _none, ...codeless } = attempt(2);
    expect(failed([attempt(1), codeless])).not.toHaveProperty("lastDeclineCode");
  });

  it("of very many attempts, the number and the latest keys are kept", () => {
    const payment = failed(Array.from({ length: 250 }, (_, number) => attempt(number)));
    expect(payment?.attempts).toBe(250);
    expect(payment?.attemptKeys).toHaveLength(100);
    expect(payment?.attemptKeys.at(-1)).toBe("ch_249");
  });
});

describe("given reminders", () => {
  const open = mailed(withAttempt(undefined, attempt(0), MINUTES));

  it("each makes the next one due, until the last", () => {
    const first = followedUp(open, 1, T + DAY, DAYS);
    const second = followedUp(first, 2, T + 3 * DAY + 60, DAYS);
    const third = followedUp(second, 3, T + 5 * DAY, DAYS);
    expect([first, second, third].map(({ followUpAt }) => followUpAt)).toEqual([
      T + 3 * DAY,
      T + 5 * DAY,
      undefined,
    ]);
  });

  it("missed reminders are skipped, so that two are never sent close together", () => {
    expect(followedUp(open, 1, T + 4 * DAY, DAYS)).toMatchObject({ followUps: 2, followUpAt: T + 5 * DAY });
    expect(followedUp(open, 1, T + 90 * DAY, DAYS)).not.toHaveProperty("followUpAt");
  });

  it("a reminder that another run has completed is not counted twice", () => {
    const first = followedUp(open, 1, T + DAY, DAYS);
    expect(followedUp(first, 1, T + DAY, DAYS)).toBe(first);
  });

  it("a shortened schedule ends them", () => {
    const first = followedUp(open, 1, T + DAY, DAYS);
    expect(followedUp(first, 2, T + 3 * DAY, [1])).not.toHaveProperty("followUpAt");
  });
});

describe("given the end", () => {
  const open = withAttempt(undefined, attempt(1), MINUTES);
  const refused = withAttempt(open, attempt(2, "stolen_card"), MINUTES);

  it.each([
    ["open", open, "recovered", "recovered"],
    ["open", open, "canceled", "canceled"],
    ["refused", refused, "recovered", "recovered"],
    ["refused", refused, "canceled", "refused"],
    ["canceled", ended(open, "canceled"), "recovered", "recovered"],
    ["recovered", ended(open, "recovered"), "canceled", "recovered"],
    ["open", open, "missing", "missing"],
    ["refused", refused, "missing", "refused"],
    ["recovered", ended(open, "recovered"), "missing", "recovered"],
    ["missing", ended(open, "missing"), "recovered", "recovered"],
    ["missing", ended(open, "missing"), "canceled", "canceled"],
  ] as const)("%s and then %s", (_what, before, end, status) => {
    const payment = ended(before, end);
    expect(payment.status).toBe(status);
    expect(payment).not.toHaveProperty("followUpAt");
  });

  it("a payment that was missing is open again after it has failed again, with a mail to come", () => {
    const payment = withAttempt(ended(open, "missing"), attempt(9), MINUTES);
    expect(payment).toMatchObject({ status: "open", attempts: 2 });
    expect(payment).toHaveProperty("followUpAt");
  });

  it.each(["recovered", "canceled"] as const)(
    "an earlier failure does not reopen a payment that is %s",
    (end) => {
      const payment = ended(open, end);
      expect(withAttempt(payment, attempt(9), MINUTES)).toBe(payment);
      expect(followedUp(payment, 1, T + DAY, DAYS)).toBe(payment);
    },
  );
});
