/**
 * Stripe's errors as problems of the closed table: one row per error class of the SDK, refined by status and code.
 * Stripe's own sentences are never passed on, not even to the log, because they quote the request: the request id finds
 * them in Stripe's dashboard.
 * Source: https://docs.stripe.com/api/errors and https://docs.stripe.com/error-codes
 */

import type Stripe from "stripe";
import { declineMessage } from "../declines/decline-messages.ts";
import { Problem, type ProblemCode, type ProblemOptions } from "../errors.ts";
import { stackFrames } from "../log.ts";
import { present } from "../present.ts";
import { entryOf, fieldsOf, textOf } from "../untrusted.ts";
import {
  ACCOUNT_CODES,
  fieldInAddress,
  fieldOf,
  OUR_CODES,
  REASONS,
  STATE_REASONS,
  type StripeParameters,
} from "./stripe-parameters.ts";
import { loadedStripeSdk } from "./stripe-sdk.ts";

type ErrorClasses = (typeof Stripe)["errors"];
/** The SDK's error classes by name. Its `type` says the same at run time, also in a minified bundle. */
type ErrorType = {
  [Name in keyof ErrorClasses]: ErrorClasses[Name] extends abstract new (
    ...args: never[]
  ) => Stripe.errors.StripeError
    ? Name
    : never;
}[keyof ErrorClasses];

interface Verdict extends Pick<ProblemOptions, "issues" | "retryAfterSeconds" | "declineCode" | "alarm"> {
  readonly code: ProblemCode;
  readonly message: string;
}
/** `field`: the caller's field that the refused parameter was made from. */
type Rule = (error: Stripe.errors.StripeError, field?: string) => Verdict;

/** What the log can show of an error: its class, status and codes, and where it was thrown. */
class StripeFailure extends Error {
  constructor(error: Stripe.errors.StripeError) {
    const { statusCode, code, param, detail, type } = error;
    const told = [statusCode, [code].find(isName), shownParameter(param), connectionCode(detail)];
    super(told.filter((word) => word !== undefined).join(" "));
    this.name = type;
    this.stack = [`${type}: ${this.message}`, ...stackFrames(error)].join("\n");
  }
}

/**
 * The problem for an error of the Stripe SDK; undefined for anything else. `parameters` says which of the caller's fields
 * the request was made from.
 */
export function stripeProblem(thrown: unknown, parameters: StripeParameters): Problem | undefined {
  if (!isStripeError(thrown)) return undefined;
  const field = fieldOf(thrown.param, parameters);
  const { code, message, ...options } =
    stateVerdict(thrown, field ?? fieldInAddress(parameters)) ?? ruleOf(thrown.type)(thrown, field);
  return new Problem(code, message, {
    ...options,
    cause: new StripeFailure(thrown),
    ...present({ vendorRequestId: thrown.requestId }),
  });
}

function isStripeError(thrown: unknown): thrown is Stripe.errors.StripeError {
  const sdk = loadedStripeSdk();
  return sdk !== undefined && thrown instanceof sdk.errors.StripeError;
}

const unexplained: Rule = () => ({ code: "BAD_GATEWAY", message: "Stripe failed to handle the request" });

const busy: Rule = () => ({
  code: "SERVICE_UNAVAILABLE",
  message: "Stripe is working on this request or on the same object",
  retryAfterSeconds: 1,
});

/** Stripe keeps a 500 under our idempotency key for a day, so a retry may get it again; 409s and lock timeouts pass quickly. */
const failed: Rule = (error) => (error.statusCode === 409 ? busy(error) : unexplained(error));

const rateLimited: Rule = (error) =>
  error.code === "lock_timeout"
    ? busy(error)
    : {
        code: "RATE_LIMITED",
        message: "Stripe asks us to slow down; send the same request again in a moment",
        retryAfterSeconds: 1,
      };

const disconnected: Rule = (error) =>
  isTimeout(error.detail)
    ? { code: "TIMEOUT", message: "Stripe did not respond in time; the outcome is unknown" }
    : {
        code: "BAD_GATEWAY",
        message: "Stripe could not be reached, or its response was incomplete; the outcome is unknown",
      };

/** The caller can do nothing; the same call works once a person has corrected the key or the account. */
const refusesUs =
  (alarm: string): Rule =>
  () => ({ code: "BAD_GATEWAY", message: "Stripe refuses our key or our account", alarm });

/** Our request is wrong for every caller: a retry does not help, only a release does. */
const ourFault: Rule = (error) => ({
  code: "INTERNAL_ERROR",
  message: `We sent Stripe a request that it refuses (${nameOf(error)})`,
  alarm: "stripe-request",
});

const conflict: Rule = (error) => ({
  code: "CONFLICT",
  message: `Stripe refuses this in the object's current state (${nameOf(error)})`,
});

/** The verdict for a request that the state of its object does not allow. Stripe often names no parameter then. */
function stateVerdict(error: Stripe.errors.StripeError, field: string | undefined): Verdict | undefined {
  const message = STATE_REASONS.get(error.code ?? "");
  const isRefused = error.type === "StripeInvalidRequestError" && error.statusCode === 400;
  if (message === undefined || field === undefined || !isRefused) return undefined;
  return { code: "CONFLICT", message: `${field} ${message}`, issues: [{ path: field, message }] };
}

const refused: Rule = (error) => ({
  code: "VALIDATION_FAILED",
  message: `Stripe refuses these values together (${nameOf(error)})`,
});

const declined: Rule = (error) => {
  // The SDK sets an empty decline code if Stripe names none.
  const declineCode = [error.decline_code, error.code].find(isName);
  return {
    code: "PAYMENT_REQUIRED",
    message: declineMessage(declineCode),
    ...present({ declineCode }),
  };
};

const keyReused: Rule = (error) =>
  error.statusCode === 409
    ? busy(error)
    : {
        code: "CONFLICT",
        message: "This Idempotency-Key was used at Stripe with other parameters; use a new key",
      };

const gone: Rule = () => ({ code: "GONE", message: "The session at Stripe has expired" });

const wrongSignature: Rule = () => ({
  code: "BAD_REQUEST",
  message: "The signature does not match the body",
});

const invalid: Rule = (error, path) => {
  if (error.statusCode === 409 || error.code === "lock_timeout") return busy(error);
  if (ACCOUNT_CODES.has(error.code ?? "")) return refusesUs("stripe-account")(error);
  if (path !== undefined) {
    const message = REASONS.get(error.code ?? "") ?? `is refused by Stripe (${nameOf(error)})`;
    // Stripe's 404 means the object in the request's address, which the call is about; any other id gets a 400.
    const isMissing = error.statusCode === 404 && error.code === "resource_missing";
    return {
      code: isMissing ? "NOT_FOUND" : "VALIDATION_FAILED",
      message: `${path} ${message}`,
      issues: [{ path, message }],
    };
  }
  // We send no fixed ids: an id that does not exist came from the caller.
  if (error.code === "resource_missing") return refused(error);
  return error.param === undefined && error.statusCode !== 404 && !OUR_CODES.has(error.code ?? "")
    ? refused(error)
    : ourFault(error);
};

/** One rule per class. A class that a later SDK adds is missing here, and that is a compile error. */
const RULES = {
  StripeError: unexplained,
  StripeAPIError: failed,
  StripeAuthenticationError: refusesUs("stripe-authentication"),
  StripeCardError: declined,
  StripeConnectionError: disconnected,
  StripeIdempotencyError: keyReused,
  StripeInvalidRequestError: invalid,
  StripePermissionError: refusesUs("stripe-permission"),
  StripeRateLimitError: rateLimited,
  StripeSignatureVerificationError: wrongSignature,
  // OAuth is for Connect, which we do not use.
  StripeOAuthError: ourFault,
  StripeInvalidClientError: ourFault,
  StripeInvalidGrantError: ourFault,
  StripeInvalidScopeError: ourFault,
  StripeOAuthInvalidRequestError: ourFault,
  StripeUnsupportedGrantTypeError: ourFault,
  StripeUnsupportedResponseTypeError: ourFault,
  // Errors of API v2.
  AlreadyCanceledError: conflict,
  BlockedByStripeError: refusesUs("stripe-account"),
  CannotProceedError: conflict,
  CapabilityNotEnabledError: refusesUs("stripe-account"),
  ControlledByAlternateResourceError: conflict,
  FeatureNotEnabledError: refusesUs("stripe-account"),
  FinancialAccountNotOpenError: refusesUs("stripe-account"),
  FxQuoteNeedsRefreshError: conflict,
  InsufficientFundsError: conflict,
  InvalidPaymentMethodError: refused,
  InvalidPayoutMethodError: refused,
  InvalidVaultedCredentialError: refused,
  NotCancelableError: conflict,
  QuotaExceededError: rateLimited,
  RateLimitError: rateLimited,
  RecipientNotNotifiableError: conflict,
  TemporarySessionExpiredError: gone,
  VerificationAttemptFailedError: conflict,
  VerificationExpiredError: conflict,
  VerificationNotInitiatedError: conflict,
} satisfies Record<ErrorType, Rule>;

function ruleOf(type: string): Rule {
  return entryOf<Rule>(RULES, type) ?? unexplained;
}

/** Stripe's codes, never its sentences: text that does not look like a code is left out. */
const isName = (text: string | undefined): text is string =>
  text !== undefined && /^[a-z][a-z0-9_]{0,63}$/.test(text);

function nameOf(error: Stripe.errors.StripeError): string {
  return isName(error.code) ? error.code : error.type;
}

/** The names of our parameters are fixed; the caller chooses those of metadata. */
function shownParameter(parameter: string | undefined): string | undefined {
  if (parameter?.startsWith("metadata[")) return "metadata[...]";
  return parameter !== undefined && /^\w{1,64}(?:\[\w{0,64}\]){0,8}$/.test(parameter) ? parameter : undefined;
}

const isTimeout = (detail: unknown) =>
  connectionCode(detail) === loadedStripeSdk()?.HttpClient.TIMEOUT_ERROR_CODE;

/** Node's code of a broken connection, such as ECONNRESET. */
function connectionCode(detail: unknown): string | undefined {
  const code = textOf(fieldsOf(detail).code);
  return code !== undefined && /^[A-Z_]+$/.test(code) ? code : undefined;
}
