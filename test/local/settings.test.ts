import { describe, expect, it } from "@jest/globals";
import { stackSettings } from "../../local/settings.ts";

const dev = { stage: "dev", region: "eu-central-1" };

describe("the settings of the local stack", () => {
  it("embed every service and give the functions everything they need when nothing is set", () => {
    const settings = stackSettings({}, dev);

    expect(settings).toMatchObject({ embedsAws: true, embedsStripe: true });
    expect(settings.functionEnvironment).toMatchObject({
      AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:8000",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9324",
      AWS_ENDPOINT_URL_SNS: "http://127.0.0.1:9324",
      AWS_ENDPOINT_URL_SES: "http://127.0.0.1:8005",
      AWS_ENDPOINT_URL_SFN: "http://127.0.0.1:8083",
      AWS_REGION: "eu-central-1",
      STRIPE_API_BASE: "http://127.0.0.1:12111",
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_PUBLISHABLE_KEY: "pk_test_local",
      STRIPE_WEBHOOK_SECRET: "whsec_local",
      PUBLIC_URL: "http://localhost:3000",
    });
  });

  it("prefer the developer's values to the defaults, and treat blank values as not set", () => {
    const { functionEnvironment } = stackSettings({ EMAIL_FROM: "shop@example.org", ADMIN_EMAIL: " " }, dev);

    expect(functionEnvironment).toMatchObject({
      EMAIL_FROM: "shop@example.org",
      ADMIN_EMAIL: "admin@example.com",
    });
  });

  it("leave the Stripe emulator out when a key for Stripe's test mode is set", () => {
    const settings = stackSettings({ STRIPE_SECRET_KEY: "sk_test_51abc" }, dev);

    expect(settings.embedsStripe).toBe(false);
    expect(settings.portsInUse).not.toContain("STRIPE_EMULATOR_PORT");
    expect(settings.functionEnvironment).not.toHaveProperty("STRIPE_API_BASE");
    expect(settings.functionEnvironment).not.toHaveProperty("STRIPE_PUBLISHABLE_KEY");
  });

  it.each(["sk_live_51abc", "rk_live_51abc"])(
    "refuse the live key %s outside prod, without repeating it",
    (key) => {
      const reading = () => stackSettings({ STRIPE_SECRET_KEY: key }, dev);

      expect(reading).toThrow("STRIPE_SECRET_KEY is a live key, and the stage is dev");
      expect(reading).not.toThrow("51abc");
      expect(() => stackSettings({ STRIPE_SECRET_KEY: key }, { ...dev, stage: "prod" })).not.toThrow();
    },
  );

  it("refuse a test key in prod, and a text that is not a secret key", () => {
    expect(() => stackSettings({}, { ...dev, stage: "prod" })).toThrow(
      "is a test key, and the stage is prod",
    );
    expect(() => stackSettings({ STRIPE_SECRET_KEY: "pk_test_1" }, dev)).toThrow(
      "not a secret key of Stripe",
    );
  });

  it("check the publishable key in the same way, and refuse a secret key in its place", () => {
    const reading = (STRIPE_PUBLISHABLE_KEY: string) => () => stackSettings({ STRIPE_PUBLISHABLE_KEY }, dev);

    expect(reading("pk_test_51abc")).not.toThrow();
    expect(reading("pk_live_51abc")).toThrow("STRIPE_PUBLISHABLE_KEY is a live key, and the stage is dev");
    expect(reading("sk_test_51abc")).toThrow("not a publishable key of Stripe");
  });

  it.each(["too-short", "long-enough-to-be-one,short", ","])(
    "refuse %s as APP_SECRET, without repeating it",
    (text) => {
      const reading = () => stackSettings({ APP_SECRET: text }, dev);
      expect(reading).toThrow(
        /^APP_SECRET contains (no secret|a secret of fewer than 16 characters)\. Make one/,
      );
    },
  );

  it("give the functions the address of SSM instead of the secrets, when LOCAL_SSM_URL names one", () => {
    const secrets = ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET", "APP_SECRET"];
    const url = "http://127.0.0.1:4583";
    expect(Object.keys(stackSettings({}, dev).functionEnvironment)).toEqual(expect.arrayContaining(secrets));
    const { functionEnvironment } = stackSettings({ LOCAL_SSM_URL: url }, dev);
    expect(functionEnvironment.AWS_ENDPOINT_URL_SSM).toBe(url);
    for (const secret of secrets) expect(functionEnvironment).not.toHaveProperty(secret);
  });

  it("have another APP_SECRET on a real Stripe account, the same one each time, unless one is set", () => {
    const secretWith = (environment: Record<string, string>) =>
      stackSettings(environment, dev).functionEnvironment.APP_SECRET;
    const key = { STRIPE_SECRET_KEY: "sk_test_51abc" };
    expect(secretWith(key)).toMatch(/^local-app-secret-of-[0-9a-f]{64}$/);
    expect(secretWith(key)).toBe(secretWith(key));
    expect(secretWith({})).toBe("local-app-secret-that-protects-nothing");
    expect(secretWith({ ...key, APP_SECRET: "a secret of my own" })).toBe("a secret of my own");
  });

  it.each(["25", "0", "a day"])("refuse %s as IDEMPOTENCY_TTL_HOURS", (hours) => {
    expect(() => stackSettings({ IDEMPOTENCY_TTL_HOURS: hours }, dev)).toThrow(
      "IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1 to 24",
    );
  });

  it("pass the settings for tokens on, and pass empty ones when they are not set", () => {
    expect(stackSettings({ JWT_ISSUER: " http://localhost:9000 " }, dev).functionEnvironment).toMatchObject({
      JWT_ISSUER: "http://localhost:9000",
      JWT_AUDIENCE: "",
    });
  });

  it("send calls of the services to AWS_ENDPOINT_URL, and of Step Functions to the embedded server", () => {
    const settings = stackSettings({ AWS_ENDPOINT_URL: "http://localhost:4566/" }, dev);

    const localStack = "http://localhost:4566";
    expect(settings.endpoints).toEqual({
      dynamodb: localStack,
      sqs: localStack,
      sns: localStack,
      ses: localStack,
      s3: localStack,
    });
    expect(settings.functionEnvironment.AWS_ENDPOINT_URL_SFN).toBe("http://127.0.0.1:8083");
    expect(settings.portsInUse).not.toContain("DYNAMODB_PORT");
    expect(() => stackSettings({ AWS_ENDPOINT_URL: "localhost:4566" }, dev)).toThrow("is not an http URL");
  });
});
