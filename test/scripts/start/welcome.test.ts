import { describe, expect, it } from "@jest/globals";
import { LocalStackError } from "../../../local/ports.ts";
import { stackSettings } from "../../../local/settings.ts";
import { missingForStripe } from "../../../scripts/start/welcome.ts";

const service = { stage: "dev", region: "us-east-1" };
const missing = (environment: Record<string, string>) =>
  missingForStripe({ api: "http://localhost:3100" }, stackSettings(environment, service), environment).join(
    "\n",
  );
const LISTEN = "stripe listen --latest --forward-to localhost:3100/api/webhooks/stripe";

describe("npm start with a key for Stripe's test mode", () => {
  it.each(["sk_test_abc", "rk_test_abc"])("%s alone says what is missing and how to get it", (key) => {
    const text = missing({ STRIPE_SECRET_KEY: key });
    expect(text).toContain("STRIPE_PUBLISHABLE_KEY is missing");
    expect(text).toContain("https://dashboard.stripe.com/test/apikeys");
    expect(text).toContain("STRIPE_WEBHOOK_SECRET is missing");
    expect(text).toContain(LISTEN);
  });

  it("and everything else says only how events arrive", () => {
    const text = missing({
      STRIPE_SECRET_KEY: "sk_test_abc",
      STRIPE_PUBLISHABLE_KEY: "pk_test_abc",
      STRIPE_WEBHOOK_SECRET: "whsec_abc",
    });
    expect(text).not.toContain("missing");
    expect(text).toContain(LISTEN);
  });

  it("says nothing with the emulator, or with another server", () => {
    expect(missing({})).toBe("");
    expect(missing({ STRIPE_SECRET_KEY: "sk_test_abc", STRIPE_API_BASE: "http://localhost:8420" })).toBe("");
  });
});

describe("STRIPE_API_BASE", () => {
  it("names the server for the functions; the emulator does not start", () => {
    const settings = stackSettings({ STRIPE_API_BASE: "http://localhost:8420/" }, service);
    expect(settings).toMatchObject({ embedsStripe: false, stripeElsewhere: "http://localhost:8420" });
    expect(settings.portsInUse).not.toContain("STRIPE_EMULATOR_PORT");
    expect(settings.functionEnvironment).toMatchObject({
      STRIPE_API_BASE: "http://localhost:8420",
      STRIPE_SECRET_KEY: "sk_test_local",
      STRIPE_PUBLISHABLE_KEY: "pk_test_local",
    });
  });

  it.each(["localhost:8420", "ftp://localhost", "http://localhost:8420/v1", "http://localhost?x=1"])(
    "%s is refused: the error says what would be right",
    (base) => {
      const read = () => stackSettings({ STRIPE_API_BASE: base }, service);
      expect(read).toThrow(LocalStackError);
      expect(read).toThrow(
        `STRIPE_API_BASE=${base} is not the address of a server, such as http://localhost:12111`,
      );
    },
  );
});
