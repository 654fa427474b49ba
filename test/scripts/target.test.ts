import { afterEach, describe, expect, it } from "@jest/globals";
import { selectQueues, selectTarget } from "../../scripts/target.ts";

const before = { ...process.env };
afterEach(() => {
  process.env = { ...before };
});

describe("given a deployed stage", () => {
  it("its tables and secrets are taken, and never a Stripe key of this shell", () => {
    process.env.STRIPE_SECRET_KEY = "sk_test_of_another";
    selectTarget("prod", ["STRIPE_SECRET_KEY"]);
    expect(process.env).toMatchObject({
      STAGE: "prod",
      STRIPE_EVENTS_TABLE: "contractspec-stripe-prod-stripe-events",
      REPAIR_PROGRESS_TABLE: "contractspec-stripe-prod-repair-progress",
      SECRETS_PATH: "/contractspec-stripe/prod",
      SECRETS: "STRIPE_SECRET_KEY",
    });
    expect(process.env).not.toHaveProperty("STRIPE_SECRET_KEY");
  });
});

describe("given no stage", () => {
  it("everything is that of the local stack", async () => {
    Object.assign(process.env, { SQS_PORT: "19324", STRIPE_EMULATOR_PORT: "22111" });
    selectTarget(undefined);
    await selectQueues(undefined);
    expect(process.env).toMatchObject({
      STAGE: "dev",
      STRIPE_OBJECTS_TABLE: "contractspec-stripe-dev-stripe-objects",
      STRIPE_API_BASE: "http://127.0.0.1:22111",
      CHARGE_EVENTS_QUEUE_URL: "http://127.0.0.1:19324/000000000000/contractspec-stripe-dev-charge-events",
    });
  });
});
