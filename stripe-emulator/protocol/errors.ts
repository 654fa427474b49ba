import type Stripe from "stripe";

export type ErrorType =
  | "api_error"
  | "card_error"
  | "idempotency_error"
  | "invalid_request_error"
  | "rate_limit_error";

/** The `error` hash of a failed answer, as Stripe writes it. https://docs.stripe.com/api/errors */
export interface ErrorBody {
  type: ErrorType;
  message: string;
  code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: Partial<Stripe.PaymentIntent>;
  payment_method?: Stripe.PaymentMethod;
}

/** A failure that the API answers with `status` and `{error: body}`. */
export class StripeApiError extends Error {
  override name = "StripeApiError";
  readonly status: number;
  readonly body: ErrorBody;

  constructor(status: number, body: ErrorBody) {
    super(body.message);
    this.status = status;
    this.body = body;
  }
}

/** 400 `invalid_request_error`. `code` and `param` are left out of the answer when they are undefined. */
export function invalidRequest(message: string, code?: string, param?: string): StripeApiError {
  return new StripeApiError(400, {
    type: "invalid_request_error",
    message,
    ...(code === undefined ? {} : { code }),
    ...(param === undefined ? {} : { param }),
  });
}

/** 404 `resource_missing`: `kind` as Stripe writes it, for example `customer` or `payment_intent`. */
export function resourceMissing(kind: string, id: string, param = "id", status = 404): StripeApiError {
  return new StripeApiError(status, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param,
  });
}

/** 401: the key is absent, malformed or not a test key. */
export function unauthorized(message: string): StripeApiError {
  return new StripeApiError(401, { type: "invalid_request_error", message });
}

/** The answer's JSON: Stripe adds a link to the code's documentation and to the request's log. */
export function errorAnswer(body: ErrorBody, requestId: string): object {
  const docUrl = body.code === undefined ? {} : { doc_url: docUrlOf(body.code) };
  const logUrl = `https://dashboard.stripe.com/test/logs/${requestId}`;
  return { error: { ...body, ...docUrl, request_log_url: logUrl } };
}

/** https://docs.stripe.com/error-codes has one anchor per code, with hyphens. */
export function docUrlOf(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}
