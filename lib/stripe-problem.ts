/**
 * Stripe's errors as problems of the closed table, by type and code. Stripe's own message is used only where it is
 * written for the payer (card errors); elsewhere it may quote the request, so it stays in the cause, for the log.
 * Source: https://docs.stripe.com/api/errors
 */
import Stripe from "stripe";
import { Problem } from "./errors.ts";

/** Stripe's parameter names in the terms of our contracts. */
const FIELD_OF_PARAMETER: Readonly<Record<string, string>> = {
  amount: "amount",
  currency: "currency",
  customer: "customerId",
  email: "email",
  name: "name",
  trial_period_days: "trialDays",
  "items[0][price]": "priceId",
};

/** The problem for an error of the Stripe SDK; undefined when `thrown` is none. */
export function stripeProblem(thrown: unknown): Problem | undefined {
  const { errors } = Stripe;
  if (!(thrown instanceof errors.StripeError)) return undefined;
  const about = {
    cause: thrown,
    ...(thrown.requestId === undefined ? {} : { vendorRequestId: thrown.requestId }),
  };
  if (thrown instanceof errors.StripeCardError) {
    const declineCode = thrown.decline_code ?? thrown.code;
    return new Problem("PAYMENT_REQUIRED", thrown.message, {
      ...about,
      ...(declineCode === undefined ? {} : { declineCode }),
    });
  }
  if (thrown instanceof errors.StripeRateLimitError || thrown.statusCode === 429) {
    return new Problem("RATE_LIMITED", "Stripe asks to slow down", { ...about, retryAfterSeconds: 1 });
  }
  if (thrown instanceof errors.StripeConnectionError) {
    return new Problem(
      "BAD_GATEWAY",
      "Stripe could not be reached or did not answer whole; the outcome is unknown",
      about,
    );
  }
  if (thrown instanceof errors.StripeAuthenticationError || thrown instanceof errors.StripePermissionError) {
    return new Problem("BAD_GATEWAY", "Stripe refused our key", about);
  }
  if (thrown instanceof errors.StripeIdempotencyError) {
    return thrown.statusCode === 409
      ? new Problem("SERVICE_UNAVAILABLE", "Stripe is still working on this very request", about)
      : new Problem(
          "CONFLICT",
          "This Idempotency-Key was used at Stripe with other parameters; use a new key",
          about,
        );
  }
  if (thrown.statusCode === 409 || thrown.code === "lock_timeout") {
    return new Problem("SERVICE_UNAVAILABLE", "Stripe is working on the same object", {
      ...about,
      retryAfterSeconds: 1,
    });
  }
  if (thrown instanceof errors.StripeInvalidRequestError) return parameterProblem(thrown, about);
  return new Problem("BAD_GATEWAY", "Stripe failed to handle the request", about);
}

function parameterProblem(
  error: InstanceType<typeof Stripe.errors.StripeInvalidRequestError>,
  about: { cause: unknown; vendorRequestId?: string },
): Problem {
  const path = FIELD_OF_PARAMETER[error.param ?? ""] ?? error.param;
  const reason =
    error.code === "resource_missing"
      ? "names nothing that exists at Stripe"
      : `is refused by Stripe (${error.code ?? error.type})`;
  if (path === undefined) {
    return new Problem(
      "VALIDATION_FAILED",
      `Stripe refuses the request (${error.code ?? error.type})`,
      about,
    );
  }
  return new Problem("VALIDATION_FAILED", `${path} ${reason}`, {
    ...about,
    issues: [{ path, message: reason }],
  });
}
