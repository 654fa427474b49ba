import { beforeAll, describe, expect, it } from "@jest/globals";
import Stripe from "stripe";
import { GENERIC_DECLINE_MESSAGE } from "../../../lib/declines/decline-messages.ts";
import { PROBLEM_KINDS } from "../../../lib/errors.ts";
import { describeCause } from "../../../lib/log.ts";
import type { StripeParameters } from "../../../lib/stripe/stripe-parameters.ts";
import { stripeProblem } from "../../../lib/stripe/stripe-problem.ts";
import { loadStripeSdk } from "../../../lib/stripe/stripe-sdk.ts";
import { clientOf, errorOf, givenStripeEmulator } from "../../steps/given-stripe-emulator.ts";

const { errors } = Stripe;
// As the client does before any call.
beforeAll(loadStripeSdk);
/** Stripe's sentences can quote the request; this text stands for them. */
const PROSE = "canary-prose 4242 ada@example.com";

/** The parameters of an operation that accepts every field of the table below. */
const PARAMETERS: StripeParameters = {
  amount: "amount",
  currency: "currency",
  customerId: "customer",
  email: "email",
  metadata: "metadata",
  name: "name",
  paymentIntentId: "intent",
  priceId: ["items[0][price]", "price"],
  trialDays: "trial_period_days",
  note: [],
};
const problemOf = (error: unknown) => stripeProblem(error, PARAMETERS);

type Raw = ConstructorParameters<typeof errors.StripeAPIError>[0];
const raw = (fields: object = {}): Raw =>
  Object.assign(JSON.parse("{}"), { message: PROSE, requestId: "req_1", ...fields });

/** Everything the SDK exports that is an error, constructed as the SDK does. */
const classes = Object.entries(errors).flatMap(([name, member]) => {
  const isError = typeof member === "function" && member.prototype instanceof Error;
  if (!isError) return [];
  const error: unknown = Reflect.construct(
    member,
    name === "StripeSignatureVerificationError" ? ["header", "payload", raw()] : [raw()],
  );
  return error instanceof errors.StripeError ? [{ name, error }] : [];
});

describe("given an error of each class of the SDK", () => {
  it("the SDK exports error classes", () => {
    expect(classes.length).toBeGreaterThan(30);
  });

  it.each(classes)(
    "$name is recognized by its type, and its problem contains nothing that Stripe wrote",
    ({ name, error }) => {
      expect(error.type).toBe(name);
      const problem = problemOf(error);
      expect(Object.keys(PROBLEM_KINDS)).toContain(problem?.code);
      expect(problem?.vendorRequestId).toBe("req_1");
      expect(problem?.cause).toMatchObject({ name });
      expect(describeCause(problem?.cause)).toMatch(new RegExp(`^${name}: .*\\n +at `));
      const told = `${problem?.message} ${JSON.stringify(problem?.toDocument())} ${describeCause(problem?.cause)}`;
      expect(told).not.toMatch(/canary-prose|4242|ada@/);
    },
  );
});

const invalid = (fields: object) =>
  new errors.StripeInvalidRequestError(raw({ statusCode: 400, type: "invalid_request_error", ...fields }));

describe("given an error by class, status and code", () => {
  it.each<[string, unknown, object]>([
    [
      "a decline",
      new errors.StripeCardError(raw({ decline_code: "insufficient_funds", code: "card_declined" })),
      {
        code: "PAYMENT_REQUIRED",
        declineCode: "insufficient_funds",
        retryable: false,
        message: expect.stringContaining("not enough money"),
      },
    ],
    [
      "a stolen card",
      new errors.StripeCardError(raw({ decline_code: "stolen_card", code: "card_declined" })),
      { code: "PAYMENT_REQUIRED", declineCode: "stolen_card", message: GENERIC_DECLINE_MESSAGE },
    ],
    [
      "a refusal with only an error code",
      new errors.StripeCardError(raw({ code: "expired_card" })),
      {
        code: "PAYMENT_REQUIRED",
        declineCode: "expired_card",
        message: expect.stringContaining("has expired"),
      },
    ],
    [
      "a new decline code",
      new errors.StripeCardError(raw({ decline_code: "moon_phase" })),
      { declineCode: "moon_phase", message: GENERIC_DECLINE_MESSAGE },
    ],
    [
      "a decline without a code",
      new errors.StripeCardError(raw()),
      { code: "PAYMENT_REQUIRED", declineCode: undefined, message: GENERIC_DECLINE_MESSAGE },
    ],
    [
      "a decline code that is a sentence",
      new errors.StripeCardError(raw({ decline_code: PROSE })),
      { declineCode: undefined },
    ],
    [
      "a rate limit",
      new errors.StripeRateLimitError(raw({ statusCode: 429 })),
      { code: "RATE_LIMITED", retryable: true, retryAfterSeconds: 1 },
    ],
    [
      "a lock timeout",
      new errors.StripeRateLimitError(raw({ statusCode: 429, code: "lock_timeout" })),
      { code: "SERVICE_UNAVAILABLE", retryAfterSeconds: 1 },
    ],
    [
      "a lock timeout as an invalid request",
      invalid({ code: "lock_timeout" }),
      { code: "SERVICE_UNAVAILABLE" },
    ],
    [
      "a 409",
      new errors.StripeAPIError(raw({ statusCode: 409, code: "idempotency_key_in_use" })),
      { code: "SERVICE_UNAVAILABLE", retryable: true },
    ],
    [
      "a 500",
      new errors.StripeAPIError(raw({ statusCode: 500 })),
      { code: "BAD_GATEWAY", retryable: true, alarm: undefined },
    ],
    ["a response that is not JSON", new errors.StripeAPIError(raw()), { code: "BAD_GATEWAY" }],
    [
      "a lost connection",
      new errors.StripeConnectionError(raw({ detail: Object.assign(new Error(), { code: "ECONNRESET" }) })),
      { code: "BAD_GATEWAY", retryable: true },
    ],
    [
      "a timeout",
      new errors.StripeConnectionError(raw({ detail: Object.assign(new Error(), { code: "ETIMEDOUT" }) })),
      { code: "TIMEOUT", retryable: true },
    ],
    [
      "a wrong key",
      new errors.StripeAuthenticationError(raw({ statusCode: 401 })),
      { code: "BAD_GATEWAY", alarm: "stripe-authentication" },
    ],
    [
      "a key without permission",
      new errors.StripePermissionError(raw({ statusCode: 403 })),
      { code: "BAD_GATEWAY", alarm: "stripe-permission" },
    ],
    [
      "a key used with other parameters",
      new errors.StripeIdempotencyError(raw({ statusCode: 400 })),
      { code: "CONFLICT", retryable: false },
    ],
    [
      "a key still in use",
      new errors.StripeIdempotencyError(raw({ statusCode: 409 })),
      { code: "SERVICE_UNAVAILABLE" },
    ],
    [
      "a new error class",
      new errors.StripeError(raw(), "StripeWeatherError"),
      { code: "BAD_GATEWAY", retryable: true },
    ],
    ["a type that every object has", new errors.StripeError(raw(), "constructor"), { code: "BAD_GATEWAY" }],
  ])("%s", (_what, error, problem) => {
    expect(problemOf(error)).toMatchObject(problem);
  });

  it("an error that is not Stripe's is ignored", () => {
    expect(problemOf(new Error("a bug"))).toBeUndefined();
  });
});

describe("given an error that an operator investigates", () => {
  const toldOf = (error: unknown) => describeCause(problemOf(error)?.cause)?.split("\n")[0];

  it("the log shows status, code and parameter", () => {
    expect(toldOf(invalid({ code: "parameter_unknown", param: "items[0][price]" }))).toBe(
      "StripeInvalidRequestError: 400 parameter_unknown items[0][price]",
    );
    expect(toldOf(invalid({ code: PROSE, param: `metadata[${PROSE}]` }))).toBe(
      "StripeInvalidRequestError: 400 metadata[...]",
    );
    expect(toldOf(invalid({ param: PROSE }))).toBe("StripeInvalidRequestError: 400");
  });

  it("the log shows how a connection broke", () => {
    const broken = (code: string) =>
      new errors.StripeConnectionError(raw({ detail: { code, message: PROSE } }));
    expect(toldOf(broken("ECONNRESET"))).toBe("StripeConnectionError: ECONNRESET");
    expect(toldOf(broken(PROSE))).toBe("StripeConnectionError: ");
  });
});

describe("given a request that the state of its object does not allow", () => {
  const refusal = { code: "payment_intent_unexpected_state" };

  it("is a conflict at the field that names the object, which Stripe does not name", () => {
    expect(
      stripeProblem(invalid(refusal), { paymentIntentId: ["intent", "id"], amount: "amount" }),
    ).toMatchObject({
      code: "CONFLICT",
      retryable: false,
      issues: [{ path: "paymentIntentId", message: expect.stringContaining("status at Stripe") }],
    });
  });

  it("is a conflict at the field that Stripe names, if it names one", () => {
    const parameters = { paymentIntentId: "payment_intent", note: "id" };
    expect(
      stripeProblem(invalid({ code: "charge_disputed", param: "payment_intent" }), parameters),
    ).toMatchObject({ code: "CONFLICT", issues: [{ path: "paymentIntentId" }] });
  });

  it("while Stripe works on the object, it is no conflict: the call can be repeated", () => {
    const busy = { ...refusal, statusCode: 409 };
    expect(stripeProblem(invalid(busy), { paymentIntentId: "id" })).toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      retryable: true,
    });
  });
});

describe("given a parameter that Stripe refuses", () => {
  it.each([
    ["amount", "amount_too_small", "amount", "is less than Stripe allows"],
    ["customer", "resource_missing", "customerId", "does not exist at Stripe"],
    ["items[0][price]", "resource_missing", "priceId", "does not exist at Stripe"],
    ["trial_period_days", "parameter_invalid_integer", "trialDays", "must be a whole number"],
    ["metadata[order]", "parameter_invalid_string_blank", "metadata.order", "must not be blank"],
    ["metadata[Ada Lovelace]", undefined, "metadata.[text]", "is refused by Stripe"],
    ["metadata", undefined, "metadata", "is refused by Stripe"],
    ["metadata[a][b]", undefined, "metadata.a.b", "is refused by Stripe"],
    ["price", "resource_missing", "priceId", "does not exist at Stripe"],
    ["email", "email_invalid", "email", "is not an email address"],
    ["currency", "a_code_of_tomorrow", "currency", "is refused by Stripe (a_code_of_tomorrow)"],
  ])("%s (%s) is the caller's %s", (param, code, path, message) => {
    expect(problemOf(invalid({ param, code }))).toMatchObject({
      code: "VALIDATION_FAILED",
      issues: [{ path, message: expect.stringContaining(message) }],
    });
  });

  it.each([
    [{ param: "automatic_payment_methods[enabled]", code: "parameter_unknown" }],
    [{ param: "payment_behavior" }],
    [{ param: "metadata[half" }],
    [{ param: "metadata_of_another_kind" }],
    [{ param: "toString" }],
    [{ code: "parameters_exclusive" }],
    [{ statusCode: 404 }],
  ])("%j is ours: a 500 with an alarm, and no field of the caller's", (fields) => {
    expect(problemOf(invalid(fields))).toMatchObject({
      code: "INTERNAL_ERROR",
      alarm: "stripe-request",
      issues: [],
    });
  });

  it("the caller's fields are those of the current operation: a field of another operation counts as ours", () => {
    const error = invalid({ param: "amount", code: "amount_too_large" });
    expect(stripeProblem(error, { amount: "amount" })).toMatchObject({
      code: "VALIDATION_FAILED",
      alarm: undefined,
      issues: [{ path: "amount", message: "is more than Stripe allows here" }],
    });
    expect(stripeProblem(error, { refundAmount: "amount" })).toMatchObject({
      issues: [{ path: "refundAmount" }],
    });
    expect(stripeProblem(error, { email: "email" })).toMatchObject({
      code: "INTERNAL_ERROR",
      alarm: "stripe-request",
    });
  });

  it("values that do not fit together are the caller's mistake, without a field", () => {
    expect(problemOf(invalid({}))).toMatchObject({ code: "VALIDATION_FAILED", issues: [] });
    expect(problemOf(invalid({ param: "id", code: "resource_missing", statusCode: 404 }))).toMatchObject({
      code: "VALIDATION_FAILED",
      issues: [],
    });
  });

  it("an account that is not set up for it raises an alarm, whatever the field", () => {
    expect(problemOf(invalid({ param: "currency", code: "testmode_charges_only" }))).toMatchObject({
      code: "BAD_GATEWAY",
      alarm: "stripe-account",
    });
  });
});

describe("given errors that the SDK makes from real responses", () => {
  const problemAfter = async (call: Promise<unknown>) => problemOf(await errorOf(call));
  const payment = { amount: 2000, currency: "usd" };
  const declining = (payment_method: string) => ({
    ...payment,
    confirm: true,
    return_url: "https://example.com",
    payment_method,
  });

  it.each([
    ["pm_card_visa_chargeDeclined", "generic_decline", GENERIC_DECLINE_MESSAGE],
    ["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient_funds", "not enough money"],
    ["pm_card_visa_chargeDeclinedLostCard", "lost_card", GENERIC_DECLINE_MESSAGE],
    ["pm_card_chargeDeclinedExpiredCard", "expired_card", "has expired"],
    ["pm_card_chargeDeclinedIncorrectCvc", "incorrect_cvc", "security code"],
    ["pm_card_chargeDeclinedProcessingError", "processing_error", "Try again"],
  ])("%s: %s", async (card, declineCode, words) => {
    const { stripe } = await givenStripeEmulator();
    expect(await problemAfter(stripe.paymentIntents.create(declining(card)))).toMatchObject({
      code: "PAYMENT_REQUIRED",
      declineCode,
      message: expect.stringContaining(words),
    });
  });

  it("wrong values are named in our terms", async () => {
    const { stripe } = await givenStripeEmulator();
    const issues = async (call: Promise<unknown>) =>
      (await problemAfter(call))?.issues.map(({ path }) => path);
    expect(await issues(stripe.paymentIntents.create({ ...payment, customer: "cus_none" }))).toEqual([
      "customerId",
    ]);
    expect(await issues(stripe.paymentIntents.create({ ...payment, amount: 1 }))).toEqual(["amount"]);
    expect(await issues(stripe.paymentIntents.create({ ...payment, currency: "zzz" }))).toEqual(["currency"]);
    expect(await issues(stripe.customers.create({ email: "nonsense" }))).toEqual(["email"]);
    const { id: customer } = await stripe.customers.create();
    expect(await issues(stripe.subscriptions.create({ customer, items: [{ price: "price_none" }] }))).toEqual(
      ["priceId"],
    );
  });

  it("a key that Stripe does not know raises an alarm", async () => {
    const { emulator } = await givenStripeEmulator();
    expect(await problemAfter(clientOf(emulator, "sk_live_nonsense").customers.create())).toMatchObject({
      code: "BAD_GATEWAY",
      alarm: "stripe-authentication",
    });
  });

  it.each([
    [401, "BAD_GATEWAY"],
    [403, "BAD_GATEWAY"],
    [409, "SERVICE_UNAVAILABLE"],
    [429, "RATE_LIMITED"],
    [500, "BAD_GATEWAY"],
    [503, "BAD_GATEWAY"],
  ])("a %i is a %s", async (status, code) => {
    const { stripe, orderFaults } = await givenStripeEmulator();
    await orderFaults({ kind: "status", status, times: 2 });
    expect(await problemAfter(stripe.customers.create())).toMatchObject({ code, retryable: true });
  });

  it("a key used with other parameters is a conflict", async () => {
    const { stripe } = await givenStripeEmulator();
    const options = { idempotencyKey: "k" };
    await stripe.paymentIntents.create(payment, options);
    expect(
      await problemAfter(stripe.paymentIntents.create({ ...payment, amount: 3000 }, options)),
    ).toMatchObject({ code: "CONFLICT" });
  });

  it("a connection cut after the work, or a response that never comes, leaves the outcome unknown", async () => {
    const { stripe, orderFaults } = await givenStripeEmulator();
    await orderFaults({ kind: "reset_after_commit", times: 2 });
    expect(await problemAfter(stripe.customers.create())).toMatchObject({ code: "BAD_GATEWAY" });
    await orderFaults({ kind: "delay", ms: 2_000 });
    expect(await problemAfter(stripe.customers.create({}, { timeout: 50 }))).toMatchObject({
      code: "TIMEOUT",
    });
  });
});
