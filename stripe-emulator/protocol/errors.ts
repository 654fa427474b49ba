import type Stripe from "stripe";
import { present } from "../present.ts";

export type ErrorType =
  | "api_error"
  | "card_error"
  | "idempotency_error"
  | "invalid_request_error"
  | "rate_limit_error";

/** The `error` hash of a failed request's response. https://docs.stripe.com/api/errors */
export interface ErrorBody {
  type: ErrorType;
  message: string;
  code?: string;
  advice_code?: string;
  decline_code?: string;
  param?: string;
  charge?: string;
  payment_intent?: Partial<Stripe.PaymentIntent>;
  payment_method?: Stripe.PaymentMethod;
  setup_intent?: Partial<Stripe.SetupIntent>;
}

/** A failure that the API reports with `status` and `{error: body}`. */
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

/** A 400 `invalid_request_error`. The response has no `code` or `param` when it is undefined. */
export function invalidRequest(message: string, code?: string, param?: string): StripeApiError {
  return new StripeApiError(400, {
    type: "invalid_request_error",
    message,
    ...present({ code, param }),
  });
}

/** `resource_missing`, by default a 404. `kind` is the object's name in the API, such as `customer` or `payment_intent`. */
export function resourceMissing(kind: string, id: string, param = "id", status = 404): StripeApiError {
  return new StripeApiError(status, {
    type: "invalid_request_error",
    code: "resource_missing",
    message: `No such ${kind}: '${id}'`,
    param,
  });
}

/** Runs an action, and renames the parameter of its error: the caller gave it under another name. */
export function renamingParams<T>(rename: (param: string) => string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (!(error instanceof StripeApiError) || error.body.param === undefined) throw error;
    const { param, message, ...others } = error.body;
    const renamed = rename(param);
    throw new StripeApiError(error.status, {
      ...others,
      message: message.replaceAll(param, renamed),
      param: renamed,
    });
  }
}

/** The name of a parameter within a hash: `items[0][price]` in `details` is `details[items][0][price]`. */
export function within(hash: string, param: string): string {
  const [head = "", ...rest] = param.split("[");
  return [`${hash}[${head}]`, ...rest].join("[");
}

/** A 401: the key is missing, malformed or not a test key. */
export function unauthorized(message: string): StripeApiError {
  return new StripeApiError(401, { type: "invalid_request_error", message });
}

/** The response's JSON. Like Stripe, it links to the code's documentation and to the request's log. */
export function errorResponse(body: ErrorBody, requestId: string): object {
  return {
    error: {
      ...body,
      ...present({ doc_url: body.code && docUrlOf(body.code) }),
      request_log_url: `https://dashboard.stripe.com/test/logs/${requestId}`,
    },
  };
}

/** The page about an error code: https://docs.stripe.com/error-codes has one anchor per code, with hyphens. */
export function docUrlOf(code: string): string {
  return `https://stripe.com/docs/error-codes/${code.replaceAll("_", "-")}`;
}
