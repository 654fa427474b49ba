import { get } from "node:http";
import { describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { clientOf, errorOf, givenAnEmulator, rawCall } from "./running-emulator.ts";

describe("given a wrong request", () => {
  it.each([
    ["POST", "/v1/payment_intents", "amount=2000", "parameter_missing", "currency"],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&payment_method_types[]=card",
      "parameter_unknown",
      "payment_method_types",
    ],
    ["POST", "/v1/payment_intents", "amount=20.5&currency=usd", "parameter_invalid_integer", "amount"],
    ["POST", "/v1/payment_intents", "amount=-5&currency=usd", "parameter_invalid_integer", "amount"],
    ["POST", "/v1/payment_intents", "amount=49&currency=usd", "amount_too_small", "amount"],
    ["POST", "/v1/payment_intents", "amount=100000000&currency=usd", "amount_too_large", "amount"],
    ["POST", "/v1/payment_intents", "amount=5124&currency=kwd", undefined, "amount"],
    ["POST", "/v1/payment_intents", "amount=550&currency=isk", undefined, "amount"],
    ["POST", "/v1/payment_intents", "amount=2000&currency=xyz", undefined, "currency"],
    ["POST", "/v1/payment_intents", "amount=2000&currency=", "parameter_invalid_empty", "currency"],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&customer=cus_none",
      "resource_missing",
      "customer",
    ],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&return_url=https://a.example",
      undefined,
      "return_url",
    ],
    ["POST", "/v1/payment_intents", "amount=2000&currency=usd&confirm=maybe", undefined, "confirm"],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&capture_method=later",
      undefined,
      "capture_method",
    ],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&automatic_payment_methods[enable]=true",
      "parameter_unknown",
      "automatic_payment_methods[enable]",
    ],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&automatic_payment_methods=true",
      undefined,
      "automatic_payment_methods",
    ],
    [
      "POST",
      "/v1/payment_intents",
      "amount=2000&currency=usd&transfer_data[destination]=acct_1",
      "parameter_not_emulated",
      "transfer_data",
    ],
    ["POST", "/v1/payment_intents", "amount[value]=2000&currency=usd", "parameter_invalid_integer", "amount"],
    ["POST", "/v1/customers", "email=ada", "email_invalid", "email"],
    ["POST", "/v1/customers", `metadata[k]=${"x".repeat(501)}`, undefined, "metadata[k]"],
    ["POST", "/v1/customers", `metadata[${"k".repeat(41)}]=x`, undefined, `metadata[${"k".repeat(41)}]`],
    ["POST", "/v1/customers", "metadata=x", undefined, "metadata"],
    ["POST", "/v1/prices", "currency=usd&unit_amount=100&product=prod_none", "resource_missing", "product"],
    [
      "POST",
      "/v1/prices",
      "currency=usd&unit_amount=100&product_data[name]=P&recurring[interval]=fortnight",
      undefined,
      "recurring[interval]",
    ],
    ["POST", "/v1/webhook_endpoints", "url=ftp://x&enabled_events[]=*", "url_invalid", "url"],
    ["GET", "/v1/customers?limit=101", undefined, "parameter_invalid_integer", "limit"],
    ["GET", "/v1/customers?starting_after=cus_none", undefined, "resource_missing", "starting_after"],
    ["GET", "/v1/events?type=a&types[]=b", undefined, undefined, "type"],
  ])("the error of %s %s %s names the parameter", async (method, path, body, code, param) => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, method, path, body === undefined ? {} : { body });
    expect(response.status).toBe(400);
    expect(response.body.error).toMatchObject({ type: "invalid_request_error", param });
    expect(response.body.error?.code).toBe(code);
  });

  it.each(["/v1/customers/%E0%A4%A", "//"])(
    "a malformed URL (%s) is the caller's mistake, not a 500",
    async (path) => {
      const { emulator } = await givenAnEmulator();
      const status = await new Promise((resolve, reject) => {
        const options = { port: emulator.port, path, headers: { authorization: "Bearer sk_test_local" } };
        get({ host: "127.0.0.1", ...options }, (response) => {
          response.resume();
          resolve(response.statusCode);
        }).once("error", reject);
      });
      expect([400, 404]).toContain(status);
    },
  );

  it("an object that does not exist is a 404", async () => {
    const { stripe } = await givenAnEmulator();
    const error = await errorOf(stripe.paymentIntents.retrieve("pi_none"));
    expect(error).toMatchObject({
      statusCode: 404,
      code: "resource_missing",
      message: "No such payment_intent: 'pi_none'",
    });
  });

  it.each([
    ["GET", "/v1/unicorns"],
    ["DELETE", "/v1/payment_intents/pi_1"],
    ["GET", "/v1/charges/search?query=x"],
  ])("%s %s is an unrecognized request URL", async (method, path) => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, method, path);
    expect(response.status).toBe(404);
    expect(response.body.error?.message).toContain("Unrecognized request URL");
  });

  it("a JSON body is refused, and the message says what to send", async () => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/customers", {
      body: "{}",
      headers: { "content-type": "application/json" },
    });
    expect(response.status).toBe(400);
    expect(response.body.error?.message).toContain("application/x-www-form-urlencoded");
  });

  it("a body that is not a form is a 400", async () => {
    const { emulator } = await givenAnEmulator();
    expect((await rawCall(emulator, "POST", "/v1/customers", { body: "email[=1" })).status).toBe(400);
  });
});

describe("given an API key", () => {
  it.each(["sk_live_0123456789abcdef", "nonsense"])("%s is refused and not shown in full", async (key) => {
    const { emulator } = await givenAnEmulator();
    const error = await errorOf(clientOf(emulator, key).customers.list());
    expect(error).toBeInstanceOf(Stripe.errors.StripeAuthenticationError);
    expect(error.message).not.toContain(key);
  });

  it("with a configured secret key no other one is accepted", async () => {
    const { emulator } = await givenAnEmulator({ secretKey: "sk_test_mine" });
    await expect(clientOf(emulator, "sk_test_mine").customers.list()).resolves.toMatchObject({ data: [] });
    await expect(clientOf(emulator, "sk_test_other").customers.list()).rejects.toThrow("Invalid API Key");
  });

  it("a missing key is a 401", async () => {
    const { emulator } = await givenAnEmulator();
    expect((await rawCall(emulator, "GET", "/v1/customers", { headers: { authorization: "" } })).status).toBe(
      401,
    );
  });

  it("a publishable key cannot list customers", async () => {
    const { emulator } = await givenAnEmulator();
    await expect(clientOf(emulator, "pk_test_x").customers.list()).rejects.toMatchObject({
      code: "secret_key_required",
    });
  });
});

describe("given any request", () => {
  it("the response has Stripe's headers", async () => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/customers", {
      body: "name=Ada",
      headers: { "idempotency-key": "k-1", "stripe-version": "2026-10-28.endive" },
    });
    expect(response.headers.get("request-id")).toMatch(/^req_\w{14}$/);
    expect(response.headers.get("stripe-version")).toBe("2026-10-28.endive");
    expect(response.headers.get("idempotency-key")).toBe("k-1");
  });

  it("an error links to the documentation of its code and to its log", async () => {
    const { emulator } = await givenAnEmulator();
    const response = await rawCall(emulator, "POST", "/v1/customers", { body: "nme=Ada" });
    expect(response.body.error).toMatchObject({
      message: "Received unknown parameter: nme",
      doc_url: "https://stripe.com/docs/error-codes/parameter-unknown",
      request_log_url: expect.stringContaining(String(response.headers.get("request-id"))),
    });
  });
});
