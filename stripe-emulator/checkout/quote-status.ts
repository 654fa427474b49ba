import type Stripe from "stripe";
import type { Context } from "../state/context.ts";
import { allOnClock } from "../state/test-clock.ts";

/** `quote.canceled`. */
export function cancelQuote(context: Context, quote: Stripe.Quote): Stripe.Quote {
  const canceled = context.store.patch("quote", quote, {
    status: "canceled",
    status_transitions: { ...quote.status_transitions, canceled_at: context.clock.now() },
  });
  context.emit("quote.canceled", canceled);
  return canceled;
}

/** Cancels the quotes whose time has passed. */
export function expireQuotes(context: Context): void {
  for (const quote of allOnClock(context, "quote")) {
    if (quote.status === "open" && quote.expires_at <= context.clock.now()) cancelQuote(context, quote);
  }
}

/** The times in unix seconds at which open quotes expire. */
export function quoteTimes(context: Context): number[] {
  return allOnClock(context, "quote").flatMap(({ status, expires_at: end }) =>
    status === "open" ? [end] : [],
  );
}
