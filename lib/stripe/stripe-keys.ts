/**
 * Stripe's keys by their form: secret (`sk_`), restricted (`rk_`) and publishable (`pk_`), each for test mode or live
 * mode. Pure. Source: https://docs.stripe.com/keys
 */
import { Problem } from "../errors.ts";

const FORMS = {
  STRIPE_SECRET_KEY: {
    pattern: /^(?:sk|rk)_(test|live)_\w/,
    is: "a secret key",
    prefix: "sk_",
    or: " (or rk_)",
  },
  STRIPE_PUBLISHABLE_KEY: { pattern: /^pk_(test|live)_\w/, is: "a publishable key", prefix: "pk_", or: "" },
} as const;

/** The environment variables (and SSM parameters) that contain a key. */
export type StripeKeyVariable = keyof typeof FORMS;

/** Whether the stage works with real money: its keys and its events are those of Stripe's live mode. */
export function isLiveStage(stage: string): boolean {
  return stage === "prod";
}

/**
 * Why this key must not be used in this stage, as a sentence that never contains the key; undefined if it can be used. Live
 * keys belong to the stage `prod` only, and test keys to every other stage, so that a mix-up fails before it costs anything.
 */
export function stripeKeyMistake(
  variable: StripeKeyVariable,
  key: string,
  stage: string,
): string | undefined {
  const { pattern, is, prefix, or } = FORMS[variable];
  const mode = isLiveStage(stage) ? "live" : "test";
  const right = `Use a key that begins with ${prefix}${mode}_${or}`;
  switch (pattern.exec(key)?.[1]) {
    case mode:
      return undefined;
    case "live":
      return `${variable} is a live key, and the stage is ${stage}: real cards would be charged. ${right}.`;
    case "test":
      return `${variable} is a test key, and the stage is prod: no payment would be real. ${right}.`;
    default:
      return `${variable} is not ${is} of Stripe. ${right}.`;
  }
}

/** Throws INTERNAL_ERROR, for the log, if the key does not belong to this stage. */
export function refuseKeyOfOtherStage(variable: StripeKeyVariable, key: string, stage: string): void {
  const mistake = stripeKeyMistake(variable, key, stage);
  if (mistake !== undefined) throw new Problem("INTERNAL_ERROR", mistake);
}
