import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { selectQueues, selectTables, selectTarget } from "../../scripts/target.ts";
import { deployedStages } from "../steps/deployed-stages.ts";

let before = { ...process.env };
beforeEach(() => {
  before = { ...process.env };
});
afterEach(() => {
  process.env = { ...before };
});

describe("given a deployed stage", () => {
  deployedStages("prod");

  it("its tables and secrets are used, and never a Stripe key of this shell", async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local" });
    process.env.STRIPE_SECRET_KEY = "sk_test_of_another";
    process.env.STRIPE_EVENTS_TABLE = "a-table-of-another";
    process.env.AUDIT_ARCHIVE_BUCKET = "a-bucket-of-another";
    selectTarget({ stage: "prod" }, ["STRIPE_SECRET_KEY"]);
    expect(process.env).not.toHaveProperty("STRIPE_EVENTS_TABLE");
    expect(process.env).not.toHaveProperty("AUDIT_ARCHIVE_BUCKET");
    await selectTables({ stage: "prod" });
    expect(process.env).toMatchObject({
      STAGE: "prod",
      STRIPE_EVENTS_TABLE: "contractspec-stripe-prod-stripe-events",
      REPAIR_PROGRESS_TABLE: "contractspec-stripe-prod-repair-progress",
      AUDIT_ARCHIVE_BUCKET: "contractspec-stripe-prod-audit-archive",
      SECRETS_PATH: "/contractspec-stripe/prod",
      SECRETS: "STRIPE_SECRET_KEY",
    });
    expect(process.env).not.toHaveProperty("STRIPE_SECRET_KEY");
  });
});

describe("given no stage", () => {
  it("tables, queues and Stripe are those of the local stack", async () => {
    Object.assign(process.env, { SQS_PORT: "19324", STRIPE_EMULATOR_PORT: "22111" });
    selectTarget({});
    await selectQueues({});
    expect(process.env).toMatchObject({
      STAGE: "dev",
      STRIPE_OBJECTS_TABLE: "contractspec-stripe-dev-stripe-objects",
      STRIPE_API_BASE: "http://127.0.0.1:22111",
      AUDIT_ARCHIVE_BUCKET: "contractspec-stripe-dev-audit-archive",
      AWS_ENDPOINT_URL_S3: "http://127.0.0.1:19324",
      CHARGE_EVENTS_QUEUE_URL: "http://127.0.0.1:19324/000000000000/contractspec-stripe-dev-charge-events",
    });
  });
});

describe("given a region", () => {
  it("for the local stack, --region is used, else AWS_REGION, else us-east-1", () => {
    process.env.AWS_REGION = "eu-west-1";
    selectTarget({ region: "eu-central-1" });
    expect(process.env.AWS_REGION).toBe("eu-central-1");
    process.env.AWS_REGION = "eu-west-1";
    selectTarget({});
    expect(process.env.AWS_REGION).toBe("eu-west-1");
    process.env.AWS_REGION = "";
    selectTarget({});
    expect(process.env.AWS_REGION).toBe("us-east-1");
  });

  it("for a stage, --region and the shell must not name different ones", () => {
    process.env.AWS_REGION = "eu-west-1";
    selectTarget({ stage: "prod" });
    expect(process.env.AWS_REGION).toBe("eu-west-1");
    expect(() => selectTarget({ stage: "prod", region: "eu-central-1" })).toThrow(
      /The stage prod has one region.*\n {2}eu-central-1: --region\n {2}eu-west-1: AWS_REGION of this shell/,
    );
  });
});
