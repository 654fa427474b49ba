import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { checkInputs } from "../../../functions/stripe-create-payment-intent/check-inputs.ts";
import { contract } from "../../../generated/capabilities/stripe-create-payment-intent.ts";
import { stepChecks } from "../../../generated/workflows/step-checks.ts";
import { invalidField, Problem } from "../../../lib/errors.ts";
import { type CheckedStep, refuseKnownFailure } from "../../../lib/workflow/known-failure.ts";

const ref = (path: string) => `\${${path}}`;
const WORKFLOW = "process-payment";

/** The issues with which the run is refused; undefined if it may start. */
function issuesOf(input: unknown, steps?: readonly CheckedStep[]) {
  try {
    refuseKnownFailure(steps === undefined ? stepChecks : { [WORKFLOW]: steps }, WORKFLOW, input);
    return undefined;
  } catch (thrown) {
    if (thrown instanceof Problem && thrown.code === "VALIDATION_FAILED") return thrown.issues;
    throw thrown;
  }
}

const payer = { customerEmail: "ada@example.com", customerName: "Ada", amount: 4200 };

describe("given process-payment", () => {
  it("an input with which every step can succeed starts a run", () => {
    expect(issuesOf(payer)).toBeUndefined();
    expect(issuesOf({ customerEmail: "ada@exämple.de", amount: 50 })).toBeUndefined();
  });

  it.each([
    [0, "must be at least 50 ($0.50)"],
    [-5, "must be at least 50 ($0.50)"],
    [1.5, "must be a whole number in the currency's smallest unit: $10.50 is 1050"],
    [49, "must be at least 50 ($0.50)"],
  ])("the amount %d is refused as the step would refuse it", (amount, message) => {
    expect(issuesOf({ ...payer, amount })).toEqual([{ path: "amount", message }]);
  });

  it("the problem names the step and the field of the run's input", () => {
    const start = () =>
      refuseKnownFailure(stepChecks, WORKFLOW, { ...payer, customerEmail: "a..b@example.com" });
    expect(start).toThrow(/^customerEmail must be an email address.*; step create-customer would fail$/);
  });

  it("a run is refused exactly if its payment would be refused", () => {
    const amount = fc.oneof(fc.integer(), fc.double({ noNaN: true }), fc.integer({ min: -100, max: 200 }));
    fc.assert(
      fc.property(amount, (amount) => {
        const checked = contract.inputs.check({ amount });
        let isAccepted = checked.ok;
        try {
          if (checked.ok) checkInputs(checked.value);
        } catch {
          isAccepted = false;
        }
        expect(issuesOf({ ...payer, amount }) === undefined).toBe(isAccepted);
      }),
    );
  });
});

describe("given steps that depend on others", () => {
  const first: CheckedStep = {
    id: "first",
    inputs: {},
    sampleOutput: { count: 1, name: "sample", list: ["sample"] },
    check: () => {},
  };
  const second = (inputs: object, check: (inputs: never) => void): CheckedStep[] => [
    first,
    { id: "second", inputs, sampleOutput: {}, check: (given) => check(given as never) },
  ];
  /** A capability that refuses amounts below 50, but only of a customer that is there. */
  const charge = ({ customer, amount }: { customer?: string; amount?: number }) => {
    if (customer === undefined) throw invalidField("customer", "is required");
    if (customer === "sample") throw invalidField("customer", "does not exist");
    if (amount !== undefined && amount < 50) throw invalidField("amount", "must be at least 50");
  };

  it.each<[string, object, (inputs: never) => void]>([
    ["a value of another step", { customer: ref("steps.first.output.name"), amount: 1 }, charge],
    [
      "text with a value of another step",
      { customer: `cus_${ref("steps.first.output.name")}` },
      ({ customer }: { customer: string }) => {
        throw invalidField("customer", `must not be ${customer}`);
      },
    ],
    [
      "the whole inputs",
      { list: ref("steps.first.output.list") },
      () => {
        throw invalidField("", "must not be empty");
      },
    ],
    [
      "a rule that holds only without the value",
      { save: true, customer: ref("steps.first.output.name") },
      (given: object) => {
        if (!("customer" in given)) throw invalidField("save", "needs a customer");
      },
    ],
    [
      "a rule that holds only for a sample",
      { limit: 5, count: ref("steps.first.output.count") },
      ({ count }: { count?: number }) => {
        if (count === 1) throw invalidField("limit", "must be less than count");
      },
    ],
  ])("what is wrong with %s is not known at the start", (_what, inputs, check) => {
    expect(issuesOf({}, second(inputs, check))).toBeUndefined();
  });

  it("what is wrong beside a value of another step is known, and named by the run's field", () => {
    const inputs = { customer: `cus_${ref("steps.first.output.name")}`, amount: ref("input.order.amount") };
    expect(issuesOf({ order: { amount: 1 } }, second(inputs, charge))).toEqual([
      { path: "order.amount", message: "must be at least 50" },
    ]);
  });

  it("what is wrong with the workflow itself is named by the step", () => {
    expect(issuesOf({}, second({ customer: "cus_1", amount: 1 }, charge))).toEqual([
      { path: "", message: "step second: amount must be at least 50" },
    ]);
  });

  it("what is wrong inside an object of the input is named by its path", () => {
    const check = () => {
      throw invalidField("metadata.userId", "must not be blank");
    };
    expect(issuesOf({ about: {} }, second({ metadata: ref("input.about") }, check))).toEqual([
      { path: "about.userId", message: "must not be blank" },
    ]);
  });
});
