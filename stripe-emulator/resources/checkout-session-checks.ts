/** What must hold for a checkout session besides the kinds of its parameters. */
import type Stripe from "stripe";
import { totalOf } from "../checkout/line-items.ts";
import { amountRefusal } from "../protocol/currencies.ts";
import { invalidRequest } from "../protocol/errors.ts";
import type { Parsed } from "../protocol/parameters.ts";
import type { createParameters } from "./checkout-session-parameters.ts";

const MINUTE = 60;
const DAY = 24 * 60 * MINUTE;
/** Parameters that say what one mode makes, by the mode. */
const OF_MODE = {
  payment_intent_data: "payment",
  setup_intent_data: "setup",
  subscription_data: "subscription",
} as const;

/** Throws a 400 that names the parameter. */
export function assertSession(
  parameters: Parsed<typeof createParameters>,
  lineItems: readonly Stripe.LineItem[],
): void {
  const { mode } = parameters;
  for (const [name, wanted] of Object.entries(OF_MODE)) {
    if (Object.hasOwn(parameters, name) && mode !== wanted) {
      throw invalidRequest(`You can not pass \`${name}\` in \`${mode}\` mode.`, undefined, name);
    }
  }
  if (parameters.customer !== undefined && parameters.customer_email !== undefined) {
    const message = "You may only specify one of these parameters: customer, customer_email.";
    throw invalidRequest(message, undefined, "customer");
  }
  if (parameters.customer_creation !== undefined && mode !== "payment") {
    const message = "`customer_creation` can only be used in `payment` mode.";
    throw invalidRequest(message, undefined, "customer_creation");
  }
  assertUrls(parameters);
  assertItems(mode, lineItems, parameters.currency);
}

/** When a session expires, in unix seconds: by default after a day. Throws a 400 outside of Stripe's limits. */
export function expiryOf(given: number | undefined, now: number): number {
  if (given === undefined) return now + DAY;
  if (given >= now + 30 * MINUTE && given <= now + DAY) return given;
  throw invalidRequest(
    "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours after the Checkout Session is created.",
    undefined,
    "expires_at",
  );
}

function assertUrls(parameters: Parsed<typeof createParameters>): void {
  const { ui_mode: uiMode = "hosted_page", success_url: success, return_url: back } = parameters;
  if (uiMode === "hosted_page") {
    if (success === undefined) throw missing("success_url");
    if (back !== undefined) {
      const message = "`return_url` is for sessions that are embedded: pass `success_url` instead.";
      throw invalidRequest(message, undefined, "return_url");
    }
    return;
  }
  if (success !== undefined || parameters.cancel_url !== undefined) {
    const name = success === undefined ? "cancel_url" : "success_url";
    throw invalidRequest(`\`${name}\` is for hosted pages: pass \`return_url\` instead.`, undefined, name);
  }
  if (back === undefined && parameters.redirect_on_completion !== "never") throw missing("return_url");
}

function assertItems(mode: string, items: readonly Stripe.LineItem[], currency: string | undefined): void {
  if (mode === "setup") {
    if (items.length > 0) {
      throw invalidRequest("You can not pass `line_items` in `setup` mode.", undefined, "line_items");
    }
    if (currency === undefined) throw missing("currency");
    return;
  }
  if (items.length === 0) throw missing("line_items");
  const recurring = items.filter(({ price }) => price?.recurring !== null);
  if (mode === "payment" && recurring.length > 0) {
    throw invalidRequest(
      "You specified `payment` mode but passed a recurring price. Either switch to `subscription` mode or use only one-time prices.",
      undefined,
      "line_items",
    );
  }
  if (mode === "subscription" && recurring.length === 0) {
    throw invalidRequest(
      "You must provide at least one recurring price in `subscription` mode when using prices.",
      undefined,
      "line_items",
    );
  }
  const refusal =
    mode === "payment" && totalOf(items) > 0
      ? amountRefusal(totalOf(items), items[0]?.currency ?? "usd")
      : undefined;
  if (refusal !== undefined) throw invalidRequest(refusal.message, refusal.code, "line_items");
}

function missing(param: string): Error {
  return invalidRequest(`Missing required param: ${param}.`, "parameter_missing", param);
}
