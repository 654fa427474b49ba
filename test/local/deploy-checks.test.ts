import { describe, expect, it } from "@jest/globals";
import { deployMistakes } from "../../local/deploy-checks.ts";

function service(stage: string, environment: Record<string, unknown>) {
  return {
    serviceDir: ".",
    configurationInput: {},
    processedInput: { commands: ["package"] },
    pluginManager: { plugins: [] },
    service: {
      service: "shop",
      provider: { stage },
      functions: { "get-health": {}, "pay-page": { environment } },
    },
  };
}

describe("given the settings that the functions would be deployed with", () => {
  it.each<[string, string, Record<string, unknown>]>([
    ["no key at all", "prod", { STRIPE_PUBLISHABLE_KEY: "" }],
    ["a live key in prod", "prod", { STRIPE_PUBLISHABLE_KEY: "pk_live_1" }],
    ["a test key elsewhere", "dev", { STRIPE_PUBLISHABLE_KEY: "pk_test_1" }],
    ["settings for tokens", "dev", { JWT_ISSUER: "https://login.example.com", JWT_AUDIENCE: "payments" }],
    ["settings for failed payments", "dev", { FOLLOW_UP_DAYS: "1,3,5", ADMIN_ATTEMPTS: "3" }],
    ["addresses", "dev", { EMAIL_FROM: "pay@xn--exmple-cua.de", ADMIN_EMAIL: "ada@exämple.de" }],
    ["no administrator", "dev", { ADMIN_EMAIL: "" }],
    ["an address for questions", "dev", { SUPPORT_EMAIL: "help@example.com" }],
    ["a value that only the stack knows", "dev", { TABLE: { Ref: "Table" } }],
  ])("%s can be deployed", (_what, stage, environment) => {
    expect(deployMistakes(service(stage, environment))).toEqual([]);
  });

  it("each mistake is reported as a sentence, and no sentence contains the key", () => {
    const mistakes = deployMistakes(
      service("dev", {
        STRIPE_PUBLISHABLE_KEY: "pk_live_51abc",
        JWT_ISSUER: "https://login.example.com",
        FOLLOW_UP_DAYS: "5,3,1",
        ADMIN_ATTEMPTS: "3",
      }),
    );
    expect(mistakes).toEqual([
      expect.stringContaining("STRIPE_PUBLISHABLE_KEY is a live key, and the stage is dev"),
      expect.stringContaining("JWT_AUDIENCE is not set"),
      expect.stringContaining("FOLLOW_UP_DAYS must be ascending whole days"),
    ]);
    expect(mistakes.join()).not.toContain("51abc");
  });

  it.each([
    ["IDEMPOTENCY_TTL_HOURS", "25", "IDEMPOTENCY_TTL_HOURS must be a whole number of hours from 1 to 24"],
    ["EMAIL_FROM", "pay..now@example.com", "EMAIL_FROM must be an email address"],
    ["ADMIN_EMAIL", "a@-example-.com", "ADMIN_EMAIL must be an email address"],
    ["SUPPORT_EMAIL", "help", "SUPPORT_EMAIL must be an email address"],
    ["EMAIL_FROM", "pay@exämple.de", "EMAIL_FROM must have its domain in punycode: pay@xn--exmple-cua.de"],
  ])("%s=%s cannot be deployed", (name, address, message) => {
    expect(deployMistakes(service("dev", { [name]: address }))).toEqual([expect.stringContaining(message)]);
  });
});
