import { afterEach, describe, expect, it } from "@jest/globals";
import { asProblem } from "../../../lib/errors.ts";
import { publishableKey } from "../../../lib/stripe/publishable-key.ts";
import { stripe } from "../../../lib/stripe/stripe-client.ts";
import { type StripeKeyVariable, stripeKeyMistake } from "../../../lib/stripe/stripe-keys.ts";

const SECRET = "STRIPE_SECRET_KEY";
const PUBLISHABLE = "STRIPE_PUBLISHABLE_KEY";

const cases: [StripeKeyVariable, string, string, string | undefined][] = [
  [SECRET, "sk_test_51abc", "dev", undefined],
  [SECRET, "rk_test_51abc", "staging", undefined],
  [SECRET, "sk_live_51abc", "prod", undefined],
  [SECRET, "rk_live_51abc", "prod", undefined],
  [PUBLISHABLE, "pk_test_51abc", "dev", undefined],
  [PUBLISHABLE, "pk_live_51abc", "prod", undefined],
  [SECRET, "sk_live_51abc", "dev", "is a live key, and the stage is dev"],
  [SECRET, "rk_live_51abc", "prod2", "is a live key, and the stage is prod2"],
  [PUBLISHABLE, "pk_live_51abc", "dev", "is a live key, and the stage is dev"],
  [SECRET, "sk_test_51abc", "prod", "is a test key, and the stage is prod"],
  [SECRET, "rk_test_51abc", "prod", "is a test key, and the stage is prod"],
  [PUBLISHABLE, "pk_test_51abc", "prod", "is a test key, and the stage is prod"],
  [SECRET, "pk_test_51abc", "dev", "is not a secret key"],
  [PUBLISHABLE, "sk_live_51abc", "prod", "is not a publishable key"],
  [PUBLISHABLE, "rk_test_51abc", "dev", "is not a publishable key"],
  [SECRET, "sk_test_", "dev", "is not a secret key"],
  [SECRET, " sk_test_51abc", "dev", "is not a secret key"],
  [SECRET, "whsec_51abc", "dev", "is not a secret key"],
];

describe("given a key of Stripe and a stage", () => {
  it.each(cases)("%s=%s in %s: %s", (variable, key, stage, expected) => {
    const mistake = stripeKeyMistake(variable, key, stage);
    if (expected === undefined) expect(mistake).toBeUndefined();
    else expect(mistake).toContain(`${variable} ${expected}`);
    expect(mistake ?? "").not.toContain("51abc");
    expect(mistake ?? "Use a key that begins with").toContain("Use a key that begins with");
  });
});

describe("given a function with a key of the other mode", () => {
  const mistaken = async (use: () => unknown) => {
    try {
      await use();
    } catch (thrown) {
      return asProblem(thrown);
    }
    throw new Error("the key was used");
  };
  afterEach(() => {
    for (const name of ["STAGE", SECRET, PUBLISHABLE]) delete process.env[name];
  });

  it.each([
    ["prod", "test"],
    ["dev", "live"],
  ])(
    "in %s neither %s key is used; the caller does not see the reason, and nobody sees the key",
    async (STAGE, mode) => {
      Object.assign(process.env, { STAGE, [SECRET]: `sk_${mode}_51abc`, [PUBLISHABLE]: `pk_${mode}_51abc` });
      for (const use of [stripe, publishableKey]) {
        const problem = await mistaken(use);
        expect(problem).toMatchObject({
          code: "INTERNAL_ERROR",
          message: expect.stringContaining(`is a ${mode} key`),
        });
        expect(problem.toDocument().detail).not.toMatch(/key|stage/i);
        expect(String(problem.stack)).not.toContain("51abc");
      }
    },
  );

  it("the correct one is used, also after a wrong one", async () => {
    Object.assign(process.env, { STAGE: "dev", [SECRET]: "sk_live_51abc" });
    await mistaken(stripe);
    Object.assign(process.env, { [SECRET]: "sk_test_51abc", [PUBLISHABLE]: "pk_test_51abc" });
    expect(await stripe()).toHaveProperty("paymentIntents");
    expect(publishableKey()).toBe("pk_test_51abc");
  });
});
